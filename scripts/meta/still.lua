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
---@param mark? table the metatable that the parts get
---@return text.Places[]? left Those whose value is no string.
function M.fill(parts, names, context, mark) end

--- Says of a form's texts, which are the first, the third … of the list, that they are the same for everybody: nothing
--- in them is a visitor's, nor a secret.  The host keeps answers with them in place, and compresses them.  A body with
--- this metatable that has them at their places is sent accordingly; any other part of it is taken for a visitor's.
---@param form table
---@return table metatable
function M.mark(form) end

return M
