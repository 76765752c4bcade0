--- How much this process has to do: requests a second, now and of the minute before, from its own metrics.
local clock = require("host.clock")
local metrics = require("host.metrics")
local shared = require("host.shared")

local M = {}

--- Seconds between two looks.
M.EVERY = 30

local memory = assert(shared.space("admin.rates", { max = 8 }))

---@return integer requests
---@return integer failed those that were answered by 500 and above
local function count()
  local requests, failed = 0, 0
  for status, number in metrics.render():gmatch('\ntc_requests_total{[^}\n]*status="(%w+)"[^}\n]*} (%d+)') do
    requests = requests + tonumber(number)
    failed = failed + (status == "5xx" and tonumber(number) or 0)
  end
  return requests, failed
end

--- For a timer.
function M.tick()
  for _, name in ipairs({ "at", "requests", "failed" }) do
    memory:set(name .. " before", memory:get(name) or 0)
  end
  local requests, failed = count()
  memory:set("at", clock.monotonic())
  memory:set("requests", requests)
  memory:set("failed", failed)
end

---@class admin.Rates
---@field requests integer since the start
---@field failed integer since the start
---@field per_second number? lately
---@field failed_per_second number? lately

---@return admin.Rates
function M.look()
  local requests, failed = count()
  local rates = { requests = requests, failed = failed }
  local at = memory:get("at before") or 0
  local seconds = clock.monotonic() - at
  if at > 0 and seconds > 0 then
    rates.per_second = (requests - memory:get("requests before")) / seconds
    rates.failed_per_second = (failed - memory:get("failed before")) / seconds
  end
  return rates
end

return M
