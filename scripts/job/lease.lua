--- Rows that are to be done by one of many: reminders and jobs.  A claim is a lease: its rows belong to its owner until
--- it has told what became of them, or its time is over and anybody may take them again.  The claim is durable before
--- anything is done; who dies between doing and telling causes one repeat.  Any number of nodes and commands may claim
--- at once.
local clock = require("host.clock")
local db = require("host.db")
local random = require("host.random")

local M = {}

--- A lease, in seconds: longer than whoever holds it can take (a timer's run), and short enough to be waited for when
--- it died.
M.SECONDS = 90

---@class lease.Claim
---@field owner string
---@field lease_until integer
---@field rows host.db.row[]

--- Claims in one transaction.  Kind "conflict": another did.
---@param take fun(tx: host.db.tx, claim: lease.Claim, now: integer): host.db.row[]?, string?, host.kind?
---@return lease.Claim?
---@return string? message
---@return host.kind? kind
function M.take(take)
  local now = clock.now()
  local claim = { owner = random.uuid(), lease_until = now + M.SECONDS }
  local rows, message, kind = db.tx(function(tx)
    return take(tx, claim, now)
  end)
  if not rows then
    return nil, message, kind
  end
  claim.rows = rows
  return claim
end

--- How long what has failed so often rests: first so long, then twice as long each time, up to a most.
---@param failed integer times, this one included
---@param first integer seconds
---@param most integer seconds
---@return integer seconds
---@return integer waited in all before this one
function M.rest(failed, first, most)
  local waited, delay = 0, math.min(first, most)
  for _ = 2, failed do
    waited, delay = waited + delay, math.min(2 * delay, most)
  end
  return delay, waited
end

return M
