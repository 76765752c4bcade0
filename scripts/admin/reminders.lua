--- Reminders: how letters stand, those that have failed and why, what the mail server says of us; to send again,
--- cancel, pause all of them and let them go on, and a trial letter.
local clock = require("host.clock")
local config = require("host").config
local db = require("host.db")
local json = require("host.json")
local i18n = require("text.i18n")
local canary = require("admin.canary")
local trial = require("admin.trial")
local waits = require("admin.waits")
local claims = require("reminder.claim")
local mailbox = require("reminder.mailbox")
local pause = require("reminder.pause")
local queue = require("reminder.queue")
local trouble = require("reminder.trouble")

local M = { name = "reminders" }

M.STATES = { "unconfirmed", "pending", "sent", "failed", "cancelled" }

local SHOWN, NEXT = 100, 20
local LONGEST_REASON = 500

-- What is so --------------------------------------------------------------------------------------------------------

--- Raises { message, kind } where the database failed.
local function must(found, message, kind)
  if message then
    error({ message, kind })
  end
  return found
end

local function by_state()
  local letters = {}
  for _, state in ipairs(M.STATES) do
    letters[state] = 0
  end
  for _, row in ipairs(must(db.all("reminder.count"))) do
    letters[row.state] = row.letters
  end
  return letters
end

--- What the mail server says of us, from the log, and whether this process waits because of it.
local function trouble_of()
  local last = must(queue.last_trouble())
  local kind = trouble.kind()
  if not last and not kind then
    return nil
  end
  return { kind = last and last.outcome or kind, text = last and last.text or nil, at = last and last.at or nil,
    waits = trouble.paused() ~= nil }
end

--- Why letters that are due have not gone; nil: none is due, or nothing is known that holds them.
local function reason(now)
  local due_at = must(db.one("reminder.oldest", { now = now })).due_at
  local words = due_at and waits.why()
  return words and { text = i18n.translator("en")(words.key, words.args), said = words } or nil
end

--- The last second (UTC) of the twelfth month ahead: each is whole.
local function months_end(now)
  local year, month = clock.format(now, "UTC", "%Y %m"):match("(%d+) (%d+)")
  local after = math.tointeger(year) * 12 + math.tointeger(month) + 12
  return clock.to_unix(("%04d-%02d-01T00:00:00"):format(after // 12, after % 12 + 1), "UTC") - 1
end

local function look()
  local now = clock.now()
  return {
    states = by_state(),
    months = json.array(must(db.all("admin.months", { now = now, most = months_end(now) }))),
    failed = json.array(must(db.all("reminder.failures", { most = SHOWN }))),
    waiting = json.array(must(db.all("admin.waiting", { most = NEXT }))),
    paused = must(pause.state()),
    held = must(claims.is_held()),
    trouble = trouble_of(),
    waits = reason(now),
    mail = config.mail,
    sends = config.reminders,
    canary = canary.is_kept() and canary.look() or nil,
  }
end

function M.data()
  local good, found = pcall(look)
  if good then
    return found
  elseif type(found) == "table" then
    return nil, found[1], found[2]
  end
  error(found, 0)
end

--- The command's own are in commands/reminders.lua.
function M.lines(data)
  local lines = {}
  for i, state in ipairs(M.STATES) do
    lines[i] = ("%-12s %d"):format(state, data.states[state])
  end
  return lines
end

-- What can be done --------------------------------------------------------------------------------------------------

local function number_of(form)
  return math.tointeger(tonumber(form.number or ""))
end

local function what(form)
  return form.number == "all" and "all that have failed" or ("letter %d"):format(number_of(form) or 0)
end

local function again(form)
  local number = number_of(form)
  if not number and form.number ~= "all" then
    return nil, "reminders.no_number", "input"
  end
  local letters, message, kind = queue.again(number)
  if not letters then
    return nil, message, kind
  elseif letters == 0 then
    return nil, "reminders.none_again", "state"
  end
  return { key = "reminders.again_done", args = { letters = letters }, letters = letters }
end

local function cancel(form)
  local number = number_of(form)
  if not number then
    return nil, "reminders.no_number", "input"
  end
  local done, message, kind = db.exec("admin.letter_cancel", { id = number, now = clock.now() })
  if not done then
    return nil, message, kind
  elseif done.affected == 0 then
    return nil, { key = "reminders.none_cancelled", args = { number = number } }, "state"
  end
  db.checkpoint() -- what it held is in the journal no more; where somebody reads, the next letters do that
  return { key = "reminders.cancelled", args = { number = number } }
end

local function reason_of(form)
  local why = (form.why or ""):match("^%s*(.-)%s*$")
  return why ~= "" and #why <= LONGEST_REASON and utf8.len(why) and why or nil
end

local function hold(form, who)
  local why = reason_of(form)
  if not why then
    return nil, "reminders.no_reason", "input"
  end
  local done, message, kind = pause.set(who.name, why)
  if not done then
    return nil, message, kind
  end
  return { key = "reminders.paused_done" }
end

local function go_on()
  local resumed, message, kind = pause.clear()
  if resumed == nil then
    return nil, message, kind
  elseif not resumed then
    return nil, "reminders.not_paused", "state"
  end
  return { key = "reminders.resumed" }
end

local function try(form)
  local address = (form.mailbox or ""):match("^%s*(.-)%s*$")
  if not mailbox.is_address(address) then
    return nil, "mailboxes.no_address", "input"
  end
  local found = trial.send(address, "en")
  if found.good then
    return { key = found.file and "trial.file" or "trial.taken", args = { reply = found.reply }, reply = found.reply }
  end
  return nil, { key = trial.ADVICE[found.kind] or "trial.advice_temporary", args = { reply = found.reply } }, "state"
end

M.acts = {
  again = { what = what, run = again },
  cancel = { what = what, run = cancel },
  pause = { what = function(form)
    return form.why or ""
  end, run = hold },
  resume = { run = go_on },
  trial = { what = function(form)
    return mailbox.masked(form.mailbox or "")
  end, run = try },
}

return M
