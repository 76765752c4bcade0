--- Who sends which letters: a claim is a lease.  Rows belong to its owner until it has told what became of them
--- (reminder/queue.lua), or its time is over and anybody may take them again.  The claim is durable before the first
--- byte of a letter goes out, and `sent` after the server has taken it: who dies between the two causes one repeat.
--- Any number of nodes and commands may claim at once.
local clock = require("host.clock")
local db = require("host.db")
local random = require("host.random")
local policy = require("reminder.policy")

local M = {}

--- A lease, in seconds: longer than whoever holds it can take (see deliver.lua), and short enough
--- to be waited for when it died.
M.LEASE = 90

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

---@class reminder.Claim
---@field owner string
---@field lease_until integer
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
    lease_until = now + M.LEASE,
  })
end

-- In the transaction of a claim.
local function room_in(tx, now, most, caps)
  local load, message, kind = tx:one("reminder.load", {
    now = now,
    minute_ago = now - 60,
    day_ago = now - 86400,
    lease_until = now + M.LEASE,
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
  local now = clock.now()
  local claim = { owner = random.uuid(), lease_until = now + M.LEASE }
  local rows, message, kind = db.tx(function(tx)
    local done, room, why, what
    done, why, what = tx:exec("reminder.turn", { owner = claim.owner })
    if not done then
      return nil, why, what
    end
    room, why, what = room_in(tx, now, most, caps)
    if not room then
      return nil, why, what
    end
    return claim_in(tx, claim, now, room)
  end)
  if not rows then
    return nil, message, kind
  end
  claim.rows = rows
  return claim
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
