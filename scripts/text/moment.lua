--- Moments in words, in a reader's language; every one names its zone.
local clock = require("host.clock")
local html = require("host.html")

local M = {}

local MOST = 500 -- texts of one kind

local function known(zone)
  return zone and clock.zone_exists(zone) and zone or "UTC"
end

--- `say(t, unix, zone)` with a memory of what it has said: pages say one moment more than once, and whoever opens a
--- capsule again meets its moments again.  Emptied when full, so that nobody can make it grow.
local function remembered(say)
  local kept, count = {}, 0
  return function(t, unix, zone)
    local zones = kept[t]
    local texts = zones and zones[zone or "UTC"]
    local text = texts and texts[unix]
    if text then
      return text
    end
    if count >= MOST then
      kept, count = {}, 0
    end
    zone = known(zone)
    text = say(t, unix, zone)
    kept[t] = kept[t] or {}
    kept[t][zone] = kept[t][zone] or {}
    kept[t][zone][unix], count = text, count + 1
    return text
  end
end

--- The same pattern without seconds, which nobody has chosen on a full minute.
local function without_seconds(pattern)
  return (pattern:gsub(":%%S", ""))
end

---@type table<string, string[]> the months of a sentence
local months = {}

local function months_in(sentence)
  if not months[sentence] then
    local names = {}
    for name in sentence:gmatch("%S+") do
      names[#names + 1] = name
    end
    months[sentence] = names
  end
  return months[sentence]
end

--- What the clock says in the language's own names of months.
local function said(t, unix, zone, pattern)
  if pattern:find("%B", 1, true) then
    local name = months_in(t("moment.months"))[tonumber(clock.format(unix, zone, "%m"))]
    pattern = name and pattern:gsub("%%B", name) or pattern
  end
  return clock.format(unix, zone, pattern)
end

local date_once = remembered(function(t, unix, zone)
  return said(t, unix, zone, t("moment.date"))
end)

--- "2 January 2030"
---@param t fun(key: string, args?: table): string
---@param unix integer
---@param zone string? UTC when absent or unknown
---@return string
---@example moment.date(req.t, 0, "UTC") --> "1 January 1970"
function M.date(t, unix, zone)
  return date_once(t, unix, zone)
end

local DAY = 86400
local UNITS = { { "year", 12 }, { "month", 1 } }

local function count(t, unit, n)
  return n == 1 and t("span." .. unit) or t("span." .. unit .. "s", { n = ("%d"):format(n) })
end

--- Months since the year 0, and the day: 100 of them make a month.
local day_of = remembered(function(_, unix, zone)
  local year, month, day = clock.format(unix, zone, "%Y %m %d"):match("^(%d+) (%d+) (%d+)$")
  return 100 * (12 * tonumber(year) + tonumber(month)) + tonumber(day)
end)

--- How long it is from one moment to another, in the largest unit: "18 years", "3 months", "2 days", "5 hours".  From
--- two days on only dates count.
---@param t fun(key: string, args?: table): string
---@param from integer
---@param to integer
---@param zone string? UTC when absent or unknown
---@return string
---@example moment.span(req.t, 0, 3 * 86400, "UTC") --> "3 days"
function M.span(t, from, to, zone)
  if to - from < 2 * DAY then
    local minutes = math.max(1, (to - from + 30) // 60)
    return minutes < 120 and count(t, "minute", minutes) or count(t, "hour", minutes // 60)
  end
  local passed = (day_of("", to, zone) - day_of("", from, zone)) // 100
  for _, unit in ipairs(UNITS) do
    if passed >= unit[2] then
      return count(t, unit[1], passed // unit[2])
    end
  end
  return count(t, "day", (to - from + DAY // 2) // DAY)
end

local text_once = remembered(function(t, unix, zone)
  local pattern = t("moment.pattern")
  local moment = said(t, unix, zone, unix % 60 == 0 and without_seconds(pattern) or pattern)
  local named = (zone == "UTC" or zone == "Etc/UTC") and "UTC"
    or t("moment.zone", { name = zone, offset = clock.format(unix, zone, "%:z") })
  return t("moment.text", { moment = moment, zone = named })
end)

--- "2 January 2030, 03:04 (Europe/Berlin, UTC+01:00)", with seconds where it is no full minute.  The pattern is the
--- language's own.
---@param t fun(key: string, args?: table): string The language's translator.
---@param unix integer
---@param zone string? UTC when absent or unknown
---@return string
---@example moment.text(req.t, 0, "UTC"):match("^[^(]+") --> "1 January 1970, 00:00 "
function M.text(t, unix, zone)
  return text_once(t, unix, zone)
end

local html_once = remembered(function(t, unix, zone)
  local text = html.escape(text_once(t, unix, zone))
  return (text:gsub("%(%S+/.*", "<span>%0</span>"):gsub("（%S+/.*", "<span>%0</span>"))
end)

--- The same as HTML, whose zone breaks in two only where it fits no line.
---@param t fun(key: string, args?: table): string
---@param unix integer
---@param zone string? UTC when absent or unknown
---@return string
---@example moment.html(req.t, 0, "Europe/Berlin"):match("<span>%((.-),") --> "Europe/Berlin"
function M.html(t, unix, zone)
  return html_once(t, unix, zone)
end

return M
