--- Is the process alive, and can it serve?  On both listeners.
local crypto = require("host.crypto")
local db = require("host.db")
local metrics = require("host.metrics")
local timer = require("host.timer")
local reply = require("web.reply")
local canary = require("admin.canary")
local limits = require("routes.limits")
local probe = require("routes.probe")

local function alive()
  return reply.no_store(reply.json({ status = "ok" }))
end

--- What is wrong with the database, or false.
local database_fault = probe.new(function()
  local row, message = db.one("meta.ready")
  if row then
    row, message = db.well()
  end
  return not row and (message or "it does not answer")
end, "it does not answer")

--- What stands in the way, in words for the person who runs the server.
local function reasons()
  local found = {}
  local wrong = database_fault()
  if wrong then
    found[#found + 1] = "database: " .. wrong
  end
  if not crypto.secret("ready") then
    found[#found + 1] = "secret: none is loaded"
  end
  return found
end

--- Says to strangers only which part fails; the admin listener hears why.
local function ready(req)
  local found = reasons()
  if #found == 0 then
    return reply.no_store(reply.json({ status = "ok" }))
  end
  for i, reason in ipairs(found) do
    found[i] = req.admin and reason or reason:match("^%a+")
  end
  return reply.json({ status = "unavailable", reasons = found }, 503)
end

--- Whoever got the canary's letter says so: a program, which may not post.
local function canary_answer(req)
  local known, message, kind = canary.answer(req.query.t)
  if known == nil then
    return nil, message, kind
  end
  return reply.no_store(reply.json({ status = known and "ok" or "unknown" }, known and 200 or 404))
end

--- What is counted of it, for whoever is not asked by /readyz: both parts, every few seconds.
local function gauge()
  metrics.gauge("tc_ready", database_fault() and 0 or 1, { part = "database" })
  metrics.gauge("tc_ready", crypto.secret("ready") and 1 or 0, { part = "secret" })
end

timer.every(5, "health.ready", gauge)

return function(app)
  app:get("health.canary", "/canary", canary_answer, limits.of(nil, "open"))
  app:get("health.alive", "/healthz", alive)
  app:get("health.ready", "/readyz", ready)
end
