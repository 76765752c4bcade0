--- What happens to a capsule, for `app:on` of a site.
---
---   capsule.putting(capsule, req)
---       Before it is written; what was typed has been judged.  It refuses by returning words by field,
---       `{ content = "…" }`, which stand beside these in the form and in the API's `errors`; or fails as a handler
---       does, `nil, message, kind`.  The same post sent once more is asked again, and gets its key whatever is said.
---   capsule.put(capsule, req)         It has been committed.  Not for the same post sent once more.
---   capsule.opened(capsule, req)      Its time had come, and somebody opens it; each time, before the answer is made.
---   capsule.taken_back(capsule, req)  Its author has deleted it.
---
--- `capsule` cannot be changed: name, to (nil without one), content, note ("" once it has opened), opens_at, zone,
--- wall, lang, fields (those that the site has added, by name); while it is put also email ("" without one) and
--- mail_key; then key, created_at.
local constant = require("text.constant")
local events = require("web.events")
local fields = require("capsule.fields")

local M = {}

for _, name in ipairs({ "putting", "put", "opened", "taken_back" }) do
  events.declare("capsule." .. name)
end

--- What a listener may see of what we know, and of what has happened to it.
local SEEN = { "name", "to", "content", "note", "opens_at", "zone", "wall", "lang", "mail_key", "key", "created_at" }

local function seen(capsule, more)
  local view = { fields = {} }
  for _, name in ipairs(SEEN) do
    view[name] = more and more[name] or capsule[name]
  end
  view.note = view.note or ""
  for name, value in pairs(capsule.fields or {}) do
    view.fields[name] = value
  end
  if capsule.mail_key ~= nil then
    view.email = capsule.email or ""
  end
  return constant.of(view)
end

--- What is wrong with a refusal.
local function judge(refusal)
  if type(refusal) ~= "table" or next(refusal) == nil then
    return "no table of words by field; it returns { content = \"…\" }, or nothing where it does not object"
  end
  for field, words in pairs(refusal) do
    if type(words) ~= "string" then
      return ("a %s for words of '%s'"):format(type(words), tostring(field))
    elseif not fields.by_sent[field] then
      return ("words for '%s', which is no field; there are %s"):format(tostring(field),
        table.concat(fields.sent_by("form"), ", "))
    end
  end
  return nil
end

--- May this one be put?
---@param capsule rules.Capsule
---@param req table
---@return table<string, string>? refusal Words by field.
---@return string? message
---@return string? kind
function M.putting(capsule, req)
  if not events.is_heard("capsule.putting") then
    return nil
  end
  return events.ask("capsule.putting", judge, seen(capsule), req)
end

local function tell(name, capsule, more, req)
  if events.is_heard(name) then
    events.tell(name, seen(capsule, more), req)
  end
end

---@param capsule rules.Capsule
---@param placed store.Placed
---@param req table
function M.put(capsule, placed, req)
  tell("capsule.put", capsule, placed, req)
end

---@param found store.Found
---@param req table
function M.opened(found, req)
  tell("capsule.opened", found, nil, req)
end

---@param found store.Found
---@param key string
---@param req table
function M.taken_back(found, key, req)
  tell("capsule.taken_back", found, { key = key }, req)
end

return M
