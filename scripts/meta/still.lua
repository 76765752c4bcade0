---@meta host.still
--- What each answer does with a page that was made once (text/still.lua): looks it up, and fills what is open in it.
---@class host.still
---@field NOTHING lightuserdata What stands in a tree for nil.
local M = {}

--- What the values of these names lead to, each from the table that the one before has led to.
---@param tree table
---@param names string[]
---@param context table read without its metatable
---@return table? at Nil where they lead to no table.
function M.find(tree, names, context) end

--- Puts the strings among these values to their places, escaped for HTML where that is said.
---@param parts table
---@param names text.Places[] each a name, whether it is escaped, and its places
---@param context table read without its metatable
---@return text.Places[]? left Those whose value is no string.
function M.fill(parts, names, context) end

return M
