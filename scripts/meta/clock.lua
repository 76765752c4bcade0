---@meta host.clock
-- Types for the editor; never loaded.  Zones are IANA names ("Europe/Berlin", "UTC"); years 1 to
-- 9999.

---@class host.clock
local M = {}

--- Wall time: the one that capsules open by.
---@return integer unix_seconds
function M.now() end

--- Time that never jumps, to measure with.
---@return number seconds Since some start.
function M.monotonic() end

--- Waits; others are served meanwhile.
---@async
---@param seconds number 0 to 3600; fractions count.
function M.sleep(seconds) end

--- The instant of a wall time in a zone.  One that happens twice is the later instant; one that a
--- change to summer time skips is refused, with the last minute before and the first after it.
---@param text string "YYYY-MM-DD HH:MM" or with ":SS"; "T" may stand between.
---@param zone string
---@return integer? unix_seconds
---@return string? message
---@return host.kind? kind "input"
---@return { before: string, after: string }? gap "YYYY-MM-DD HH:MM" each
function M.to_unix(text, zone) end

--- The pattern knows %Y %m %d %H %M %S %A %B %e %z (+hhmm) %:z (+hh:mm) %Z %%, and %-d and the like without
--- leading zeros; names of days and months are English.
---@param t integer Unix seconds.
---@param zone string
---@param pattern string
---@return string? text
---@return string? message
---@return host.kind? kind "input"
function M.format(t, zone, pattern) end

--- Whether there is an IANA zone of that name.
---@param name string
---@return boolean exists
function M.zone_exists(name) end

--- Every zone's name, old names too, sorted.  A new table each time: keep it.
---@return string[] names
function M.zones() end

--- The system's zone, or "UTC" where it cannot be told.
---@return string name
function M.zone_system() end

return M
