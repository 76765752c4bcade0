--- Moments in words, in a reader's language; every one names its zone.
local clock = require("host.clock")

local M = {}

--- "2 January 2030, 03:04:05 (Europe/Berlin, UTC+01:00)".  The pattern is the language's own.
---@param t fun(key: string, args?: table): string The language's translator.
---@param unix integer
---@param zone string?
---@return string
function M.text(t, unix, zone)
  if not zone or not clock.zone_exists(zone) then
    zone = "UTC"
  end
  local moment = clock.format(unix, zone, t("moment.pattern"))
  local named = (zone == "UTC" or zone == "Etc/UTC") and "UTC"
    or ("%s, UTC%s"):format(zone, clock.format(unix, zone, "%:z"))
  return t("moment.text", { moment = moment, zone = named })
end

return M
