--- What this process knows of the mail server, whatever the generation: whether it takes letters,
--- why nothing is sent at the moment, and for how long; and what the database had against a pass.
---
--- Failures that are about us stop everything ("auth": the login; "policy": our sender, relaying, a
--- limit of theirs), and so do many failures in a row ("temporary").  Each pause without a letter
--- taken since the last is longer.  An alarm is told once, until a letter is taken again.
local clock = require("host.clock")
local json = require("host.json")
local log = require("host.log")
local metrics = require("host.metrics")
local shared = require("host.shared")
local policy = require("reminder.policy")
local queue = require("reminder.queue")

local M = {}

---@alias reminder.Trouble "temporary"|"auth"|"policy"

M.KINDS = { "temporary", "auth", "policy" }

local WORDS = {
  auth = "no letters for a while: the mail server refuses our login",
  policy = "no letters for a while: the mail server refuses our sender, or letters from us, "
    .. "whoever they are for",
  temporary = "no letters for a while: too many have failed in a row",
}

local memory = shared.space("reminders", { max = 16 })

--- Why nothing is sent at the moment, or nil.  A clock that was set back does not hold it longer.
---@return reminder.Trouble? kind
function M.paused()
  local resume, now = memory:get("paused_until"), clock.now()
  local kind = memory:get("paused_for")
  if not resume or now >= resume or resume - now > policy.pause(kind, memory:get("pauses") or 1) then
    return nil
  end
  return kind
end

--- Why the last letters were refused, until one is taken; nil when all is well.
---@return reminder.Trouble?
function M.kind()
  return memory:get("pauses") and memory:get("paused_for") or nil
end

--- Has the server answered to a letter since the last pause, or ever?
---@return boolean
function M.is_trusted()
  return memory:get("trusted") == true
end

--- What the database said to the last pass; nil where it took what was written.
---@return string?
function M.database()
  return memory:get("database")
end

---@param message string?
function M.set_database(message)
  if message then
    memory:set("database", message)
  else
    memory:delete("database")
  end
end

---@param kind reminder.Trouble
function M.pause(kind)
  local times = memory:incr("pauses")
  local seconds = policy.pause(kind, times)
  local told = memory:get("paused_for") == kind and times > 1
  memory:set("paused_for", kind)
  memory:set("paused_until", clock.now() + seconds)
  memory:delete("trusted")
  if kind == "temporary" or kind == "policy" and times > 1 then
    memory:set("put_off", true)
  end
  metrics.gauge("tc_reminders_paused", 1)
  local tell = told and log.info or kind == "temporary" and log.warn or log.error
  tell(WORDS[kind], { seconds = seconds })
end

--- The server has answered to a letter: it is there and lets us in.
function M.answered()
  memory:set("trusted", true)
end

--- It has taken a letter: all is well, and what was put off meanwhile comes forward.
function M.taken()
  M.answered()
  memory:delete("pauses")
  memory:delete("paused_until")
  memory:delete("refused")
  if memory:get("put_off") then
    memory:delete("put_off")
    local done, message = queue.hasten()
    if not done then
      log.warn("letters that were put off keep their time", { error = message })
    end
  end
end

local function reopen(list)
  local done, message = queue.reopen(list)
  if not done then
    log.error("letters that were refused stay failed", {
      error = message,
      advice = "timecapsule reminders --again all",
    })
  end
end

--- A recipient was refused for good.  What many different ones get, and nobody's letter is taken
--- between, is no recipient's fault: then their letters, which have been ended by now, wait again.
---@param row reminder.Row
---@return boolean general It is no recipient's fault.
function M.refused(row)
  local list = json.decode(memory:get("refused") or "[]")
  local address = row.mailbox_id or -row.id
  local at = policy.next_attempt(row.attempts + 1, clock.now()) or clock.now() + 86400
  local entry = { id = row.id, address = address, at = at }
  if #list >= policy.TROUBLE then
    reopen({ entry })
    return true
  end
  for _, earlier in ipairs(list) do
    if earlier.address == address then
      return false
    end
  end
  list[#list + 1] = entry
  memory:set("refused", json.encode(list))
  if #list < policy.TROUBLE then
    return false
  end
  reopen(list)
  return true
end

--- Sets the gauges anew.
function M.refresh()
  local trouble = M.kind()
  for _, kind in ipairs(M.KINDS) do
    metrics.gauge("tc_reminders_trouble", trouble == kind and 1 or 0, { kind = kind })
  end
end

return M
