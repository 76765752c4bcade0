--- Opening: a key shows the message, "not yet", or nothing.
local config = require("host").config
local clock = require("host.clock")
local metrics = require("host.metrics")
local reply = require("web.reply")
local envelope = require("capsule.envelope")
local instant = require("capsule.instant")
local key = require("capsule.key")
local capsules = require("routes.capsules")
local limits = require("routes.limits")
local moment = require("text.moment")

local function show(req)
  return reply.html(req, "pages/open", { key = "" })
end

--- The zone of the capsule is sealed with its message, so the time is told in the server's.  The
--- page holds the key, so that it can be tried again without typing it.
local function not_yet(req, found)
  metrics.counter("tc_capsules_not_yet_total")
  return reply.html(req, "pages/not_yet", {
    note = found.note ~= "" and found.note or req.t("not_yet.default_note"),
    opens_text = moment.text(req.t, found.opens_at, config.time_zone),
    opens_utc = instant.to_api(found.opens_at),
    opens_at = found.opens_at,
    now = clock.now(),
    key = key.parse(req.form.key),
  }, { status = 403 })
end

local function opened(req, found)
  metrics.counter("tc_capsules_opened_total")
  return reply.html(req, "pages/opened", {
    name = found.name,
    content = found.content,
    opens_text = moment.text(req.t, found.opens_at, found.zone),
    opens_utc = instant.to_api(found.opens_at),
    created_text = moment.text(req.t, found.created_at, found.zone),
    created_utc = instant.to_api(found.created_at),
    opens_at = found.opens_at,
    format = envelope.format(found.content),
  })
end

local function submit(req)
  return capsules.answer(req, req.form.key, { opened = opened, not_yet = not_yet })
end

return function(app)
  app:get("open", { "/open", "/open/" }, show)
  app:post("open.submit", { "/open", "/open/" }, limits.each("open", submit))
end
