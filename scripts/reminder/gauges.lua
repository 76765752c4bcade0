--- The queue in numbers, for whoever watches: counted when somebody asks, at most every few
--- seconds, because counting looks at every row.
local clock = require("host.clock")
local db = require("host.db")
local metrics = require("host.metrics")
local trouble = require("reminder.trouble")

local M = {}

local SECONDS = 5
local STATES = { "unconfirmed", "pending", "sent", "failed", "cancelled" }

local counted_at

--- Sets the gauges anew.  Where the database does not answer they keep what they said.
---@return boolean? done
---@return string? message
---@return host.kind? kind
function M.refresh()
  local now = clock.monotonic()
  if counted_at and now - counted_at < SECONDS then
    return true
  end
  local rows, message, kind = db.all("reminder.count")
  if not rows then
    return nil, message, kind
  end
  local oldest, why, sort = db.one("reminder.oldest", { now = clock.now() })
  if not oldest then
    return nil, why, sort
  end
  counted_at = now
  local letters = {}
  for _, row in ipairs(rows) do
    letters[row.state] = row.letters
  end
  for _, state in ipairs(STATES) do
    metrics.gauge("tc_reminders", letters[state] or 0, { state = state })
  end
  trouble.refresh()
  local overdue = oldest.due_at and clock.now() - oldest.due_at or 0
  metrics.gauge("tc_reminders_oldest_overdue_seconds", overdue)
  return true
end

return M
