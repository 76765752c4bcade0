--- Moments as people and programs write them, to unix seconds and back.
local clock = require("host.clock")

local M = {}

--- A wall time, "YYYY-MM-DD HH:MM[:SS]" with a space or T between, in a zone.  One that a clock
--- change skips fails with "gap" and the last minute before and the first minute after it; one that
--- happens twice is the later instant.
---@param text string
---@param zone string A zone that exists.
---@return integer? unix
---@return "format"|"gap"|nil why
---@return { before: string, after: string }? neighbours
---@example instant.from_wall("2030-01-02 03:04", "UTC") --> 1893553440
function M.from_wall(text, zone)
  local unix, _, _, gap = clock.to_unix(text, zone)
  if unix then
    return unix
  end
  return nil, gap and "gap" or "format", gap
end

local RFC3339 = "^(%d%d%d%d)%-(%d%d)%-(%d%d)[Tt](%d%d):(%d%d):(%d%d)(.*)$"

--- Seconds east of UTC in "Z", "+01:00" or "-05:30".
local function offset_of(text)
  if text == "Z" or text == "z" then
    return 0
  end
  local sign, hours, minutes = text:match("^([+-])(%d%d):(%d%d)$")
  if not sign or tonumber(hours) > 23 or tonumber(minutes) > 59 then
    return nil
  end
  local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return sign == "-" and -seconds or seconds
end

local T, Z = ("TZ"):byte(1, 2)

--- As most write it, "2030-01-02T03:04:05Z"; nil: it has to be taken apart.
local function plainly(text)
  return #text == 20 and text:byte(11) == T and text:byte(20) == Z and clock.to_unix(text:sub(1, 19), "UTC") or nil
end

--- An instant of the API: RFC 3339 text with its offset, or whole unix seconds.  A fraction of
--- a second is rounded up: nothing opens early.
---@param value any
---@return integer? unix
---@example instant.from_api("1970-01-01T01:00:00+01:00") --> 0
function M.from_api(value)
  if math.type(value) == "integer" then
    return value
  elseif math.type(value) == "float" then
    return math.tointeger(value)
  elseif type(value) ~= "string" then
    return nil
  end
  local plain = plainly(value)
  if plain then
    return plain
  end
  local year, month, day, hour, minute, second, rest = value:match(RFC3339)
  if not year then
    return nil
  end
  local fraction, zone = rest:match("^%.(%d+)(.+)$")
  local offset = offset_of(zone or rest)
  local unix = offset
    and clock.to_unix(
      ("%s-%s-%s %s:%s:%s"):format(year, month, day, hour, minute, second),
      "UTC"
    )
  if not unix then
    return nil
  end
  local up = fraction and fraction:find("[1-9]") and 1 or 0
  return unix - offset + up
end

local MOST = 500
local written, count = {}, 0 -- what `to_api` wrote; emptied when full

--- "2030-01-02T03:04:05Z"
---@param unix integer
---@return string
---@example instant.to_api(0) --> "1970-01-01T00:00:00Z"
function M.to_api(unix)
  local text = written[unix]
  if not text then
    if count >= MOST then
      written, count = {}, 0
    end
    text = clock.format(unix, "UTC", "%Y-%m-%dT%H:%M:%SZ")
    written[unix], count = text, count + 1
  end
  return text
end

--- The same date and time of day in UTC so many years later; 29 February becomes the 28th
--- where there is none.
---@param unix integer
---@param years integer
---@return integer
---@example instant.to_api(instant.years_after(0, 18)) --> "1988-01-01T00:00:00Z"
function M.years_after(unix, years)
  local year, date, time = clock.format(unix, "UTC", "%Y-%m-%d %H:%M:%S"):match("^(%d+)(%-%d+%-%d+)( .+)$")
  year = ("%04d"):format(tonumber(year) + years)
  return clock.to_unix(year .. date .. time, "UTC") or assert(clock.to_unix(year .. "-02-28" .. time, "UTC"))
end

return M
