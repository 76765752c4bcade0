---@meta host.control
-- Types for the editor; never loaded.

---@class host.control
local M = {}

--- Asks the running server what `timecapsule status`, `reload` … ask of it by its control socket; in a command the
--- server is that of the data folder.  What was asked for is done, also where the asker does not wait for it.
---@async
---@param line string "status", "reload --preview --digest 0123456789abcdef", "generations"; "trouble", what is wrong
---       at this moment, a line each, divided by tabs; as JSON "errors", logged last; "settings", what each is and who
---       said so; "version"; "file NAME", the text of the file that a setting names, or null
---@return string? text
---@return string? message
---@return host.kind? kind "conflict": somebody else was faster, or has to decide first; "state": not now, or nobody
---        runs; "input": the line is not understood, or the files have faults, all of which the message tells
function M.ask(line) end

return M
