--- Is the application well?  What only it knows of the installation: its clock against its rows, and
--- how its letters fare.  What the host knows is the host's to judge.
---
--- Each thing gets a line whether it is good or not.
local clock = require("host.clock")
local config = require("host").config
local db = require("host.db")
local i18n = require("text.i18n")
local waits = require("admin.waits")
local pause = require("reminder.pause")
local queue = require("reminder.queue")

local M = {}

---@alias admin.Verdict "good"|"look"|"BROKEN"

---@class admin.Line
---@field verdict admin.Verdict
---@field subject string What it is about, in a word or two.
---@field text string    What was found.
---@field advice string? What to do; nil where all is good.
---@field said admin.Words? The text as a sentence of every language; nil: it is English alone.
---@field advised admin.Words? The advice, likewise.

--- Clocks of several hosts differ by a little; by more, capsules open at the wrong time.
local CLOCK_LOOK, CLOCK_BROKEN = 5, 60
--- Servers send what is due within seconds, cron within its interval; a day is too long for either.
local LATE_LOOK, LATE_BROKEN = 3600, 86400

--- A moment, in the server's zone.
---@param at integer
---@return string
function M.at(at)
  return clock.format(at, config.time_zone, "%Y-%m-%d %H:%M:%S")
end

--- A line, in English and by its keys.
---@param verdict admin.Verdict
---@param subject string
---@param key string
---@param args table?
---@param advice (string|admin.Words)? a key, or with its arguments
---@return admin.Line
function M.line(verdict, subject, key, args, advice)
  local t = i18n.translator("en")
  local advised = type(advice) == "string" and { key = advice } or advice
  return { verdict = verdict, subject = subject, text = t(key, args), said = { key = key, args = args },
    advice = advised and t(advised.key, advised.args) or nil, advised = advised }
end

local line = M.line

--- The database is away.
---@param message string
---@param since? integer
---@return admin.Line
function M.away(message, since)
  return line("BROKEN", "database", since and "judge.away_since" or "judge.away",
    { why = message, at = since and M.at(since) }, "judge.away_advice")
end

--- Nothing can have been written later than now.
---@return admin.Line
function M.clock()
  local row, message = db.one("admin.newest")
  if not row then
    return M.away(message)
  end
  local now = clock.now()
  local behind = (row.at or now) - now
  if behind <= CLOCK_LOOK then
    return line("good", "clock", "judge.clock_good", { now = M.at(now) })
  end
  return line(behind > CLOCK_BROKEN and "BROKEN" or "look", "clock", "judge.clock_behind",
    { now = M.at(now), at = M.at(row.at), seconds = behind },
    { key = "judge.clock_advice", args = { at = M.at(row.at) } })
end

--- Does the mail server refuse us, rather than a recipient?
---@return admin.Line
function M.mail()
  local trouble, message = queue.last_trouble()
  if message then
    return M.away(message)
  elseif not trouble then
    return line("good", "mail", "judge.mail_good")
  end
  return line("BROKEN", "mail", "judge.mail_" .. trouble.outcome, { text = trouble.text },
    "judge.mail_advice_" .. trouble.outcome)
end

--- Would this server have taken one by now?
local function is_left()
  local row = config.reminders and db.one("reminder.next")
  return row and row.next_at and clock.now() - row.next_at > waits.PATIENCE
end

--- Letters that wait longer than they should, or for something.
local function late_line(letters, due_at)
  local late, why = due_at and clock.now() - due_at or 0, due_at and waits.why()
  if late <= LATE_LOOK and not why and not (due_at and is_left()) then
    return line("good", "letters", "judge.letters", letters)
  end
  letters.at = M.at(due_at)
  return line(late > LATE_BROKEN and "BROKEN" or "look", "letters", "judge.letters_late", letters,
    why or config.reminders and "judge.letters_advice" or "judge.letters_cron")
end

--- Are letters sent when they are due?
---@return admin.Line
function M.letters()
  local rows, message = db.all("reminder.count")
  local oldest, why = db.one("reminder.oldest", { now = clock.now() })
  local paused, unread = pause.state()
  if not rows or not oldest or unread then
    return M.away(message or why or unread)
  end
  local letters = { pending = 0, sent = 0, failed = 0 }
  for _, row in ipairs(rows) do
    letters[row.state] = row.letters
  end
  if paused then
    letters.at, letters.who, letters.why = M.at(paused.at), paused.who, paused.why
    return line("look", "letters", "judge.letters_paused", letters, "judge.letters_paused_advice")
  end
  return late_line(letters, oldest.due_at)
end

--- Has a job of the site failed for good?  No line where none has.
---@return admin.Line[]
function M.jobs()
  local rows, message = db.all("job.counts")
  if not rows then
    return { M.away(message) }
  end
  local failed = 0
  for _, row in ipairs(rows) do
    failed = failed + math.tointeger(row.failed)
  end
  return { failed > 0 and line("look", "jobs", "judge.jobs_failed", { jobs = failed }, "judge.jobs_advice") or nil }
end

--- All of them.
---@return admin.Line[]
function M.lines()
  return { M.clock(), M.mail(), M.letters(), table.unpack(M.jobs()) }
end

return M
