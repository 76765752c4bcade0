--- What happens to letters, for `app:on` of a site.  They happen in the server's own time: there is no request.
---
---   reminder.letter(letter, about)   It is about to be handed over.  Its subject, text and html may be changed, and
---                                    headers added; not `to`.  Runs again for every attempt.
---   reminder.sent(about)             The mail server has taken it, and that is recorded.
---   reminder.failed(about)           It was not taken: about.kind, about.message; about.final where it is not tried
---                                    again.
---
--- `about` cannot be changed: letter ("opening", "confirm", "canary" …: which it is), to, lang, opens_at, created_at
--- (of the capsule), attempt (1 for the first).
local constant = require("text.constant")
local events = require("web.events")

local M = {}

for _, name in ipairs({ "letter", "sent", "failed" }) do
  events.declare("reminder." .. name)
end

local function about(row, contents, more)
  local seen = { letter = row.letter, to = contents.mailbox, lang = contents.lang, opens_at = row.opens_at,
    created_at = row.created_at, attempt = (row.attempts or 0) + 1 }
  for name, value in pairs(more or {}) do
    seen[name] = value
  end
  return constant.of(seen)
end

--- What is wrong with a letter that listeners have changed.
local function judge(letter, before)
  if letter.to ~= before.to then
    return "a letter to somebody else"
  elseif type(letter.subject) ~= "string" or letter.subject:find("%c") then
    return "a letter whose subject is no line of text"
  elseif type(letter.text) ~= "string" or letter.html ~= nil and type(letter.html) ~= "string" then
    return "a letter whose text or html is no text"
  elseif type(letter.headers) ~= "table" or letter.headers["Message-ID"] ~= before.headers["Message-ID"] then
    return "a letter without our headers; add to letter.headers"
  end
  return nil
end

--- The letter as listeners want it.
---@param letter host.smtp.letter
---@param row table
---@param contents reminder.Contents
---@return host.smtp.letter
function M.letter(letter, row, contents)
  if not events.is_heard("reminder.letter") then
    return letter
  end
  return events.change("reminder.letter", judge, letter, about(row, contents))
end

---@param row table
---@param contents reminder.Contents
function M.sent(row, contents)
  if events.is_heard("reminder.sent") then
    events.tell("reminder.sent", about(row, contents))
  end
end

---@param row table
---@param contents reminder.Contents
---@param message string
---@param kind string
---@param final boolean
function M.failed(row, contents, message, kind, final)
  if events.is_heard("reminder.failed") then
    events.tell("reminder.failed", about(row, contents, { message = message, kind = kind, final = final }))
  end
end

return M
