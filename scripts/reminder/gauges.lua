--- The queue in numbers, for whoever watches.  Counting looks at every row, so a timer of its own does
--- it: nobody who asks waits for it, and where it takes long it is done less often.
local clock = require("host.clock")
local db = require("host.db")
local log = require("host.log")
local metrics = require("host.metrics")
local timer = require("host.timer")

local M = {}

local SECONDS = 5
local SHARE = 100 -- it counts for a hundredth part of the time at most
local STATES = { "unconfirmed", "pending", "sent", "failed", "cancelled" }

local next_at = 0

local function show(rows, due_at)
  local letters = {}
  for _, row in ipairs(rows) do
    letters[row.state] = row.letters
  end
  for _, state in ipairs(STATES) do
    metrics.gauge("tc_reminders", letters[state] or 0, { state = state })
  end
  metrics.gauge("tc_reminders_oldest_overdue_seconds", due_at and clock.now() - due_at or 0)
end

--- Sets the gauges anew.  Where the database does not answer they keep what they said.
function M.count()
  local began = clock.monotonic()
  if began < next_at then
    return
  end
  local rows, message = db.all("reminder.count")
  local oldest
  if rows then
    oldest, message = db.one("reminder.oldest", { now = clock.now() })
  end
  local ended = clock.monotonic()
  next_at = ended + SHARE * (ended - began)
  if oldest then
    show(rows, oldest.due_at)
  else
    log.warn("reminders could not be counted", { error = message })
  end
end

--- While loading: they are set from now on.
function M.start()
  timer.every(SECONDS, "reminder.count", M.count)
end

return M
