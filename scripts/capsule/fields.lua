--- The fields of a capsule: what the form and the API may send.  Whoever judges them, shows them, or
--- repeats a put reads this table.
local config = require("host").config

local M = {}

---@class fields.Field : text.Field
---@field name string        Of the capsule, and in the names of its translations.
---@field sent string        On the wire: of the form, the API's members and the setting 'required'.
---@field only "form"|"api"|nil   Where it is sent.
---@field required boolean?  Nil: it is never asked for, what is not sent has a default.
---@field text boolean?      Does form.judge judge it?
---@field type "string"|"boolean"|nil   Of the API's member.

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
}

if config.put_code_file then
  M.list[#M.list + 1] = { name = "code", required = true, text = true, max = 200, one_line = true }
end

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
end

for _, name in ipairs(config.required) do
  M.by_sent[name].required = true -- one that there is: scripts/config.lua lists them
end

for _, field in ipairs(M.list) do
  M.required[field.sent] = field.required
end

--- The names on the wire of what the form or the API may send.
---@param way "form"|"api"
---@return string[]
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
