--- Letters are held back by somebody who says why, on every node of a database, until they are let go on.
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")

local M = {}

---@class reminder.Pause
---@field who string
---@field why string
---@field at integer

---@param who string
---@param why string
---@return table? done
---@return string? message
---@return host.kind? kind
function M.set(who, why)
  return db.exec("reminder.pause", { value = json.encode({ who = who, why = why, at = clock.now() }) })
end

---@return boolean? resumed false: they were not paused
---@return string? message
---@return host.kind? kind
function M.clear()
  local done, message, kind = db.exec("reminder.resume")
  if not done then
    return nil, message, kind
  end
  return done.affected > 0
end

---@return reminder.Pause? pause nil without a message: they go out
---@return string? message
---@return host.kind? kind
function M.state()
  local row, message, kind = db.one("reminder.paused")
  if not row then
    return nil, message, kind
  end
  return json.decode(row.value) or { who = "?", why = "?", at = 0 }
end

--- For commands.
---@param pause reminder.Pause
---@param at fun(unix: integer): string
---@return string
function M.words(pause, at)
  return ("letters are paused since %s by %s: %s; `timecapsule reminders --resume` lets them go on")
    :format(at(pause.at), pause.who, pause.why)
end

return M
