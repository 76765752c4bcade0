--- Each example is one transaction, which is rolled back when it ends: what `host.db` is asked meanwhile is asked
--- inside of it.  A db.tx of the code under test is a part of it: when that fails, what it has written is there until
--- the end of the example.
local db = require("host.db")
local task = require("host.task")

local M = {}

local real = {}
for _, name in ipairs({ "one", "all", "exec", "batch", "tx", "checkpoint", "catch_up" }) do
  real[name] = db[name]
end

---@type host.db.tx?
local open
local finish -- ends it

--- What the end of an example raises, so that nothing is committed.
local ROLL_BACK = setmetatable({}, { __tostring = function()
  return "the example has ended"
end })

--- Begins a transaction, which stays open in a coroutine of its own.
function M.begin()
  local hold = coroutine.wrap(function()
    local ended, message = pcall(real.tx, function(tx)
      coroutine.yield(tx)
      error(ROLL_BACK, 0)
    end)
    if not ended and message ~= ROLL_BACK then
      error(message, 0)
    end
    return nil, message
  end)
  local tx, message = hold()
  if not tx then
    error("no transaction for the example: " .. tostring(message), 0)
  end
  open, finish = tx, hold
end

function M.finish()
  local hold = finish
  open, finish = nil, nil
  if hold then
    hold()
  end
end

local function inside(name)
  return function(...)
    if open then
      return open[name](open, ...)
    end
    return real[name](...)
  end
end

--- One after the other, in the task of the example, whose transaction serves no other.
local function each(list, _, fn)
  for i, item in ipairs(list) do
    fn(item, i)
  end
  return {}
end

function M.install()
  for _, name in ipairs({ "one", "all", "exec", "batch" }) do
    db[name] = inside(name)
  end
  function db.tx(fn)
    if open then
      return fn(open)
    end
    return real.tx(fn)
  end
  function db.checkpoint()
    return open and true or real.checkpoint()
  end
  function db.catch_up()
    return not open and real.catch_up()
  end
  task.each = each
end

return M
