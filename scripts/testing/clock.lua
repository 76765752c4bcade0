--- The clock of an example: the real one until `set`, then it stands still until it is moved.
local clock = require("host.clock")

local M = {}

local real_now, real_sleep = clock.now, clock.sleep

---@type integer? where it stands
local standing

--- Lets the clock stand at a moment.
---@param moment integer|string unix seconds, or "2030-01-01T00:00:00Z" or "2030-01-01 00:00" in UTC
function M.set(moment)
  if type(moment) == "string" then
    local seconds, message = clock.to_unix(moment:gsub("T", " "):gsub("Z$", ""), "UTC")
    standing = seconds or error(message, 2)
  elseif math.type(moment) == "integer" then
    standing = moment
  else
    error("clock.set takes unix seconds or a text such as 2030-01-01T00:00:00Z", 2)
  end
end

--- Moves it on.
---@param seconds integer
function M.advance(seconds)
  standing = clock.now() + seconds
end

--- Puts ours in the place of the host's, which is the real one until it is set; nobody waits for one that stands.
function M.install()
  clock.now = function()
    return standing or real_now()
  end
  clock.sleep = function(seconds)
    if standing then
      standing = standing + math.ceil(seconds)
      return
    end
    return real_sleep(seconds)
  end
end

--- The real one again.
function M.reset()
  standing = nil
end

return M
