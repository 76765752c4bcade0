--- A canary: once a period a letter of its own goes the way of all letters, from a capsule through the
--- queue to the mail server, so that a silent stop is noticed by its absence.
---
---   a period   a capsule is put that opens at once, with a letter named "canary"; that of the period
---              before goes
---   the letter is recorded like any other; with canary_answers its reader follows the link in it
---   alarm      when the last letter, or the last answer, is older than two periods
---
--- What is known is in mail_log alone, so that every node, a command and a process that has just been
--- started see the same.  The alarm is computed by whoever asks, and not by the timer that sends, which
--- may be what has stopped.
local config = require("host").config
local clock = require("host.clock")
local crypto = require("host.crypto")
local db = require("host.db")
local host = require("host")
local log = require("host.log")
local metrics = require("host.metrics")
local shared = require("host.shared")
local key = require("capsule.key")
local store = require("capsule.store")
local letter = require("reminder.letter")
local mailbox = require("reminder.mailbox")
local queue = require("reminder.queue")
local i18n = require("text.i18n")

local M = {}

local PERIOD = config.canary_hours * 3600

--- An alarm comes when nothing has come for so long.
local SILENCE = 2 * PERIOD

--- A server whose heart has beaten since then is up; seconds.
local ALIVE = 60

--- Nodes' clocks differ by less.
local SKEW = 300

local memory = shared.space("canary", { max = 8 })

---@return boolean
function M.is_kept()
  return config.canary ~= nil
end

--- The capsule key of a period, the same on every node.
local function key_of(period)
  return key.derive(crypto.hmac(assert(crypto.secret("canary")), "key|" .. period))
end

--- Earlier periods' capsules go, also those from before a pause of a month.
local KEPT = 40

local function forget(period)
  local calls = {}
  for i = 1, KEPT do
    calls[i] = { "capsule.delete_by_key", { key_hash = key.hash(key_of(period - i)) } }
  end
  return db.batch(calls)
end

--- Puts the capsule of this period, unless somebody has.
---@return boolean? begun
---@return string? message
---@return host.kind? kind
function M.begin()
  local now = clock.now()
  local period = now // PERIOD
  local known, why, sort = store.known(key_of(period))
  if known or why then
    return known and false, why, sort
  end
  local capsule = {
    name = "canary",
    content = "canary",
    note = "",
    opens_at = now,
    zone = config.time_zone,
    wall = clock.format(now, config.time_zone, "%Y-%m-%d %H:%M:%S"),
    lang = i18n.DEFAULT,
  }
  local placed, message, kind = store.put(capsule, key_of(period), function(placed, key_hash)
    return queue.calls({
      key = placed.key,
      key_hash = key_hash,
      opens_at = now,
      created_at = now,
      mailbox = config.canary,
      mail_key = false,
      lang = capsule.lang,
      zone = capsule.zone,
      letters = { { letter = queue.CANARY, due_at = now } },
    })
  end)
  if not placed then
    return nil, message, kind
  elseif placed.repeated then
    return false
  end
  local done
  done, message, kind = forget(period)
  if done then
    done, message, kind = queue.log("canary begun", "the canary's letter is due")
  end
  return done and true, message, kind
end

-- Answers ----------------------------------------------------------------------------------------

--- Says that the canary's letter has arrived.
---@param token any
---@return boolean? known false: it is no token of a canary's letter.
---@return string? message
---@return host.kind? kind
function M.answer(token)
  local made_at = letter.read_canary(token)
  if not made_at or clock.now() - made_at > SILENCE then
    return false
  end
  -- At the moment the letter was made: whoever follows an old link says nothing new.
  local done, message, kind = queue.log("canary answered", "the canary's letter has arrived", made_at)
  return done and true, message, kind
end

-- The alarm --------------------------------------------------------------------------------------

---@class canary.Standing
---@field alarm boolean
---@field age integer? Seconds since the last letter (or answer, where one is expected).
---@field why string

local function standing(alarm, why, age)
  return { alarm = alarm, why = why, age = age }
end

--- The moment of each outcome, and now.
local function moments()
  local now = clock.now()
  local rows, message, kind = db.all("reminder.canary", { since = now - 10 * PERIOD, alive = now - ALIVE })
  if not rows then
    return nil, message, kind
  end
  local at = {}
  for _, row in ipairs(rows) do
    at[row.outcome] = row.at
  end
  return at
end

--- For how long letters of a canary could have gone: a command has only just begun, servers have not.
local function up_for(at, now)
  return math.max(host.status().uptime, at.up and now - at.up or 0)
end

local function judge(at)
  local now = clock.now()
  local what = config.canary_answers and "canary answered" or "canary"
  local last = at[what]
  for _, moment in pairs(at) do
    if moment > now + SKEW then
      return standing(true, "the clock has been set back: a letter was sent in its future")
    end
  end
  if last and now - last <= SILENCE then
    return standing(false, "the canary's letters go out", now - last)
  elseif not last and not at["canary begun"] and up_for(at, now) < SILENCE then
    return standing(false, "no canary's letter is due yet")
  elseif not last and at["canary begun"] and now - at["first"] <= SILENCE then
    return standing(false, "the first canary's letter is under way")
  end
  local why = config.canary_answers and at.canary and now - at.canary <= SILENCE
    and "the mail server takes the canary's letters, and nobody answers that they arrive"
    or "no canary's letter has gone out"
  return standing(true, ("%s for two periods of %d hours"):format(why, config.canary_hours), last and now - last)
end

--- How the canary fares.  A database that does not answer is an alarm, too.
---@return canary.Standing
function M.look()
  local at, message = moments()
  return at and judge(at) or standing(true, "the database does not answer: " .. message)
end

--- How it fares where that took too long to find out.
M.UNKNOWN = standing(true, "the database does not answer")

--- Tells of an alarm once, and once of its end; sets the gauges.
---@param found canary.Standing
function M.watch(found)
  metrics.gauge("tc_canary_alarm", found.alarm and 1 or 0)
  metrics.gauge("tc_canary_age_seconds", found.age or -1)
  local told = memory:get("alarm")
  if found.alarm and not told then
    memory:set("alarm", true)
    log.error("the canary is silent: letters may not go out", { why = found.why })
  elseif told and not found.alarm then
    memory:delete("alarm")
    log.info("the canary is heard again")
  end
end

--- Every minute, in a server that sends.
function M.tick()
  local done, message = M.begin()
  if done == nil then
    log.warn("the canary's capsule was not put", { error = message })
  end
  M.watch(M.look())
end

if config.canary_answers and not config.public_url then
  error({ (host.source("canary_answers") or "scripts/config.lua")
    .. ": the setting canary_answers needs --public-url: a letter's link is the answer" })
end

if M.is_kept() and not mailbox.is_address(config.canary) then
  error({ (host.source("canary") or "scripts/config.lua") .. ": the setting canary is no address of a mailbox" })
end

return M
