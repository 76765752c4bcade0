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
---
--- With `cluster` one server of all those on a MariaDB runs each turn, whichever comes first; the others leave it out,
--- and the next is due when nine tenths of the interval have passed since it began.  Of a server that dies meanwhile
--- another takes over after 65 seconds.
---@param seconds number From 0.01 to a year; from 10 with `cluster`.
---@param name string Unique in the generation; in the log and in metrics.  48 bytes at most with `cluster`.
---@param fn fun() May wait.
---@param options? { cluster: boolean? }
---@loading timer.every(60, "site.tick", function() return true end)
function M.every(seconds, name, fn, options) end

--- Calls fn once a day at that time of the server's zone (--time-zone), else as every() does.  A time
--- that a change of clocks skips is the first after it, one that comes twice the later.  What was missed
--- while no server ran is not made up for.
---@param time string "03:00"
---@param name string Unique in the generation.
---@param fn fun() May wait.
---@param options? { cluster: boolean? }
---@loading timer.daily("03:00", "site.nightly", function() return true end, { cluster = true })
function M.daily(time, name, fn, options) end

return M
