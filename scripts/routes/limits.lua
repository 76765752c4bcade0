--- The limits on what one client may ask for: so many times a minute, counted in this node's memory for all of its
--- workers and generations.  Wraps handlers; with `--rate-limits off` they stay as they are.
---
--- Minutes are the clock's, so the count begins anew at each; a client whom limits do not count (`req.client` is nil:
--- see request.lua) may ask as often as it likes.
local clock = require("host.clock")
local config = require("host").config
local metrics = require("host.metrics")
local shared = require("host.shared")
local fault = require("routes.faults")

local M = {}

local MINUTE = 60
-- Who has many networks of IPv6, of which each counts as a client, may ask as often as so many clients.
local WIDER = 8
-- Clients remembered at once.  Who has more addresses than that pushes out counts, and gets no more than they give.
local CLIENTS = 100000

local counts = assert(shared.space("limits", { max = CLIENTS }))

--- Counts one more; returns how many seconds it comes too early, or nil.
local function wait_for(name, per_minute, client)
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

local function too_often(req, name, wait)
  metrics.counter("tc_rate_limited_total", { limit = name })
  local rep = fault.handle(req, 429)
  rep.headers["Retry-After"] = ("%d"):format(wait)
  return rep
end

--- The handler, asked at most `config[name .. "s_per_minute"]` times a minute by each client.
---@param name "put"|"open"|"request"
---@param handler fun(req: table): table?, string?, string?
---@return fun(req: table): table?, string?, string?
function M.each(name, handler)
  local per_minute = config[name .. "s_per_minute"]
  if not config.rate_limits then
    return handler
  end
  return function(req)
    local wait = wait_for(name, per_minute, req.client)
      or wait_for(name .. " customer", per_minute * WIDER, req.customer)
    if wait then
      return too_often(req, name, wait)
    end
    return handler(req)
  end
end

return M
