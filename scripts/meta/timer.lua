---@meta host.timer
-- Types for the editor; never loaded.

---@class host.timer
local M = {}

--- Calls fn every so many seconds, as a task of its own that may wait, on one worker of the
--- process and never twice at once; the first time one interval from now.  Declared while loading
--- and owned by the generation: after a reload a timer of the same name and interval keeps its
--- next due time.  A run has 60 seconds; one that raises, or returns nil
--- and a message, is logged, and the next comes as planned.
--- A server that stops lets runs end by themselves for 30 seconds (`host.status().stopping`).
---@param seconds number From 0.01 to a year.
---@param name string Unique in the generation; in the log and in metrics.
---@param fn fun() May wait.
function M.every(seconds, name, fn) end

return M
