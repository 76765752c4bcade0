--- Deletes what is kept of one capsule, or of one mailbox, and empties the database's journal of it.  That it was done
--- is recorded, and not of whom.
local db = require("host.db")
local key = require("capsule.key")
local mailbox = require("reminder.mailbox")
local queue = require("reminder.queue")

local M = {}

---@class admin.Erased
---@field rows integer that were deleted; 0: there was nothing
---@field letters integer? of a mailbox, that waited for it
---@field unclean string? why the journal was not emptied yet; "" while somebody reads it: the next letters do that

--- Runs the statements in one batch, with the record that it was done.
local function erase(calls, record)
  calls[#calls + 1] = queue.log_call("erased", record)
  local done, message, kind = db.batch(calls)
  if not done then
    return nil, message, kind
  end
  local clean, why, how = db.checkpoint()
  return done, not clean and (how == "conflict" and "" or why) or nil
end

--- One statement that deletes a capsule, its letters with it.
local function capsule(call, record)
  local done, why, kind = erase({ call }, record)
  if not done then
    return nil, why, kind
  end
  return { rows = done[1].affected, unclean = why }
end

---@param capsule_key string parsed
---@param by string "the command"
---@return admin.Erased?
---@return string? message
---@return host.kind? kind
function M.capsule_of(capsule_key, by)
  return capsule({ "capsule.delete_by_key", { key_hash = key.hash(capsule_key) } },
    "a capsule was asked to be erased, by " .. by)
end

---@param number integer
---@param by string
---@return admin.Erased?
---@return string? message
---@return host.kind? kind
function M.capsule(number, by)
  return capsule({ "admin.capsule_erase", { id = number } }, "a capsule was asked to be erased, by " .. by)
end

--- Letters that wait for an address, and all that it has said about letters.
---@param address string
---@param by string
---@return admin.Erased?
---@return string? message
---@return host.kind? kind
function M.mailbox(address, by)
  local calls = {}
  for _, address_hash in ipairs(mailbox.hashes(address)) do
    for _, name in ipairs({ "mailbox.erase_log", "mailbox.erase_letters", "mailbox.erase" }) do
      calls[#calls + 1] = { name, { address_hash = address_hash } }
    end
  end
  local done, why, kind = erase(calls, "a mailbox was asked to be erased, by " .. by)
  if not done then
    return nil, why, kind
  end
  local erased = { rows = 0, letters = 0, unclean = why }
  for at = 1, #done - 1, 3 do
    erased.letters, erased.rows = erased.letters + done[at + 1].affected, erased.rows + done[at + 2].affected
  end
  return erased
end

return M
