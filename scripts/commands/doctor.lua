--- `timecapsule doctor --mail-to you@example.org`: sends one letter by the way that reminders take, and
--- says what the mail server answered.
local config = require("host").config
local smtp = require("host.smtp")
local letter = require("reminder.letter")

local M = { help = "sends a letter to see that mail works: doctor --mail-to you@example.org" }

local ADVICE = {
  auth = "The server refuses the password, the account or the sender. Many providers want an\n"
    .. "app password in place of your own, and no other sender than the account's address\n"
    .. "(--mail-from). Reminders are paused while this is so; none is lost.",
  temporary = "The server was not reached, its certificate is not trusted, or it asks to come back\n"
    .. "later. Reminders are tried again, for up to 14 days.",
  permanent = "The server will not take letters to this address. A reminder to it would fail.",
  input = "This is no address that a letter can be sent to.",
}

---@param args string[]
---@return integer status
function M.run(args)
  if #args ~= 1 then
    io.stderr:write("usage: timecapsule doctor --mail-to you@example.org\n")
    return 2
  end
  print(("a letter from %s to %s, %s"):format(config.mail_from, args[1],
    config.mail == "file" and "as a file: no mail server is set up (--mail)"
      or "by the mail server"))
  local receipt, message, kind = smtp.send(letter.trial(args[1], "en"))
  if receipt then
    print((config.mail == "file" and "written to the outbox: " or "taken: ") .. receipt.reply)
    return 0
  end
  print(("not taken (%s): %s"):format(kind, message))
  print(ADVICE[kind] or "")
  return 1
end

return M
