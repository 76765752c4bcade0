--- A long job of a command: with a bar, ended by the wish to stop, and what it fails of as a message.
local clock = require("host.clock")
local command = require("host.command")
local host = require("host")

local M = {}

--- Times that a job tells how far it is between two waits: one that never waits is taken for one that
--- does not come to an end.
local TELLS = 100

--- What a call of the world's gave; raises { message } where it gave one.
---@generic T
---@param done T
---@param message string?
---@return T done
function M.must(done, message)
  if message then
    error({ message })
  end
  return done
end

--- Calls a function that may raise { message }.
---@return any? result What it returned, nil and a message too.
---@return string? message
function M.try(fn, ...)
  local good, result, message = xpcall(fn, function(raised)
    return type(raised) == "table" and raised[1] or host.message(raised)
  end, ...)
  if good then
    return result, message
  end
  return nil, result
end

--- Runs fn(tell), which calls tell(done, total) for each of its rows and ends where that gives false.
---@param what string "importing"
---@param unit string "rows"
---@param fn fun(tell: fun(done: integer, total: integer): boolean): any?, string?
---@return any? result As M.try() has it.
---@return string? message
function M.run(what, unit, fn)
  local progress, told = command.progress(what, unit), 0
  local result, message = M.try(fn, function(done, total)
    told = told + 1
    if told % TELLS == 0 then
      clock.sleep(0)
    end
    return progress:tell(done, total)
  end)
  progress:done()
  return result, message
end

return M
