--- Who sends which letters: a claim is a lease (job/lease.lua), until what became of its rows has been told
--- (reminder/queue.lua).  It is durable before the first byte of a letter goes out, and `sent` after the server has
--- taken it: who dies between the two causes one repeat.
local clock = require("host.clock")
local db = require("host.db")
local lease = require("job.lease")
local policy = require("reminder.policy")

local M = {}

---@class reminder.Row
---@field id integer
---@field letter string
---@field due_at integer
---@field attempts integer Failed ones.
---@field message_id string
---@field sealed string
---@field lease_owner string
---@field opens_at integer
---@field created_at integer
---@field disabled_at integer?
---@field mailbox_id integer?
---@field mailbox_state string?
---@field last_mail_at integer?
---@field mails_today integer? Letters that its tags had today, together, and that others are sending.
---@field cap_hash string?

---@class reminder.Claim : lease.Claim
---@field rows reminder.Row[]

--- Is anything due?  While letters are paused nothing is, and in a restored copy of a database until it is told to
--- send.
---@return boolean? due
---@return string? message
---@return host.kind? kind
function M.is_due()
  local row, message, kind = db.one("reminder.next")
  if not row then
    return nil, message, kind
  end
  return row.next_at ~= nil and row.next_at <= clock.now() and row.held == 0 and row.paused == 0
end

M.HELD = "this database is a restored copy: no letter is sent until a server, or `timecapsule remind`, is"
  .. " started once with --reminders on on its line"

--- Is it a restored copy that has not been told to send?
---@return boolean? held
---@return string? message
---@return host.kind? kind
function M.is_held()
  local row, message, kind = db.one("reminder.next")
  if not row then
    return nil, message, kind
  end
  return row.held ~= 0
end

---@return reminder.Load?
---@return string? message
---@return host.kind? kind
function M.load()
  local now = clock.now()
  return db.one("reminder.load", {
    now = now,
    minute_ago = now - 60,
    day_ago = now - 86400,
    lease_until = now + lease.SECONDS,
  })
end

-- In the transaction of a claim.
local function room_in(tx, now, most, caps)
  local load, message, kind = tx:one("reminder.load", {
    now = now,
    minute_ago = now - 60,
    day_ago = now - 86400,
    lease_until = now + lease.SECONDS,
  })
  if not load then
    return nil, message, kind
  end
  return math.min(policy.room(load, caps) or most, most)
end

local function claim_in(tx, claim, now, room)
  local done, message, kind = tx:exec("reminder.claim", {
    owner = claim.owner,
    lease_until = claim.lease_until,
    now = now,
    room = room,
  })
  if not done then
    return nil, message, kind
  end
  return tx:all("reminder.claimed", {
    owner = claim.owner,
    lease_until = claim.lease_until,
    now = now,
    day = now // 86400,
  })
end

--- Takes rows that are due: at most so many, and no more than the caps leave room for.  Whoever claims
--- changes one row first, so that of any number of nodes one counts after the other; two at once would
--- each take all that there is room for.  Kind "conflict": another did.
---@param most integer
---@param caps reminder.Caps
---@return reminder.Claim?
---@return string? message
---@return host.kind? kind
function M.take(most, caps)
  return lease.take(function(tx, claim, now)
    local done, room, message, kind
    done, message, kind = tx:exec("reminder.turn", { owner = claim.owner })
    if not done then
      return nil, message, kind
    end
    room, message, kind = room_in(tx, now, most, caps)
    if not room then
      return nil, message, kind
    end
    return claim_in(tx, claim, now, room)
  end)
end

--- Gives back what nobody has told the end of.
---@param claim reminder.Claim
---@return table? done
---@return string? message
---@return host.kind? kind
function M.release(claim)
  return db.exec("reminder.release", {
    owner = claim.owner,
    lease_until = claim.lease_until,
    at = clock.now(),
  })
end

return M
