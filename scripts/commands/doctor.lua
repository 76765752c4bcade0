--- `timecapsule doctor`: behind what the host says of the installation, what the application does; with
--- `--mail-to ADDRESS` it sends a letter there by the way that reminders take, and says what the mail
--- server answered.
local config = require("host").config
local smtp = require("host.smtp")
local judge = require("admin.judge")
local letter = require("reminder.letter")

local M = { help = "judges the installation; --mail-to ADDRESS sends a trial letter" }

local STATUS = { good = 0, look = 1, BROKEN = 2 }

local ADVICE = {
  auth = "The server refuses the password, the account or the sender. Many providers want an app password "
    .. "in place of your own, and no other sender than the account's address (--mail-from). "
    .. "Reminders are paused while this is so; none is lost.",
  policy = "The server refuses our sender, or letters from us, whoever they are for: look at --mail-from and "
    .. "at its rules. Reminders are paused while this is so; none is lost.",
  temporary = "The server was not reached, its certificate is not trusted, or it asks to come back "
    .. "later. Reminders are tried again, for up to 14 days.",
  permanent = "The server will not take letters to this address. A reminder to it would fail.",
  input = "This is no address that a letter can be sent to.",
}

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
  local receipt, message, kind = smtp.send(letter.trial(address, "en"))
  if receipt then
    return { verdict = "good", subject = "trial", text = ("%s; %s: %s"):format(how,
      config.mail == "file" and "written to the outbox" or "taken", receipt.reply) }
  end
  return { verdict = "BROKEN", subject = "trial", text = ("%s; not taken (%s): %s"):format(how, kind, message),
    advice = ADVICE[kind] }
end

---@param args string[]
---@return integer status 0, 1 where something is to be looked at, 2 where something is broken.
function M.run(args)
  local lines, status = judge.lines(), 0
  lines[#lines + 1] = args[1] and try_mail(args[1])
  for _, line in ipairs(lines) do
    show(line)
    status = math.max(status, STATUS[line.verdict])
  end
  return status
end

return M
