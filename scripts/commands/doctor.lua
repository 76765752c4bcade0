--- `timecapsule doctor`: behind what the host says of the installation, what the application does; with
--- `--mail-to ADDRESS` it sends a letter there by the way that reminders take, and says what the mail
--- server answered.
local config = require("host").config
local i18n = require("text.i18n")
local audit = require("admin.audit")
local judge = require("admin.judge")
local page = require("admin.page")
local running = require("admin.running")
local trial = require("admin.trial")
local mailbox = require("reminder.mailbox")

local M = { help = "judges the installation; --mail-to ADDRESS sends a trial letter" }

local STATUS = { good = 0, look = 1, BROKEN = 2 }

--- The host prints its lines in the same form.
local function show(line)
  print(("%-6s  %-11s  %s"):format(line.verdict, line.subject, line.text))
  if line.advice then
    print(("%-6s  %-11s  → %s"):format("", "", line.advice))
  end
end

---@param address string
---@return admin.Line
local function try_mail(address)
  local how = ("a letter from %s to %s, %s"):format(config.mail_from, address,
    config.mail == "file" and "as a file: no mail server is set up (--mail)" or "by the mail server")
  local found = trial.send(address, "en")
  audit.record(audit.by_command(), "reminders_trial", mailbox.masked(address), found.good and "done" or found.reply)
  if found.good then
    return { verdict = "good", subject = "trial", text = ("%s; %s: %s"):format(how,
      found.file and "written to the outbox" or "taken", found.reply) }
  end
  return { verdict = "BROKEN", subject = "trial", text = ("%s; not taken (%s)"):format(how, found.kind),
    advice = page.words({ key = trial.ADVICE[found.kind], args = { reply = found.reply } }, i18n.translator("en")) }
end

---@param args string[]
---@return integer status 0, 1 where something is to be looked at, 2 where something is broken.
function M.run(args)
  local lines, own, status = running.lines(), judge.lines(), 0
  table.move(own, 1, #own, #lines + 1, lines)
  lines[#lines + 1] = args[1] and try_mail(args[1])
  for _, line in ipairs(lines) do
    show(line)
    status = math.max(status, STATUS[line.verdict])
  end
  return status
end

return M
