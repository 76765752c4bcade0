--- What a letter's row holds: mailbox, language, zone and (unless the person unticked it) the capsule
--- key, sealed under the server secret.  The additional data binds the row's Message-ID and letter, so
--- no sealed text can be moved to another row.
local crypto = require("host.crypto")
local json = require("host.json")
local random = require("host.random")
local link = require("web.link")

local M = {}

---@class reminder.Contents
---@field mailbox string
---@field lang string
---@field zone string
---@field key string? Absent when the person wants a letter without it.

---@class reminder.Sealed
---@field message_id string
---@field letter string
---@field sealed string? nil once it has been wiped.

local function additional(message_id, letter)
  return ("time-capsule reminder|1|%s|%s"):format(message_id, letter)
end

--- A new row's Message-ID and sealed contents.
---@param contents reminder.Contents
---@param letter string
---@return string message_id
---@return string sealed
function M.close(contents, letter)
  local message_id = ("<%s@%s>"):format(random.uuid(), link.host())
  local secret = assert(crypto.secret("reminder"))
  return message_id,
    crypto.seal(secret, json.encode(contents), additional(message_id, letter))
end

--- The plain text of a row, and which secret opened it; nil: none that is known.
local function plain_of(row)
  for i, secret in ipairs(crypto.secrets("reminder")) do
    local plain = crypto.open(secret, row.sealed, additional(row.message_id, row.letter))
    if plain then
      return plain, i
    end
  end
end

--- What a row holds, under the current server secret or another that is known; nil without a message
--- once it has been wiped.
---@param row reminder.Sealed
---@return reminder.Contents?
---@return string? message
---@return string? kind
function M.open(row)
  if not row.sealed then
    return nil
  end
  local plain = plain_of(row)
  if plain then
    return json.decode(plain)
  end
  return nil, "a stored reminder does not open", "state"
end

--- The same contents under the current secret.
---@param row reminder.Sealed
---@return string? sealed nil where it is under that already, or does not open.
---@return boolean opens
function M.renew(row)
  local plain, which = plain_of(row)
  if not plain or which == 1 then
    return nil, plain ~= nil
  end
  return crypto.seal(assert(crypto.secret("reminder")), plain, additional(row.message_id, row.letter)), true
end

return M
