--- Constants: tables that stay as they are for as long as the generation lives, such as settings and lists made while
--- loading.  A page that stands still may depend on them (text/still.lua).
---
---   local limits = constant.of({ name = 100, order = { "a", "b" } })
---
--- A constant is read as any table is: by name, by `#`, ipairs and pairs.  Changing it raises.  The functions of
--- `table` and `next` see nothing in it; a template's own `next` does.
---
--- One that is made later, in a handler, may hold what a visitor has sent, as those do that listeners are given: its
--- page is not compressed.
local M = {}

local type, setmetatable = type, setmetatable

-- What each constant holds.
local contents = setmetatable({}, { __mode = "k" })

-- Those that may be one visitor's.
local private = setmetatable({}, { __mode = "k" })
local is_loaded = false

--- What is looked up in this by a constant is not nil.
---@type table<table, any>
M.all = contents

local SCALARS = { string = true, number = true, boolean = true }

local function refuse(_, name)
  error(("'%s' of a constant cannot be changed"):format(tostring(name)), 2)
end

local function make(given, is_private)
  if type(given) ~= "table" then
    error(("a constant holds strings, numbers, booleans and tables of them, no %s"):format(type(given)), 2)
  end
  local held = {}
  for key, value in pairs(given) do
    if SCALARS[type(value)] or contents[value] then
      held[key] = value
    else
      held[key] = make(value, is_private)
    end
    is_private = is_private or private[held[key]]
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
  private[constant] = is_private or nil
  return constant
end

--- A constant with what a table holds now.
---@generic T : table
---@param given T strings, numbers, booleans, constants, and tables of them
---@return T constant
---@example constant.of({ motto = "Later" }).motto --> "Later"
function M.of(given)
  return make(given, is_loaded)
end

--- The same in a handler, of what is everybody's: nothing in it was sent by a visitor, nor is it a secret.
---@generic T : table
---@param given T
---@return T constant
---@example constant.for_all({ motto = "Later" }).motto --> "Later"
function M.for_all(given)
  return make(given, false)
end

--- Everything is loaded (`App:build` calls it): from now on visitors send things.
function M.close()
  is_loaded = true
end

--- May something of one visitor be in it?
---@param value any
---@return boolean
function M.is_private(value)
  return private[value] or false
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
