--- Moments in words, in a reader's language; every one names its zone.
local clock = require("host.clock")

local M = {}

--- The same pattern without seconds, which nobody has chosen on a full minute.
local function without_seconds(pattern)
  return (pattern:gsub(":%%S", ""))
end

--- "2 January 2030, 03:04 (Europe/Berlin, UTC+01:00)", with seconds where it is no full minute.  The pattern is the
--- language's own.
---@param t fun(key: string, args?: table): string The language's translator.
---@param unix integer
---@param zone string?
---@return string
function M.text(t, unix, zone)
  if not zone or not clock.zone_exists(zone) then
    zone = "UTC"
  end
  local pattern = t("moment.pattern")
  local moment = clock.format(unix, zone, unix % 60 == 0 and without_seconds(pattern) or pattern)
  local named = (zone == "UTC" or zone == "Etc/UTC") and "UTC"
    or t("moment.zone", { name = zone, offset = clock.format(unix, zone, "%:z") })
  return t("moment.text", { moment = moment, zone = named })
end

return M
