--- Sends what is due: claim, send, record, wipe.
---
---   a pass:   is anything due? → how much room is there? → claim → letters side by side
---             → each recorded by itself → what is left given back → checkpoint → again
---
--- What a failure means: "temporary" puts that letter off, by policy; "permanent" ends it; "auth"
--- and "policy" are about us, so everything is paused and the log raises an alarm.  No failure wipes
--- a row.  After "policy" that letter is put off too, so that the next one tried is another's: where
--- only one recipient's server is so strict, the others do not wait behind it.  While nothing is
--- known of the mail server (after a start, after a pause) letters go one by one, so that what it
--- refuses is tried once and not many times.
---
--- A letter that was taken but could not be recorded is kept in mind (reminder.unrecorded): nothing
--- else is sent before its row says so.
local host = require("host")
local clock = require("host.clock")
local db = require("host.db")
local log = require("host.log")
local metrics = require("host.metrics")
local smtp = require("host.smtp")
local task = require("host.task")
local events = require("reminder.events")
local letter = require("reminder.letter")
local mailbox = require("reminder.mailbox")
local policy = require("reminder.policy")
local claims = require("reminder.claim")
local queue = require("reminder.queue")
local sealed = require("reminder.sealed")
local trouble = require("reminder.trouble")
local unrecorded = require("reminder.unrecorded")

local M = {}

local config = host.config

local CAPS = {
  minute = config.mails_per_minute,
  day = config.mails_per_day,
  address = config.mails_per_address,
}

--- Rows of one claim, and letters under way at once: while half of them talk to the mail server,
--- the others wait for the database, which gathers their commits.
local BATCH, AT_ONCE = 200, math.max(2, math.min(2 * config.mail_connections, 64))

--- Seconds: after a claim no letter is begun later than this, and one that takes longer is ended.
--- Together they are shorter than a lease, and than a run of a timer may take.
local BEGIN_S, LETTER_S = 15, 40

local DAY = 86400

--- Was something wiped that the database's journal still holds?
local unclean = false

---@class reminder.Pass
---@field sent integer
---@field later integer     Put off after a failure.
---@field failed integer
---@field cancelled integer
---@field postponed integer Not tried: the address has had enough today.
---@field halted reminder.Trouble? The kind of failure that ended it early.
---@field in_row integer    Failures since the last success.
---@field begin_until number
---@field mails table<string|integer, integer> Letters begun since the claim, by what they count under.

---@return reminder.Pass
local function new_pass()
  return { sent = 0, later = 0, failed = 0, cancelled = 0, postponed = 0, in_row = 0 }
end

-- Words ------------------------------------------------------------------------------------------

---@return reminder.Note
local function note(outcome, words, address, why)
  local now = clock.now()
  local time = clock.format(now, config.time_zone, "%Y-%m-%d %H:%M:%S")
  local text = ("At %s, Sending email has %s: %s"):format(time, words, mailbox.masked(address))
  return { at = now, outcome = outcome, text = why and text .. ", " .. why or text }
end

local function complain(row, failure, kind)
  metrics.counter("tc_reminders_failed_total", { kind = kind })
  log.warn(failure.text, { reminder = row.id, kind = kind, attempt = row.attempts + 1 })
end

--- What became of a row could not be written: its lease ends by itself.
local function lost(row, message)
  log.error("the state of a reminder could not be written", {
    reminder = row.id,
    error = message,
  })
end

-- One letter -------------------------------------------------------------------------------------

local function taken(pass, row, contents, seconds)
  pass.sent = pass.sent + 1
  pass.in_row = 0
  metrics.counter("tc_reminders_sent_total")
  metrics.histogram("tc_reminder_send_seconds", seconds)
  local outcome = row.letter == queue.CANARY and "canary" or "sent"
  unrecorded.record(row, note(outcome, "succeeded", contents.mailbox))
  unclean = true
  trouble.taken()
  events.sent(row, contents)
end

local function cancel(pass, row)
  pass.cancelled = pass.cancelled + 1
  local done, message = queue.cancel(row)
  unclean = true
  if not done then
    lost(row, message)
  end
end

local function fail(pass, row, failure)
  pass.failed = pass.failed + 1
  local done, message = queue.fail(row, failure)
  if not done then
    lost(row, message)
  end
end

--- Was that the last time?
local function put_off(pass, row, failure, at_last)
  local at = policy.next_attempt(row.attempts + 1, failure.at) or at_last
  if not at then
    fail(pass, row, failure)
    return true
  end
  pass.later = pass.later + 1
  local done, message = queue.later(row, at, failure)
  if not done then
    lost(row, message)
  end
  return false
end

--- What mail_log calls each kind of failure.
local OUTCOME = { auth = "auth", policy = "policy", permanent = "failed", input = "failed" }

--- What becomes of the letter; was that its end?
---@type table<string, fun(pass: reminder.Pass, row: table, failure: reminder.Note): boolean>
local END = {
  --- The letter is as good as it was: only the log tells.
  auth = function(pass, row, failure)
    pass.halted = "auth"
    queue.note(row, failure)
    return false
  end,
  --- However long it takes: this is not the letter's end.
  policy = function(pass, row, failure)
    pass.halted = "policy"
    return put_off(pass, row, failure, failure.at + DAY)
  end,
  failed = function(pass, row, failure)
    fail(pass, row, failure)
    pass.in_row = 0
    trouble.answered()
    if trouble.refused(row) then
      pass.halted = pass.halted or "policy"
      queue.log("policy", failure.text) -- what doctor and `reminders` tell
    end
    return true
  end,
  later = function(pass, row, failure)
    local final = put_off(pass, row, failure)
    pass.in_row = pass.in_row + 1
    if pass.in_row >= policy.TROUBLE then
      pass.halted = pass.halted or "temporary"
    end
    return final
  end,
}

local function refused(pass, row, contents, message, kind)
  local outcome = OUTCOME[kind] or "later"
  local failure = note(outcome, "failed", contents.mailbox, message)
  complain(row, failure, kind)
  events.failed(row, contents, message, kind, END[outcome](pass, row, failure))
end

--- What the address of a row has said and had.
local function mailbox_of(row, contents)
  if row.mailbox_id and not mailbox.has_older_hashes(contents.mailbox) then
    return {
      id = row.mailbox_id,
      state = row.mailbox_state,
      last_mail_at = row.last_mail_at,
      cap_hash = row.cap_hash,
      mails_today = row.mails_today,
    }
  end
  local found, message, kind = mailbox.settle(contents.mailbox)
  if found then
    row.mailbox_id = found.id
  end
  return found, message, kind
end

--- Should this letter go now?  Nil when it should; else "cancelled", or "postponed" and until when.
local function objection(pass, row, person)
  local now = clock.now()
  local counted = person.cap_hash or person.id
  local begun = counted and pass.mails[counted] or 0
  if row.disabled_at or person.state == "stopped" then
    return "cancelled"
  elseif row.letter == queue.QUESTION
    and (person.state == "confirmed" or begun > 0 or person.mails_today > 0
      or (person.last_mail_at or 0) > now - DAY) then
    return "cancelled" -- it has been answered, or asked today
  elseif not person.id then
    return nil
  end
  local at = policy.postpone(person.mails_today + begun, CAPS, now)
  if at then
    return "postponed", at
  end
  pass.mails[counted] = begun + 1
end

local function send(pass, row, contents)
  local built, made = pcall(letter.build, row, contents)
  if not built then
    log.error("a letter could not be made", { reminder = row.id, error = tostring(made) })
    return refused(pass, row, contents, "its template is at fault", "state")
  end
  made = events.letter(made, row, contents)
  local began = clock.monotonic()
  local receipt, message, kind = smtp.send(made)
  if receipt then
    return taken(pass, row, contents, clock.monotonic() - began)
  end
  return refused(pass, row, contents, message, kind)
end

--- May another letter be begun?
local function goes_on(pass)
  return not pass.halted and clock.monotonic() <= pass.begin_until and not host.status().stopping
end

--- From a claimed row to its end.  A row that is left alone goes back with its claim.
local function attempt(pass, row)
  if not goes_on(pass) then
    return
  end
  local contents = sealed.open(row)
  if not contents then
    log.error("a stored reminder does not open: its row was changed", { reminder = row.id })
    metrics.counter("tc_reminders_failed_total", { kind = "state" })
    return fail(pass, row)
  end
  row.mailbox = contents.mailbox
  local person, message = mailbox_of(row, contents)
  if not person then
    return lost(row, message)
  end
  local what, at = objection(pass, row, person)
  if what == "cancelled" then
    cancel(pass, row)
  elseif what == "postponed" then
    pass.postponed = pass.postponed + 1
    queue.later(row, at)
  else
    send(pass, row, contents)
  end
end

-- A pass -----------------------------------------------------------------------------------------

--- Those that took too long.  One that was taken all the same waits to be recorded.
local function give_up(pass, late)
  for _, row in ipairs(late) do
    if row.mailbox and not unrecorded.has(row) then
      local why = ("it took longer than %d seconds"):format(LETTER_S)
      refused(pass, row, { mailbox = row.mailbox }, why, "temporary")
    end
  end
end

local function run(pass, rows, at_once)
  give_up(pass, task.each(rows, at_once, function(row)
    attempt(pass, row)
  end, LETTER_S))
end

local function send_all(pass, rows)
  local first = 1
  while rows[first] and not trouble.is_trusted() and goes_on(pass) do
    run(pass, { rows[first] }, 1)
    first = first + 1
  end
  run(pass, table.move(rows, first, #rows, 1, {}), AT_ONCE)
end

local function clean()
  if unclean then
    local done, message, kind = db.checkpoint()
    unclean = not done
    if not done and kind ~= "conflict" then
      log.warn("the database's journal was not emptied", { error = message })
    end
  end
end

--- Is something due, and room for it?  A look that locks nothing; a claim counts again.
local function is_worth_it()
  local due, message, kind = claims.is_due()
  if not due or (CAPS.minute == 0 and CAPS.day == 0) then
    return due, message, kind
  end
  local load
  load, message, kind = claims.load()
  if not load then
    return nil, message, kind
  end
  return (policy.room(load, CAPS) or BATCH) > 0
end

--- Claims and sends once.  Returns how many rows there were.
local function step(pass, seconds)
  local done, message, kind = unrecorded.record_all()
  if not done then
    return nil, message, kind
  end
  local worth, claim
  worth, message, kind = is_worth_it()
  if not worth then
    return worth == false and 0 or nil, message, kind
  end
  claim, message, kind = claims.take(BATCH, CAPS)
  if not claim then
    return kind == "conflict" and 0 or nil, message, kind -- it was another's turn
  end
  pass.begin_until, pass.mails = clock.monotonic() + seconds, {}
  send_all(pass, claim.rows)
  local returned, why = claims.release(claim)
  if not returned then
    log.warn("what is left of a claim waits for the end of its lease", { error = why })
  end
  clean()
  return #claim.rows
end

--- Sends what is due, for so long at most; nil: until nothing is.
---@param seconds number?
---@return reminder.Pass pass
---@return string? message Where the database failed.
---@return host.kind? kind
function M.pass(seconds)
  local pass = new_pass()
  local finish_at = seconds and clock.monotonic() + seconds or math.huge
  repeat
    local left = finish_at - clock.monotonic()
    local count, message, kind = step(pass, math.min(left, BEGIN_S))
    if not count then
      return pass, message, kind
    end
  until count == 0 or pass.halted or host.status().stopping or clock.monotonic() >= finish_at
  if pass.halted then
    trouble.pause(pass.halted)
  end
  return pass
end

local function tell(pass)
  if pass.sent + pass.later + pass.failed + pass.cancelled + pass.postponed > 0 then
    log.info("letters", {
      sent = pass.sent,
      later = pass.later,
      failed = pass.failed,
      cancelled = pass.cancelled,
      postponed = pass.postponed,
    })
  end
end

--- A database that is away is told once, and once when it is back.
local function tell_database(message)
  local before = trouble.database()
  if message and not before then
    log.error("reminders wait for the database", { error = message })
  elseif before and not message then
    log.info("reminders have the database again")
  end
  if message ~= before then
    trouble.set_database(message)
  end
end

--- Every second, in the server.
function M.tick()
  if trouble.paused() then
    return
  end
  metrics.gauge("tc_reminders_paused", 0)
  clean()
  local pass, message = M.pass(BEGIN_S)
  tell(pass)
  tell_database(message)
end

return M
