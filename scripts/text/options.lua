--- Tables of options, as functions take them: a name that nobody knows is told with the nearest one there is.
local host = require("host")

local M = {}

--- What is told of a name that is none of those.
---@param name any
---@param known table<string, any>
---@return string "has no 'sttus'; did you mean 'status'?"
function M.unknown(name, known)
  local names = {}
  for one in pairs(known) do
    names[#names + 1] = not one:find("^__") and one or nil
  end
  table.sort(names)
  local near = host.nearest(tostring(name), names)
  return ("has no '%s'; %s"):format(tostring(name), near and ("did you mean '%s'?"):format(near)
    or "it has " .. table.concat(names, ", "))
end

--- What is wrong with the options that were given; nil where nothing is.
---@param given table
---@param known table<string, string> name → which types it may have: "string", "number or function", "any"
---@return string? fault "has no 'sttus'; did you mean 'status'?"
function M.fault(given, known)
  for name, value in pairs(given) do
    local types = known[name]
    if not types then
      return M.unknown(name, known)
    elseif types ~= "any" and not types:find(type(value), 1, true) then
      return ("has a %s for its %s, not a %s"):format(type(value), name, types)
    end
  end
  return nil
end

--- Raises where something is wrong with them.
---@param what string whose they are: "a field"
---@param given table
---@param known table<string, string>
---@param level integer as error() takes it
function M.check(what, given, known, level)
  local fault = type(given) ~= "table" and ("is a table, not a %s"):format(type(given)) or M.fault(given, known)
  if fault then
    error(what .. " " .. fault, level + 1)
  end
end

return M
