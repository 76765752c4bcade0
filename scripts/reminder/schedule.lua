--- What a server that sends reminders does by the clock.  `--reminders off` leaves both to
--- `timecapsule remind`.
local log = require("host.log")
local timer = require("host.timer")
local deliver = require("reminder.deliver")
local queue = require("reminder.queue")

timer.every(1, "reminder.send", deliver.tick)

timer.every(3600, "reminder.tidy", function()
  local done, message = queue.tidy()
  if not done then
    log.warn("old rows of reminders were not removed", { error = message })
  end
end, { cluster = true })
