--- How often one client may ask for something: so many times a minute, counted in this node's memory for all of its
--- workers and generations.
---
---   local wait = limit.take("put", 60, req.client)     nil, or seconds until it may ask again
---
--- Minutes are the clock's, so the count begins anew at each; a client whom limits do not count (`req.client` is nil:
--- see request.lua) may ask as often as it likes.
local clock = require("host.clock")
local shared = require("host.shared")

local M = {}

local MINUTE = 60
-- Clients remembered at once.  Who has more addresses than that pushes out counts, and gets no more than they give.
local CLIENTS = 100000

local counts = assert(shared.space("web.limit", { max = CLIENTS }))

--- Counts one more.
---@param name string what is limited
---@param per_minute integer 0: any number
---@param client string?
---@return integer? wait
function M.take(name, per_minute, client)
  if per_minute == 0 or not client then
    return nil
  end
  local now = clock.now()
  local count = counts:incr(("%s %d %s"):format(name, now // MINUTE, client), 1, MINUTE)
  if not count or count <= per_minute then
    return nil
  end
  return MINUTE - now % MINUTE
end

return M
