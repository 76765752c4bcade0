--- What a letter's row holds: mailbox, language, zone and (unless the person unticked it) the capsule
--- key, sealed under the server secret.  The additional data binds the row's Message-ID and letter, so
--- no sealed text can be moved to another row.
local json = require("host.json")
local random = require("host.random")
local sealing = require("job.sealing")
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
  return message_id, sealing.close("reminder", json.encode(contents), additional(message_id, letter))
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
  local plain = sealing.open("reminder", row.sealed, additional(row.message_id, row.letter))
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
  return sealing.renew("reminder", row.sealed, additional(row.message_id, row.letter))
end

return M
