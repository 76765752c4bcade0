---@meta host.clock
-- Types for the editor; never loaded.  Zones are IANA names ("Europe/Berlin", "UTC"); years 1 to
-- 9999.

---@class host.clock
local M = {}

--- Wall time: the one that capsules open by.
---@return integer unix_seconds
---@example os.date("!%Y", clock.now()) >= "2026" --> true
function M.now() end

--- Time that never jumps, to measure with.
---@return number seconds Since some start.
---@example (clock.monotonic() <= clock.monotonic()) --> true
function M.monotonic() end

--- Waits; others are served meanwhile.
---@async
---@param seconds number 0 to 3600; fractions count.
---@example clock.sleep(0.01)
function M.sleep(seconds) end

--- The instant of a wall time in a zone.  One that happens twice is the later instant; one that a
--- change to summer time skips is refused, with the last minute before and the first after it.
---@param text string "YYYY-MM-DD HH:MM" or with ":SS"; "T" may stand between.
---@param zone string
---@return integer? unix_seconds
---@return string? message
---@return host.kind? kind "input"
---@return { before: string, after: string }? gap "YYYY-MM-DD HH:MM" each
---@example clock.to_unix("2030-07-01 12:00", "Europe/Berlin") --> 1909130400
function M.to_unix(text, zone) end

--- The pattern knows %Y %m %d %H %M %S %A %B %e %z (+hhmm) %:z (+hh:mm) %Z %%, and %-d and the like without
--- leading zeros; names of days and months are English.
---@param t integer Unix seconds.
---@param zone string
---@param pattern string
---@return string? text
---@return string? message
---@return host.kind? kind "input"
---@example clock.format(0, "UTC", "%-d %B %Y") --> "1 January 1970"
function M.format(t, zone, pattern) end

--- Whether there is an IANA zone of that name.
---@param name string
---@return boolean exists
---@example clock.zone_exists("Europe/Berlin") --> true
function M.zone_exists(name) end

--- Every zone's name, old names too, sorted.  A new table each time: keep it.
---@return string[] names
---@example (#clock.zones() > 100) --> true
function M.zones() end

--- The system's zone, or "UTC" where it cannot be told.
---@return string name
---@example clock.zone_exists(clock.zone_system()) --> true
function M.zone_system() end

return M
