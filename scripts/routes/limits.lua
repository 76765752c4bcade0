--- The limits on what one client may ask for.  Wraps handlers; with `--rate-limits off` they stay as they are.
local config = require("host").config
local metrics = require("host.metrics")
local limit = require("web.limit")
local errors = require("routes.errors")

local M = {}

local function too_often(req, name, wait)
  metrics.counter("tc_rate_limited_total", { limit = name })
  local rep = errors.handle(req, 429)
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
    local wait = limit.take(name, per_minute, req.client)
    if wait then
      return too_often(req, name, wait)
    end
    return handler(req)
  end
end

return M
