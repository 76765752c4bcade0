--- What a route takes besides its handler: the bytes of its body, and the rates that a client spends on it.
local options = require("text.options")

local M = {}

local KNOWN = { body = "number or function", rates = "table" }
local RATE = { name = "string", minute = "number" }
local RATES = 4

local function is_whole(number, least)
  return math.tointeger(number) ~= nil and number >= least
end

local function rate_fault(rate)
  local fault = type(rate) ~= "table" and "is no table" or options.fault(rate, RATE)
  if fault then
    return fault
  elseif not rate.name then
    return "needs a name"
  elseif not rate.minute or not is_whole(rate.minute, 1) then
    return "needs minute, a whole number of at least 1"
  end
  return nil
end

local function fault_of(given)
  local fault = options.fault(given, KNOWN)
  if fault then
    return fault
  elseif type(given.body) == "number" and not is_whole(given.body, 0) then
    return "needs for body a whole number of bytes"
  elseif given.rates and #given.rates == 0 and next(given.rates) then
    return "has rates that are no list: { { name = …, minute = … } }"
  elseif given.rates and #given.rates > RATES then
    return ("has more than %d rates"):format(RATES)
  end
  for i, rate in ipairs(given.rates or {}) do
    fault = rate_fault(rate)
    if fault then
      return ("has a rate (the %d. of its rates) that %s"):format(i, fault)
    end
  end
  return nil
end

--- From now on reading a name that objects of a class have not raises, at its reader's line.
---@generic C : table
---@param what string "a group"
---@param class C
---@return C
function M.strict(what, class)
  return setmetatable(class, { __index = function(_, name)
    error(what .. " " .. options.unknown(name, class), 2)
  end })
end

--- Raises, at the line that registers the route, where something is wrong with its options.
---@param name string the route's
---@param given table?
---@return table options
function M.of_route(name, given)
  local fault = given ~= nil and (type(given) ~= "table" and "has options that are no table" or fault_of(given))
  if fault then
    error(("the route '%s' %s"):format(name, fault), 4)
  end
  return given or {}
end

return M
