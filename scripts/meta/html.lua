---@meta host.html
-- Types for the editor; never loaded.

---@class host.html
local M = {}

--- Text as it may stand in HTML, in an element or between quotes: & < > " ' as entities.
---@param value string|number Anything else raises.
---@return any escaped A string; a number as it is.
---@example html.escape("<b>") --> "&lt;b&gt;"
function M.escape(value) end

return M
