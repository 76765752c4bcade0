--- What was done by the control socket and by signals, as the host has put it down (core/server/deeds.h), becomes rows
--- of the audit.  While the database is away it waits.
local db = require("host.db")
local log = require("host.log")
local shared = require("host.shared")
local audit = require("admin.audit")

local M = {}

local memory = assert(shared.space("admin.deeds", { max = 256 }))

local DEED = "^(%d+)\t" .. ("([^\t]*)\t"):rep(5) .. "$"

--- The record of one; nil for what is no deed.
local function call_of(text)
  local at, via, actor, command, words, outcome = text:match(DEED)
  if not at then
    return nil
  end
  local call = audit.call({ via = via, name = actor, role = "admin" }, command, words, outcome)
  call[2].at = math.tointeger(tonumber(at))
  return call
end

--- Every second, on one worker.
function M.tick()
  local last = memory:get("last") or 0
  for number = (memory:get("told") or 0) + 1, last do
    local text = memory:get(tostring(number))
    local call = text and call_of(text)
    if call then
      if not db.batch({ call }) then
        return true -- the database is away, which others tell: it is recorded when it is back
      end
      local act = call[2]
      log.info("an admin acted", { via = act.via, actor = act.actor, act = act.act, outcome = act.outcome })
    end
    memory:delete(tostring(number))
    memory:set("told", number)
  end
  return true
end

return M
