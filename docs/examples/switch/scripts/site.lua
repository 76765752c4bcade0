--- The page that a link of the monthly letter leads to.  See scripts/site/switch.lua.
local reply = require("web.reply")
local switch = require("site.switch")

require("text.template").still("pages/switch", { "done" })

local function refuse()
  return nil, "a link that is not ours, or too old", "missing"
end

local function page(req, token, done)
  return reply.no_store(reply.html(req, "pages/switch", { token = token, done = done }))
end

return { api = 1, function(app)
  -- Following the link changes nothing: programs that look at letters do so, too.  The button does.
  app:get("site.switch", "/switch", function(req)
    if not switch.is_ours(req.query.t) then
      return refuse()
    end
    return page(req, req.query.t, false)
  end)

  app:post("site.switch_put_off", "/switch", function(req)
    if not switch.is_ours(req.form.t) then
      return refuse()
    end
    local done, message, kind = switch.put_off()
    if not done then
      return nil, message, kind
    end
    return page(req, "", true)
  end, { body = 1024, rates = { { name = "site_switch", minute = 10 } } })
end }
