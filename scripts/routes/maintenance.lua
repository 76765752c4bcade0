--- What visitors meet while the site is maintained: a page or a problem that says when to come back, and keeps what
--- they typed.
local clock = require("host.clock")
local config = require("host").config
local timer = require("host.timer")
local maintenance = require("admin.maintenance")
local faults = require("routes.faults")
local instant = require("capsule.instant")
local put_page = require("routes.put_page")
local link = require("web.link")
local reply = require("web.reply")
local moment = require("text.moment")

local M = {}

--- Answered as ever: who watches the server has to see the server.
local ALWAYS = { ["health.alive"] = true, ["health.ready"] = true, ["health.canary"] = true }

local SAFE = { GET = true, HEAD = true, OPTIONS = true }

--- Does the request ask for what this mode, not "open", does not allow?  A form that nobody may send is not offered.
local function is_refused(req, mode)
  if ALWAYS[req.route] then
    return false
  end
  return mode == "closed" or req.route == "put" or req.route == "add"
    or not SAFE[req.method] and not faults.only_reads(req.route)
end

local function words(req, state)
  local told = req.t(state.mode == "closed" and "maintenance.closed" or "maintenance.read_only")
  if state.note ~= "" then
    told = req.t("site.sentences", { first = told, second = state.note })
  end
  local back = state.back_at and state.back_at > clock.now()
  return told, back and req.t("maintenance.back_at", { time = moment.text(req.t, state.back_at, config.time_zone) })
    or req.t("maintenance.later")
end

local function page(req, state)
  local told, back = words(req, state)
  if req.route == "put.submit" then
    local fault = { "maintenance.kept", { why = told, back = back } }
    return put_page.page(req, put_page.typed(req.form), { maintenance = fault })
  end
  return faults.page(req, 503, {
    title = req.t(state.mode == "closed" and "maintenance.closed_title" or "maintenance.read_only_title"),
    message = told,
    advice = back,
    again = not SAFE[req.method] and { action = link.prefix .. req.path, fields = faults.sent(req) } or nil,
  })
end

local function problem(req, state)
  local told, back = words(req, state)
  return faults.problem(req, 503, { detail = req.t("site.sentences", { first = told, second = back }),
    maintenance = state.mode, back_at = state.back_at and instant.to_api(state.back_at) or nil })
end

--- A `before` hook.
---@param req table
---@return table? reply
function M.enter(req)
  local state = maintenance.current()
  if state.mode == "open" or not is_refused(req, state.mode) then
    return nil
  end
  local rep = reply.wants_json(req) and problem(req, state) or page(req, state)
  rep.status = 503
  rep.headers["Retry-After"] = ("%d"):format(maintenance.wait(state))
  return reply.no_store(rep)
end

timer.every(maintenance.EVERY, "maintenance.look", function()
  maintenance.look()
  return true -- that the database is away is told by others, once
end)

return M
