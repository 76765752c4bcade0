--- `timecapsule remind`: sends what is due, once, and ends.  For cron, as the original did, or beside
--- a server: leases keep a letter from going out twice.
local deliver = require("reminder.deliver")
local page = require("admin.page")
local pause = require("reminder.pause")
local claims = require("reminder.claim")
local queue = require("reminder.queue")

local M = { help = "sends the letters that are due, once: for cron" }

local SUM = "%d sent, %d to be tried again, %d failed for good, %d cancelled, %d put off to tomorrow"

---@return integer status 1 when a letter failed, or nothing could be sent.
function M.run()
  local pass, message = deliver.pass()
  print(SUM:format(pass.sent, pass.later, pass.failed, pass.cancelled, pass.postponed))
  if message then
    io.stderr:write("timecapsule: remind: the database: ", message, "\n")
    return 1
  elseif pass.halted == "auth" then
    io.stderr:write("timecapsule: remind: the mail server refuses our login; nothing else was tried\n")
  elseif pass.halted == "policy" then
    io.stderr:write("timecapsule: remind: the mail server refuses our sender, or letters from us;",
      " nothing else was tried\n")
  elseif pass.halted then
    io.stderr:write("timecapsule: remind: too many letters failed in a row; the rest waits\n")
  end
  local held = claims.is_held()
  if held then
    io.stderr:write("timecapsule: remind: ", claims.HELD, "\n")
  end
  local paused = pause.state()
  if paused then
    io.stderr:write("timecapsule: remind: ", pause.words(paused, page.at), "\n")
  end
  local tidied, why = queue.tidy()
  if not tidied then
    io.stderr:write("timecapsule: remind: old rows were not removed: ", why, "\n")
  end
  return (held or paused or pass.halted or pass.later + pass.failed > 0 or not tidied) and 1 or 0
end

return M
