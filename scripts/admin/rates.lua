--- How much this process has to do: requests a second, now and of the minute before, and what was refused in the last
--- minutes, from its own metrics.
local host = require("host")
local clock = require("host.clock")
local json = require("host.json")
local metrics = require("host.metrics")
local shared = require("host.shared")

local M = {}

--- Seconds between two looks.
M.EVERY = 30

--- Looks that are kept: those of the last minutes.
local KEPT = 10

local memory = assert(shared.space("admin.rates", { max = 2 }))

---@class admin.Count What was so often, since the start.
---@field at number
---@field requests integer
---@field failed integer those that were answered by 500 and above; not of the admin's own pages, which say it
---@field refused table<string, integer> by the limit that refused them; `connections`: of one address
---@field forwarded table<string, integer> that told of a client, by which peer that nobody has named as a proxy

--- The series of one metric, by the value of its label.
local function series(text, name, label)
  local found = {}
  for value, number in text:gmatch("\n" .. name .. "{" .. label .. '="([^"]+)"} (%d+)') do
    found[value] = math.tointeger(tonumber(number))
  end
  return found
end

---@return admin.Count
local function count()
  local text = metrics.render()
  local found = { at = clock.monotonic(), requests = 0, failed = 0,
    refused = series(text, "tc_rate_limited_total", "limit"),
    forwarded = series(text, "tc_forwards_unheeded_total", "peer") }
  for labels, number in text:gmatch('\ntc_requests_total{([^}\n]*)} (%d+)') do
    local failed = labels:find('status="5xx"', 1, true) and not labels:find('route="admin.', 1, true)
    found.requests = found.requests + math.tointeger(tonumber(number))
    found.failed = found.failed + (failed and math.tointeger(tonumber(number)) or 0)
  end
  found.refused.connections = series(text, "tc_refused_messages_total", "status")["429"]
  return found
end

--- The earlier ones, the latest first.
---@return admin.Count[]
local function kept()
  return json.decode(memory:get("counts") or "[]") or {}
end

--- For a timer.
function M.tick()
  local counts = kept()
  table.insert(counts, 1, count())
  counts[KEPT + 1] = nil
  memory:set("counts", json.encode(counts))
end

--- How much more it is, by name, where it is more.
local function grown(now, before, word)
  local more, sum, words = {}, 0, {}
  for name, number in pairs(now) do
    local by = number - (before[name] or 0)
    if by > 0 then
      more[name], sum, words[#words + 1] = by, sum + by, ("%s %d"):format(word and word(name) or name, by)
    end
  end
  table.sort(words)
  return more, sum, table.concat(words, ", ")
end

---@class admin.Lately
---@field minutes integer how long that is
---@field requests integer
---@field refused integer
---@field kinds string "opens_per_minute 12, puts_per_minute 3": by the setting, or a site's own rate
---@field forwarded table<string, integer>

--- The setting or option that says how many there may be; a site's own rate goes by its name.
local SETTINGS = { connections = "--client-connections", put = "puts_per_minute", open = "opens_per_minute",
  request = "requests_per_minute" }

local function setting_of(limit)
  return SETTINGS[limit] or limit
end

--- What it was at the start; of a process whose counters are older than itself, at the first look.
---@return admin.Count
local function first(now, counts)
  local status = host.status()
  return status.inherited and (counts[#counts] or now)
    or { at = now.at - (status.uptime or 0), requests = 0, refused = {}, forwarded = {} }
end

--- Of the last minutes, or since the start.
---@return admin.Lately
function M.lately()
  local now, counts = count(), kept()
  local before = counts[KEPT] or first(now, counts)
  local _, refused, kinds = grown(now.refused, before.refused, setting_of)
  return { minutes = math.max(math.ceil((now.at - before.at) / 60), 1), requests = now.requests - before.requests,
    refused = refused, kinds = kinds, forwarded = (grown(now.forwarded, before.forwarded)) }
end

---@class admin.Rates
---@field requests integer since the start
---@field failed integer since the start
---@field per_second number? lately
---@field failed_per_second number? lately

---@return admin.Rates
function M.look()
  local now, before = count(), kept()[2]
  local rates = { requests = now.requests, failed = now.failed }
  local seconds = before and now.at - before.at or 0
  if seconds > 0 then
    rates.per_second = (now.requests - before.requests) / seconds
    rates.failed_per_second = (now.failed - before.failed) / seconds
  end
  return rates
end

return M
