--- Is the application well?  What only it knows of the installation: its clock against its rows, and
--- how its letters fare.  What the host knows is the host's to judge.
---
--- Each thing gets a line whether it is good or not.
local clock = require("host.clock")
local config = require("host").config
local db = require("host.db")
local queue = require("reminder.queue")

local M = {}

---@alias admin.Verdict "good"|"look"|"BROKEN"

---@class admin.Line
---@field verdict admin.Verdict
---@field subject string What it is about, in a word or two.
---@field text string    What was found.
---@field advice string? What to do; nil where all is good.

--- Clocks of several hosts differ by a little; by more, capsules open at the wrong time.
local CLOCK_LOOK, CLOCK_BROKEN = 5, 60
--- Servers send what is due within seconds, cron within its interval; a day is too long for either.
local LATE_LOOK, LATE_BROKEN = 3600, 86400

local function text_of(at)
  return clock.format(at, config.time_zone, "%Y-%m-%d %H:%M:%S")
end

---@return admin.Line
local function line(verdict, subject, text, advice)
  return { verdict = verdict, subject = subject, text = text, advice = advice }
end

local function unknown(subject, message)
  return line("BROKEN", subject, "the database does not answer: " .. message, "mend that, then ask again")
end

--- Nothing can have been written later than now.
---@return admin.Line
function M.clock()
  local row, message = db.one("admin.newest")
  if not row then
    return unknown("clock", message)
  end
  local now = clock.now()
  local behind = (row.at or now) - now
  if behind <= CLOCK_LOOK then
    return line("good", "clock", ("it is %s; no row was written later"):format(text_of(now)))
  end
  return line(behind > CLOCK_BROKEN and "BROKEN" or "look", "clock",
    ("it is %s, but a row was written at %s: this clock is %d s behind, or was ahead then")
      :format(text_of(now), text_of(row.at), behind),
    "set it, and let a time service keep it (chrony, systemd-timesyncd): capsules open by it")
end

local REFUSED = { auth = "our login or sender", policy = "letters from us, whoever they are for" }
local ADVICE = {
  auth = "look at the user in --mail, the password and --mail-from, then send a trial letter: --mail-to",
  policy = "look at --mail-from and the mail server's rules for senders, then send a trial letter: --mail-to",
}

--- Does the mail server refuse us, rather than a recipient?
---@return admin.Line
function M.mail()
  local trouble, message = queue.last_trouble()
  if message then
    return unknown("mail", message)
  elseif not trouble then
    return line("good", "mail", "the mail server's last answer to a letter was not about us")
  end
  return line("BROKEN", "mail", ("the mail server refused %s (%s): %s")
    :format(REFUSED[trouble.outcome], trouble.outcome, trouble.text), ADVICE[trouble.outcome])
end

--- Are letters sent when they are due?
---@return admin.Line
function M.letters()
  local rows, message = db.all("reminder.count")
  local oldest, why = db.one("reminder.oldest", { now = clock.now() })
  if not rows or not oldest then
    return unknown("letters", message or why)
  end
  local letters = {}
  for _, row in ipairs(rows) do
    letters[row.state] = row.letters
  end
  local text = ("%d wait, %d were sent, %d failed"):format(letters.pending or 0, letters.sent or 0,
    letters.failed or 0)
  local late = oldest.due_at and clock.now() - oldest.due_at or 0
  if late <= LATE_LOOK then
    return line("good", "letters", text)
  end
  return line(late > LATE_BROKEN and "BROKEN" or "look", "letters",
    ("%s; one has been due since %s"):format(text, text_of(oldest.due_at)),
    config.reminders and "does the server run, and reach the mail server? `timecapsule remind` sends what is due"
      or "--reminders is off: does cron run `timecapsule remind`?")
end

--- All of them.
---@return admin.Line[]
function M.lines()
  return { M.clock(), M.mail(), M.letters() }
end

return M
