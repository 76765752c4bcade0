--- The admin listener.  What monitoring asks for needs no signing in; everything else is a page for whoever has, and
--- what it does is a post with a token of the session.
local metrics = require("host.metrics")
local reply = require("web.reply")
local access = require("admin.access")
local canary = require("admin.canary")
local measures = require("admin.measures")
local page = require("admin.page")
local gauges = require("reminder.gauges")
local trouble = require("reminder.trouble")
local admin_page = require("routes.admin_page")
local health = require("routes.health")
local probe = require("routes.probe")

local look = probe.new(canary.look, canary.UNKNOWN)

local function show_metrics(req)
  if not access.reads_metrics(req) then
    return nil, "metrics are for this machine, or for who sends a token (--metrics-token-file)", "forbidden"
  end
  if canary.is_kept() then
    canary.watch(look())
  end
  trouble.refresh()
  local rep = reply.no_store(reply.text(metrics.render()))
  rep.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
  return rep
end

return function(app)
  measures.describe()
  health(app)
  gauges.start()
  app:get("admin.metrics", "/metrics", show_metrics)
  require("routes.admin_sign_in")(app)
  app:group("", function(group)
    group:before(admin_page.enter)
    for _, name in ipairs(page.NAMES) do
      admin_page.register(group, page.of(name))
    end
  end)
  app:after(function(req, rep)
    return access.session:keep(req, rep)
  end)
end
