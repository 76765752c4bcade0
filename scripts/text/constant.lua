--- Constants: tables that stay as they are for as long as the generation lives, such as settings and lists made while
--- loading.  A page that stands still may depend on them (text/still.lua).
---
---   local limits = constant.of({ name = 100, order = { "a", "b" } })
---
--- A constant is read as any table is: by name, by `#`, ipairs and pairs.  Changing it raises.  The functions of
--- `table` and `next` see nothing in it; a template's own `next` does.
local M = {}

local type, setmetatable = type, setmetatable

-- What each constant holds.
local contents = setmetatable({}, { __mode = "k" })

--- What is looked up in this by a constant is not nil.
---@type table<table, any>
M.all = contents

local SCALARS = { string = true, number = true, boolean = true }

local function refuse(_, name)
  error(("'%s' of a constant cannot be changed"):format(tostring(name)), 2)
end

--- A constant with what a table holds now.
---@generic T : table
---@param given T strings, numbers, booleans, constants, and tables of them
---@return T constant
---@example constant.of({ motto = "Later" }).motto --> "Later"
function M.of(given)
  if type(given) ~= "table" then
    error(("a constant holds strings, numbers, booleans and tables of them, no %s"):format(type(given)), 2)
  end
  local held = {}
  for key, value in pairs(given) do
    if SCALARS[type(value)] or contents[value] then
      held[key] = value
    else
      held[key] = M.of(value)
    end
  end
  local constant = setmetatable({}, {
    __index = held,
    __newindex = refuse,
    __len = function()
      return #held
    end,
    __pairs = function(self)
      return M.next, self, nil
    end,
    __metatable = false,
  })
  contents[constant] = held
  return constant
end

--- What a table holds under that name, or the constant that stands first in it.
function M.held(table, name)
  local value = rawget(table, name)
  if value == nil then
    local held = contents[rawget(table, 1)]
    return held and held[name]
  end
  return value
end

--- `next` of a constant or of any other table.
function M.next(table, key)
  return next(contents[table] or table, key)
end

return M
