--- Moments and keys as people and programs write them.  The first line of the input is a zone, the
--- rest a time.
local clock = require("host.clock")
local instant = require("capsule.instant")
local key = require("capsule.key")

local function from_wall(text, zone)
  local unix, why, neighbours = instant.from_wall(text, zone)
  if unix then
    local wall = clock.format(unix, zone, "%Y-%m-%d %H:%M:%S")
    assert(wall:sub(1, 10) == text:sub(1, 10), wall)
    assert(wall:sub(12, 16) == text:sub(12, 16), wall)
  elseif why == "gap" then
    assert(neighbours.before < neighbours.after, neighbours.before)
  else
    assert(why == "format", why)
  end
end

local function from_api(text)
  local unix = instant.from_api(text)
  if not unix then
    return
  end
  assert(math.type(unix) == "integer")
  local written = instant.to_api(unix)
  assert(not written or instant.from_api(written) == unix, written)
end

return function(text)
  local zone, rest = text:match("^([^\n]*)\n(.*)$")
  zone, rest = zone or "UTC", rest or text
  local used = clock.zone_exists(zone) and zone or "Europe/Berlin"
  from_wall(rest, used)
  from_api(rest)
  local found = key.parse(text)
  assert(not found or key.parse(key.groups(found)) == found)
end
