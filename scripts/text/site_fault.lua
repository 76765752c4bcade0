--- What a site's own code does wrong where ours calls it: a listener of an event, a slot of a page.  It is told as the
--- site's, with its own file and line, in the log, in the metric tc_site_faults_total and on the admin pages; what we
--- were doing goes on.
local clock = require("host.clock")
local fitting = require("text.fit")
local host = require("host")
local log = require("host.log")
local metrics = require("host.metrics")
local shared = require("host.shared")

local M = {}

local KEPT_S = 7 * 86400
local MESSAGE = 1000

-- What all workers know: by generation and place, the latest fault.
local memory = assert(shared.space("site.faults", { max = 256 }))

---@type string[] the places that there are, in the order in which they were declared
local places, known = {}, {}

--- Makes a place known, while loading: one of a small fixed set, since each is a label of the metric.
---@param where string "event capsule.put", "slot partials/site_footer"
function M.declare(where)
  if not known[where] then
    known[where] = true
    places[#places + 1] = where
  end
end

local function key(what, where)
  return ("%d %s %s"):format(host.generation, what, where)
end

--- For xpcall: what was raised, with its stack.
---@param err any
---@return { message: string, trace: string }
function M.keep(err)
  return { message = host.message(err), trace = host.traceback(err) }
end

--- Tells one fault.
---@param where string declared
---@param err { message: string, trace: string? }
function M.tell(where, err)
  metrics.counter("tc_site_faults_total", { where = where })
  memory:set(key("at", where), clock.now(), KEPT_S)
  memory:set(key("why", where), fitting.fit(err.message, MESSAGE), KEPT_S)
  log.error("a file of the site failed", { where = where, error = err.message, trace = err.trace })
end

--- Notes that a place is left out from now on.
---@param where string
function M.pause(where)
  memory:set(key("paused", where), true, KEPT_S)
  metrics.gauge("tc_site_paused", 1, { where = where })
  log.error("it failed each time, so this place of the site is left out until the files change", { where = where })
end

---@class text.SiteFault
---@field where string
---@field at integer
---@field message string
---@field paused boolean

--- The latest fault of each place that has one in this generation.
---@return text.SiteFault[]
function M.list()
  local list = {}
  for _, where in ipairs(places) do
    local at = memory:get(key("at", where))
    if at then
      list[#list + 1] = { where = where, at = at, message = memory:get(key("why", where)) or "",
        paused = memory:get(key("paused", where)) == true }
    end
  end
  return list
end

return M
