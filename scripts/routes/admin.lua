--- The admin listener: what monitoring asks for.  It knows no page and no capsule.
local log = require("host.log")
local metrics = require("host.metrics")
local reply = require("web.reply")
local canary = require("admin.canary")
local gauges = require("reminder.gauges")
local health = require("routes.health")

return function(app)
  health(app)
  app:get("admin.metrics", "/metrics", function()
    if canary.is_kept() then
      canary.watch()
    end
    local done, message = gauges.refresh()
    if not done then
      log.warn("reminders could not be counted", { error = message })
    end
    local rep = reply.no_store(reply.text(metrics.render()))
    rep.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return rep
  end)
end
