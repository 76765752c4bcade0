--- Moments in words, in a reader's language; every one names its zone.
local clock = require("host.clock")

local M = {}

--- The same pattern without seconds, which nobody has chosen on a full minute.
local function without_seconds(pattern)
  return (pattern:gsub(":%%S", ""))
end

--- What the clock says in the language's own names of months.
local function said(t, unix, zone, pattern)
  if pattern:find("%B", 1, true) then
    local at, month = 0, tonumber(clock.format(unix, zone, "%m"))
    for name in t("moment.months"):gmatch("%S+") do
      at = at + 1
      pattern = at == month and pattern:gsub("%%B", name) or pattern
    end
  end
  return clock.format(unix, zone, pattern)
end

local function known(zone)
  return zone and clock.zone_exists(zone) and zone or "UTC"
end

--- "2 January 2030"
---@param t fun(key: string, args?: table): string
---@param unix integer
---@param zone string?
---@return string
function M.date(t, unix, zone)
  return said(t, unix, known(zone), t("moment.date"))
end

local DAY = 86400
local UNITS = { { "year", 12 }, { "month", 1 } }

local function count(t, unit, n)
  return n == 1 and t("span." .. unit) or t("span." .. unit .. "s", { n = ("%d"):format(n) })
end

local function parts(unix, zone)
  local year, month, day = clock.format(unix, zone, "%Y %m %d"):match("^(%d+) (%d+) (%d+)$")
  return 12 * tonumber(year) + tonumber(month), tonumber(day)
end

--- How long it is from one moment to another, in the largest unit: "18 years", "3 months", "2 days", "5 hours".  From
--- two days on only dates count.
---@param t fun(key: string, args?: table): string
---@param from integer
---@param to integer
---@param zone string?
---@return string
function M.span(t, from, to, zone)
  if to - from < 2 * DAY then
    local minutes = math.max(1, (to - from + 30) // 60)
    return minutes < 120 and count(t, "minute", minutes) or count(t, "hour", minutes // 60)
  end
  local first, first_day = parts(from, known(zone))
  local last, last_day = parts(to, known(zone))
  local months = last - first - (last_day < first_day and 1 or 0)
  for _, unit in ipairs(UNITS) do
    if months >= unit[2] then
      return count(t, unit[1], months // unit[2])
    end
  end
  return count(t, "day", (to - from + DAY // 2) // DAY)
end

--- "2 January 2030, 03:04 (Europe/Berlin, UTC+01:00)", with seconds where it is no full minute.  The pattern is the
--- language's own.
---@param t fun(key: string, args?: table): string The language's translator.
---@param unix integer
---@param zone string?
---@return string
function M.text(t, unix, zone)
  zone = known(zone)
  local pattern = t("moment.pattern")
  local moment = said(t, unix, zone, unix % 60 == 0 and without_seconds(pattern) or pattern)
  local named = (zone == "UTC" or zone == "Etc/UTC") and "UTC"
    or t("moment.zone", { name = zone, offset = clock.format(unix, zone, "%:z") })
  return t("moment.text", { moment = moment, zone = named })
end

return M
