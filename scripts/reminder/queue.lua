--- Rows of letters: written with their capsule, claimed by whoever sends (reminder/claim.lua), wiped when done with.
---
--- What is in them is sealed (see reminder/sealed.lua).  The Message-ID is made when the row is:
--- however often a letter is tried, it is one letter.
local config = require("host").config
local clock = require("host.clock")
local db = require("host.db")
local mailbox = require("reminder.mailbox")
local policy = require("reminder.policy")
local sealed = require("reminder.sealed")

local M = {}

--- The letter that asks whether letters are welcome.
M.QUESTION = "confirm"

--- The letter that only shows that letters go out (see admin/canary.lua): nobody is asked about it.
M.CANARY = "canary"

---@class reminder.Order
---@field key string      The capsule key.
---@field key_hash string What the database knows it by.
---@field opens_at integer
---@field created_at integer
---@field mailbox string
---@field mail_key boolean Put the key into the letter.
---@field lang string
---@field zone string     The zone that the letter shows the time in.
---@field closes_at integer? When others can no longer add letters.
---@field letters reminder.Letter[]? In place of the policy's; then nobody is asked first.

local function insert(order, contents, letter, address_hash)
  local message_id, bytes = sealed.close(contents, letter.letter)
  return {
    "reminder.insert",
    {
      key_hash = order.key_hash,
      address_hash = address_hash,
      letter = letter.letter,
      due_at = letter.due_at,
      message_id = message_id,
      sealed = bytes,
      confirm_first = mailbox.ASKS_FIRST and not order.letters,
    },
  }
end

local function question(order, address_hash)
  local contents = { mailbox = order.mailbox, lang = order.lang, zone = order.zone }
  local message_id, bytes = sealed.close(contents, M.QUESTION)
  return {
    "reminder.insert_question",
    {
      key_hash = order.key_hash,
      address_hash = address_hash,
      letter = M.QUESTION,
      due_at = order.created_at,
      message_id = message_id,
      sealed = bytes,
    },
  }
end

--- What the order names, or the policy.
local function letters_of(order)
  if order.letters then
    return order.letters
  end
  local letters, closing = policy.letters(order), policy.closing_letters(order)
  return table.move(closing, 1, #closing, #letters + 1, letters)
end

--- The statements that write a capsule's letters, for the batch that writes the capsule: they
--- find it by the hash of its key.
---@param order reminder.Order
---@param sent table<string, boolean>? Letters that have gone out already.
---@return table[] calls
function M.calls(order, sent)
  local contents = {
    mailbox = order.mailbox,
    lang = order.lang,
    zone = order.zone,
    key = order.mail_key and order.key or nil,
  }
  local address_hash = mailbox.hash(order.mailbox)
  local cap_hash = mailbox.cap_hash(order.mailbox)
  local calls = { mailbox.remember(address_hash, cap_hash) }
  for _, letter in ipairs(letters_of(order)) do
    if not (sent and sent[letter.letter]) then
      calls[#calls + 1] = insert(order, contents, letter, address_hash)
    end
  end
  if mailbox.ASKS_FIRST and not order.letters then
    calls[#calls + 1] = question(order, address_hash)
    calls[#calls + 1] = mailbox.displace(cap_hash)
  end
  return calls
end

--- What the letters of a capsule hold, read from the first that is not wiped; for giving back
--- what was typed.
---@param capsule_id integer
---@return reminder.Contents? contents Nil without a message: no letter waits.
---@return string? message
---@return string? kind
function M.of_capsule(capsule_id)
  local rows, message, kind = db.all("reminder.of_capsule", { capsule_id = capsule_id })
  if not rows then
    return nil, message, kind
  end
  for _, row in ipairs(rows) do
    if row.sealed and row.letter ~= M.QUESTION then
      return sealed.open(row)
    end
  end
  return nil
end

---@class reminder.Standing How the letters of a capsule stand.
---@field contents reminder.Contents? Of those that wait; nil: none does.
---@field owed boolean Do they wait for the mailbox to say yes?
---@field sent table<string, boolean> Letters that have gone out.

--- How the letters of a capsule stand, for whoever holds its key.
---@param capsule_id integer
---@return reminder.Standing?
---@return string? message
---@return string? kind
function M.standing(capsule_id)
  local rows, message, kind = db.all("reminder.of_capsule", { capsule_id = capsule_id })
  if not rows then
    return nil, message, kind
  end
  local standing = { owed = false, sent = {} }
  for _, row in ipairs(rows) do
    if row.letter ~= M.QUESTION then
      standing.sent[row.letter] = row.state == "sent" or nil
      if row.state == "pending" or row.state == "unconfirmed" then
        standing.contents = standing.contents or sealed.open(row)
        standing.owed = standing.owed or row.state == "unconfirmed"
      end
    end
  end
  return standing
end

--- The letters of a capsule go to another mailbox from now on, which is asked first where the setting
--- says so; without an order to nobody.  What has gone out stays as it is.
---@param capsule_id integer
---@param order reminder.Order?
---@param sent table<string, boolean>? As in `standing`.
---@return table? done
---@return string? message
---@return host.kind? kind
function M.replace(capsule_id, order, sent)
  local calls = {
    { "reminder.drop_waiting", { capsule_id = capsule_id, question = M.QUESTION } },
  }
  for _, call in ipairs(order and M.calls(order, sent) or {}) do
    calls[#calls + 1] = call
  end
  return db.batch(calls)
end

-- What became of a letter ------------------------------------------------------------------------

---@class reminder.Note A line of mail_log.
---@field at integer
---@field outcome string
---@field text string

local function log_call(row, note)
  return {
    "reminder.log",
    { reminder_id = row.id, at = note.at, outcome = note.outcome, text = note.text },
  }
end

--- The server has taken it: the row is wiped.
---@param row reminder.Row
---@param note reminder.Note
---@return table? done
---@return string? message
---@return host.kind? kind
function M.sent(row, note)
  local calls =
    { { "reminder.sent", { id = row.id, now = note.at } }, log_call(row, note) }
  if row.mailbox_id then
    calls[3] = {
      "mailbox.count_mail",
      { id = row.mailbox_id, now = note.at, day = note.at // 86400 },
    }
  end
  return db.batch(calls)
end

--- Nobody wants it: the row is wiped.
---@param row reminder.Row
---@return table? done
---@return string? message
---@return host.kind? kind
function M.cancel(row)
  return db.exec("reminder.cancel", { id = row.id, owner = row.lease_owner })
end

--- It will not be tried again by itself.  What it holds is kept for the setting failed_days, so that
--- it can be sent after all; without a note (it does not open) for ever.
---@param row reminder.Row
---@param note reminder.Note?
---@return table? done
---@return string? message
---@return host.kind? kind
function M.fail(row, note)
  local calls = {
    {
      "reminder.fail",
      {
        id = row.id,
        owner = row.lease_owner,
        tried = note and 1 or 0,
        ended_at = note and note.at,
      },
    },
  }
  calls[2] = note and log_call(row, note)
  return db.batch(calls)
end

--- Letters that have failed wait again, their attempts counted on.
---@param rows { id: integer, at: integer }[]
---@return table? done
---@return string? message
---@return host.kind? kind
function M.reopen(rows)
  local calls = {}
  for i, row in ipairs(rows) do
    calls[i] = { "reminder.reopen", { id = row.id, at = row.at } }
  end
  return db.batch(calls)
end

--- A letter that has failed for good is tried as if it were new; without an id all of them.
---@param id integer?
---@return integer? letters
---@return string? message
---@return host.kind? kind
function M.again(id)
  local done, message, kind = db.exec("reminder.again", { id = id, now = clock.now() })
  if not done then
    return nil, message, kind
  end
  return done.affected
end

--- It is due again at that moment.  Without a note it was not tried at all.
---@param row reminder.Row
---@param at integer
---@param note reminder.Note?
---@return table? done
---@return string? message
---@return host.kind? kind
function M.later(row, at, note)
  local calls = {
    {
      "reminder.later",
      { id = row.id, owner = row.lease_owner, at = at, tried = note and 1 or 0 },
    },
  }
  calls[2] = note and log_call(row, note)
  return db.batch(calls)
end

--- Only the log: the row stays in its claim.
---@param row reminder.Row
---@param note reminder.Note
---@return table? done
---@return string? message
---@return host.kind? kind
function M.note(row, note)
  return db.batch({ log_call(row, note) })
end

--- The statement for a line that is about no letter of a person.
---@param outcome string
---@param text string
---@param at integer? now where absent
---@return table call For db.batch.
function M.log_call(outcome, text, at)
  return { "reminder.log", { reminder_id = nil, at = at or clock.now(), outcome = outcome, text = text } }
end

--- A line that is about no letter of a person.
---@param outcome string
---@param text string
---@param at integer? now where absent
---@return table? done
---@return string? message
---@return host.kind? kind
function M.log(outcome, text, at)
  return db.batch({ M.log_call(outcome, text, at) })
end

--- The latest attempt, where it was refused for a reason that is about us; nil without a message when
--- the latest was none such.
---@return reminder.Note?
---@return string? message
---@return host.kind? kind
function M.last_trouble()
  local row, message, kind = db.one("reminder.last_attempt")
  if row and (row.outcome == "auth" or row.outcome == "policy") then
    return row
  end
  return nil, message, kind
end

--- Letters go through again: what was put off meanwhile is due now.
---@return table? done
---@return string? message
---@return host.kind? kind
function M.hasten()
  local now = clock.now()
  return db.exec("reminder.hasten", { now = now, latest = now + 86400 })
end

local STALE = 200

--- Wipes rows of that state that are too old to be kept, but none that does not open: its secret may
--- come back.
---@return integer? wiped
---@return string? message
---@return host.kind? kind
local function forget(state, before)
  local after, wiped = 0, 0
  repeat
    local rows, message, kind =
      db.all("reminder.stale", { state = state, before = before, after = after, room = STALE })
    if not rows then
      return nil, message, kind
    end
    local calls = {}
    for _, row in ipairs(rows) do
      after = row.id
      calls[#calls + 1] = sealed.open(row) and { "reminder.forget", { id = row.id, state = state } }
    end
    local done = true
    if #calls > 0 then
      done, message, kind = db.batch(calls)
    end
    if not done then
      return nil, message, kind
    end
    wiped = wiped + #calls
  until #rows < STALE
  return wiped
end

--- Forgets what is too old to be kept; what was wiped is in the database's journal no more, either.
---@return boolean? done
---@return string? message
---@return host.kind? kind
function M.tidy()
  local now = clock.now()
  local done, message, kind, unconfirmed, failed
  unconfirmed, message, kind = forget("unconfirmed", now - policy.UNCONFIRMED)
  if unconfirmed then
    failed, message, kind = forget("failed", now - config.failed_days * 86400)
  end
  if not failed then
    return nil, message, kind
  end
  done, message, kind = db.batch({
    { "reminder.forget_log", { before = now - policy.LOG } },
    { "mailbox.forget", { before = now - 86400 } },
  })
  if not done then
    return nil, message, kind
  elseif unconfirmed + failed == 0 then
    return true
  end
  done, message, kind = db.checkpoint()
  if done or kind == "conflict" then -- a reader is in the way: the next batch of letters does it
    return true
  end
  return nil, message, kind
end

return M
