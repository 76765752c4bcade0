--- Moments as people and programs write them, to unix seconds and back.
local clock = require("host.clock")

local M = {}

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function days_in(year, month)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return month == 2 and leap and 29 or DAYS[month]
end

--- Are these numbers a date and a time of day, whatever the zone?
local function is_real(year, month, day, hour, minute, second)
  return year >= 1
    and month >= 1
    and month <= 12
    and day >= 1
    and day <= days_in(year, month)
    and hour <= 23
    and minute <= 59
    and second <= 59
end

local WALL = "^(%d%d%d%d)%-(%d%d)%-(%d%d)[ T](%d%d):(%d%d)(.*)$"

--- Could this be a wall time, "YYYY-MM-DD HH:MM[:SS]" with a space or T between?  Only a clock
--- that jumps can then still refuse it.
local function is_wall(text)
  local year, month, day, hour, minute, rest = text:match(WALL)
  if not year then
    return false
  end
  local second = rest == "" and "0" or rest:match("^:(%d%d)$")
  return second ~= nil
    and is_real(
      tonumber(year),
      tonumber(month),
      tonumber(day),
      tonumber(hour),
      tonumber(minute),
      tonumber(second)
    )
end

--- A wall time in a zone.  One that a clock change skips fails with "gap" and the last minute
--- before and the first minute after it; one that happens twice is the later instant.
---@param text string
---@param zone string A zone that exists.
---@return integer? unix
---@return "format"|"gap"|nil why
---@return { before: string, after: string }? neighbours
function M.from_wall(text, zone)
  local unix, message = clock.to_unix(text, zone)
  if unix then
    return unix
  end
  if not is_wall(text) then
    return nil, "format"
  end
  local times = {}
  for date, time in (message or ""):gmatch("(%d%d%d%d%-%d%d%-%d%d)[ T](%d%d:%d%d)") do
    local found = date .. " " .. time
    if found ~= text:sub(1, 16):gsub("T", " ") then
      times[#times + 1] = found
    end
  end
  return nil, "gap", { before = times[1] or "?", after = times[2] or "?" }
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

--- An instant of the API: RFC 3339 text with its offset, or whole unix seconds.  A fraction of
--- a second is rounded up: nothing opens early.
---@param value any
---@return integer? unix
function M.from_api(value)
  if math.type(value) == "integer" then
    return value
  elseif math.type(value) == "float" then
    return math.tointeger(value)
  elseif type(value) ~= "string" then
    return nil
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

--- "2030-01-02T03:04:05Z"
---@param unix integer
---@return string
function M.to_api(unix)
  return clock.format(unix, "UTC", "%Y-%m-%dT%H:%M:%SZ")
end

--- The same date and time of day in UTC so many years later; 29 February becomes the 28th
--- where there is none.
---@param unix integer
---@param years integer
---@return integer
function M.years_after(unix, years)
  local text = clock.format(unix, "UTC", "%Y-%m-%d %H:%M:%S")
  local year, month, day = text:match("^(%d+)-(%d+)-(%d+)")
  local later = tonumber(year) + years
  local last = math.min(tonumber(day), days_in(later, tonumber(month)))
  local moved = ("%04d-%s-%02d%s"):format(later, month, last, text:sub(11))
  return assert(clock.to_unix(moved, "UTC"))
end

return M
