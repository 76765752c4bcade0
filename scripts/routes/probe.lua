--- What monitoring asks the database again and again: nobody waits for its answer for longer than a
--- second, and one that came slowly stands for a while, so that questions do not pile up on a database
--- that hangs.
local clock = require("host.clock")
local task = require("host.task")

local M = {}

-- Seconds.  An operation gives up a little before its task has to.
local PATIENCE, SLOW, STANDS = 1, 0.5, 3

--- A question, kept by each worker for itself.
---@generic T
---@param ask fun(): T May wait; is ended where that takes longer than a second.
---@param late T The answer then.
---@return fun(): T
function M.new(ask, late)
  local kept, stands_until = late, 0
  return function()
    local answer, began = late, clock.monotonic()
    if began < stands_until then
      return kept
    end
    task.each({ true }, 1, function()
      answer = ask()
    end, PATIENCE)
    local ended = clock.monotonic()
    if ended - began > SLOW then
      kept, stands_until = answer, ended + STANDS
    end
    return answer
  end
end

return M
