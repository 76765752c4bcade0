--- The fields of a capsule: what the form and the API may send.  Whoever judges them, shows them, or
--- repeats a put reads this table.  A site adds some of its own while it loads:
---
---   require("capsule.fields").add({ name = "recipient", label = "site.recipient", max = 50, one_line = true })
local config = require("host").config
local options = require("text.options")

local M = {}

---@class fields.Field : text.Field
---@field name string        Of the capsule, and in the names of its translations.
---@field sent string        On the wire: of the form, the API's members and the setting 'required'.
---@field only "form"|"api"|nil   Where it is sent.
---@field required boolean?  Nil: it is never asked for, what is not sent has a default.
---@field text boolean?      Does form.judge judge it?
---@field type "string"|"boolean"|nil   Of the API's member.
---@field label string?      Of one that a site has added: the key of what it is called …
---@field help string?       … and of a sentence below that.
---@field later boolean?     It was not among the first: in what `once` hashes it stands only where it is filled in.
---@field words string?      In the names of the sentences for its faults, instead of its own.

--- Their order is that in which `once` hashes what was typed: another one makes other keys.
---@type fields.Field[]
M.list = {
  { name = "name", required = false, text = true, max = config.name_max, one_line = true },
  { name = "email", required = false, text = true, kind = "email" },
  { name = "time", required = true, only = "form" },
  { name = "tz", only = "form" },
  { name = "opens_at", only = "api" },
  { name = "content", required = false, text = true, max = config.content_max },
  { name = "note", sent = "tips", required = false, text = true, max = config.tips_max },
  { name = "mail_key", type = "boolean" },
  { name = "to", required = false, text = true, max = config.name_max, one_line = true, later = true },
  { name = "gather", later = true },
  { name = "gather_until", only = "form", later = true },
  { name = "gather_most", only = "form", later = true },
}

if config.put_code_file then
  M.list[#M.list + 1] = { name = "code", required = true, text = true, max = 200, one_line = true }
end

--- Those that form.judge judges.
---@type fields.Field[]
M.texts = {}

--- By the name on the wire.
---@type table<string, fields.Field>
M.by_sent = {}

--- Which of them the form marks as required.
---@type table<string, boolean>
M.required = {}

for _, field in ipairs(M.list) do
  field.sent = field.sent or field.name
  field.type = field.type or (field.text and "string" or nil)
  M.by_sent[field.sent] = field
  M.texts[#M.texts + 1] = field.text and field or nil
end

for _, name in ipairs(config.required) do
  M.by_sent[name].required = true -- one that there is: scripts/config.lua lists them
end

for _, field in ipairs(M.list) do
  M.required[field.sent] = field.required
end

-- Those of a site ---------------------------------------------------------------------------------

---@type fields.Field[] in their order
M.added = {}

--- Is everything loaded?
M.closed = false

--- Most of them, and characters of one.
local MOST, LONGEST = 16, 10000

--- What the form, the API and a sealed body call something else, now or one day.
local TAKEN = {}
for name in ([[name email time tz opens_at content note tips mail_key code once instant reading key token do t to
  from created_at url lang zone wall fields state id version whole csrf order limits errors gathers
  letters after]]):gmatch("%S+") do
  TAKEN[name] = true
end

local KNOWN = { name = "string", label = "string", help = "string", max = "number", one_line = "boolean",
  required = "boolean" }

--- What is wrong with a field that is to be added.
local function added_fault(field)
  local fault = options.fault(field, KNOWN)
  if fault then
    return fault
  elseif type(field.name) ~= "string" or not field.name:find("^%l[%l%d_]*$") or #field.name > 40 then
    return "needs a name of at most 40 characters: a-z, 0-9 and _"
  elseif TAKEN[field.name] or M.by_sent[field.name] then
    return ("cannot be called '%s': that name is taken"):format(field.name)
  elseif not field.label then
    return "needs a label: the key of a sentence"
  elseif math.type(field.max) ~= "integer" or field.max < 1 or field.max > LONGEST then
    return ("needs max, its longest length: 1 to %d characters"):format(LONGEST)
  end
  return nil
end

--- Adds a field to what is asked for: in the form (behind the name), the API (a member of that name), what is sealed,
--- and the page of an opened capsule.  While loading.
---@param field { name: string, label: string, max: integer, help: string?, one_line: boolean?, required: boolean? }
---       label and help are keys of sentences
---@loading fields.add({ name = "recipient", label = "site.recipient", max = 50, one_line = true })
function M.add(field)
  local fault = type(field) ~= "table" and "is a table" or added_fault(field)
    or M.closed and "is added while loading" or #M.added >= MOST and ("is one too many: %d fit"):format(MOST)
  if fault then
    error("a field that is added " .. fault, 2)
  end
  local one = { name = field.name, sent = field.name, label = field.label, help = field.help, max = field.max,
    one_line = field.one_line or false, required = field.required or false, text = true, type = "string",
    words = "field" }
  M.list[#M.list + 1], M.texts[#M.texts + 1], M.added[#M.added + 1] = one, one, one
  M.by_sent[one.sent], M.required[one.sent] = one, one.required
end

--- Of what was typed those that a site has added, for the sealed body; nil where there is nothing.
---@param texts table<string, string>
---@return table<string, string>?
---@example (next(fields.of_site({ recipient = "Ann" })) ~= nil) --> true
function M.of_site(texts)
  local found
  for _, field in ipairs(M.added) do
    if (texts[field.name] or "") ~= "" then
      found = found or {}
      found[field.name] = texts[field.name]
    end
  end
  return found
end

--- The names on the wire of what the form or the API may send.
---@param way "form"|"api"
---@return string[]
---@example (#fields.sent_by("api") > 0) --> true
function M.sent_by(way)
  local names = {}
  for _, field in ipairs(M.list) do
    if (field.only or way) == way then
      names[#names + 1] = field.sent
    end
  end
  return names
end

return M
