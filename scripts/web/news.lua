--- Which failures are said: what the world does to us comes by the thousand while it lasts, and each is said once in a
--- while.
local clock = require("host.clock")

local M = {}
M.__index = M

local WORLDLY = { io = true, timeout = true, limit = true }
local QUIET_S, REMEMBERED = 60, 100

--- Nothing has been said yet.
---@return web.News
function M.new()
  ---@class web.News
  return setmetatable({ said = {}, count = 0 }, M)
end

--- Should this be said now?
---@param kind host.kind?
---@param message string
---@return boolean
function M:is(kind, message)
  if not WORLDLY[kind] then
    return true
  end
  local now, before = clock.monotonic(), self.said[message]
  if before and now - before < QUIET_S then
    return false
  end
  if self.count >= REMEMBERED then
    self.said, self.count = {}, 0
  end
  self.said[message], self.count = now, self.count + 1
  return true
end

return M
