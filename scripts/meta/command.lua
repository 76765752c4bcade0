---@meta host.command
-- Types for the editor; never loaded.
--
-- For commands alone (scripts/commands): both block, and raise where a server runs the script.

---@class host.command
local M = {}

--- A file outside of the application, to be read in pieces; closed by the collector.
---@param path string
---@return host.command.source? source
---@return string? message
---@return host.kind? kind "io"
function M.open(path) end

--- Shows how far a long job is: a bar with rate and the time that is left on a terminal, lines now and
--- then elsewhere.  From then on SIGINT and SIGTERM ask the job to stop; a second one ends the program.
---@param what string "importing"
---@param unit string "rows"
---@return host.command.progress progress
function M.progress(what, unit) end

---@class host.command.source : userdata
local Source = {}

--- The next bytes; nil without a message at the end.
---@param n integer 1 to 1 MiB: at most so many.
---@return string? bytes
---@return string? message
---@return host.kind? kind "io"
function Source:read(n) end

---@return integer bytes The file's size when it was opened.
function Source:size() end

---@class host.command.progress : userdata
local Progress = {}

--- As often as wanted.
---@param done integer
---@param total integer
---@return boolean goes_on false once the job shall stop.
function Progress:tell(done, total) end

--- Clears the bar.
function Progress:done() end

return M
