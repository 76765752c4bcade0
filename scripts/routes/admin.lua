--- The admin listener: what monitoring asks for.  It knows no page and no capsule.
local metrics = require("host.metrics")
local reply = require("web.reply")
local canary = require("admin.canary")
local measures = require("admin.measures")
local gauges = require("reminder.gauges")
local trouble = require("reminder.trouble")
local health = require("routes.health")
local probe = require("routes.probe")

local look = probe.new(canary.look, canary.UNKNOWN)

return function(app)
  measures.describe()
  health(app)
  gauges.start()
  app:get("admin.metrics", "/metrics", function()
    if canary.is_kept() then
      canary.watch(look())
    end
    trouble.refresh()
    local rep = reply.no_store(reply.text(metrics.render()))
    rep.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return rep
  end)
end
