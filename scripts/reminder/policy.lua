--- Which letters a capsule is owed, when a letter that failed is tried again, and how many go out.
--- Pure: this is the place to change for a letter a week before, or one a year after nobody came
--- (docs/reminders.md works that example out).
---
--- A letter's name is part of the reminder's unique key (capsule, letter), so that each is sent
--- once; letters are fixed when the capsule is put.  A letter looks as templates/mail/NAME.txt and
--- NAME.html say, or, where there is no such template, as reminder.txt and reminder.html do.
local lease = require("job.lease")

local M = {}

local MINUTE, DAY = 60, 24 * 60 * 60

--- The letter before a gathering closes comes so long before, and not within a day of its beginning.
local BEFORE_CLOSING = 7 * DAY

--- For so long a letter that cannot be delivered is tried again.
local PATIENCE = 14 * DAY

---@class reminder.Letter
---@field letter string  Its name: a-z, 0-9 and _, at most 32; "confirm" and "closing" are taken.
---@field due_at integer Unix seconds.

--- One letter, at the opening time.
---@param capsule { opens_at: integer, created_at: integer }
---@return reminder.Letter[]
function M.letters(capsule)
  return { { letter = "opening", due_at = capsule.opens_at } }
end

--- Of a capsule that others add letters to one more: before they no longer can, with how many there are so far.
---@param capsule { closes_at: integer?, created_at: integer }
---@return reminder.Letter[]
function M.closing_letters(capsule)
  local due_at = capsule.closes_at and capsule.closes_at - BEFORE_CLOSING
  return due_at and due_at >= capsule.created_at + DAY and { { letter = "closing", due_at = due_at } } or {}
end

--- When a letter that has failed so often is tried again: after a minute, then after twice as long
--- each time, at most a day; nil once the next attempt would be more than 14 days after the first.
--- By attempts, not by dates: the time that a server was switched off does not count.
---@param failed integer Attempts that have failed, this one included.
---@param now integer
---@return integer? at Unix seconds.
function M.next_attempt(failed, now)
  local delay, waited = lease.rest(failed, MINUTE, DAY)
  return waited + delay <= PATIENCE and now + delay or nil
end

---@class reminder.Load What goes on in the whole installation, all nodes together.
---@field last_minute integer Attempts.
---@field last_day integer
---@field under_way integer   Letters that a node holds right now.

---@class reminder.Caps The settings mails_per_…; 0: no bound.
---@field minute integer
---@field day integer
---@field address integer

--- How many letters may be sent now; nil: any number.
---@param load reminder.Load
---@param caps reminder.Caps
---@return integer?
function M.room(load, caps)
  local room = math.huge
  if caps.minute > 0 then
    room = caps.minute - load.last_minute - load.under_way
  end
  if caps.day > 0 then
    room = math.min(room, caps.day - load.last_day - load.under_way)
  end
  return room < math.huge and math.max(room, 0) or nil
end

--- When an address that has had so many letters today gets the next one: nil for now, else
--- tomorrow (UTC).
---@param mails integer
---@param caps reminder.Caps
---@param now integer
---@return integer? at
function M.postpone(mails, caps, now)
  if caps.address == 0 or mails < caps.address then
    return nil
  end
  return (now // DAY + 1) * DAY
end

--- After so many failures without a success between them it is not the letters: everything waits.
M.TROUBLE = 10

local FIRST = { temporary = MINUTE, auth = 5 * MINUTE, policy = MINUTE }
local LONGEST = { temporary = MINUTE, auth = 60 * MINUTE, policy = 60 * MINUTE }

--- For how long nothing is sent after trouble ("temporary"), after the server has refused our login
--- ("auth": many wrong passwords lock an account), or our sender, or letters from us ("policy").
---@param kind reminder.Trouble
---@param times integer Pauses since a letter was taken, this one included.
---@return integer seconds
function M.pause(kind, times)
  return math.min(FIRST[kind] << math.min(times - 1, 20), LONGEST[kind])
end

--- Confirmations that nobody gave expire so long after the capsule has opened.
M.UNCONFIRMED = 14 * DAY

--- mail_log keeps attempts for so long.
M.LOG = 400 * DAY

return M
