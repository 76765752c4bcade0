---@meta host.task
-- Types for the editor; never loaded.

---@class host.task
local M = {}

--- Calls fn(item, index) for every item of a list, each in a task of its own, at most so many at
--- once; returns when all have ended.  Where one raises, no more are begun, and its error is raised
--- once those under way have ended.  Whatever ends the calling task ends them too.  They share its limits:
--- processor time, memory, deadline; it may have 256 at once, those that they call each() for included.
---
--- With `seconds`, a call that takes longer is ended where it waits (its <close> variables run),
--- and its item is in the list that is returned.
---@async
---@param list any[]
---@param at_once integer 1 to 64.
---@param fn fun(item: any, index: integer) May wait.
---@param seconds? number 0.001 to 3600.
---@return any[] late The items whose calls took too long.
---@example local sum = 0
---@example task.each({ 1, 2, 3 }, 2, function(item) sum = sum + item end)
---@example sum --> 6
function M.each(list, at_once, fn, seconds) end

return M
