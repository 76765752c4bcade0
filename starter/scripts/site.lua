--- What this site adds: the function is given the application before it is complete, and may
--- call app:get, app:post, app:group, app:before, app:after as the application's own routes do
--- (scripts/routes/ has examples).
local config = require("host").config
local reply = require("web.reply")
local web = require("web")

return function(app)
  app:get("site.hello", "/hello", function(req)
    return reply.html(req, "pages/hello", { motto = config.site_motto })
  end)

  -- Run whenever the files are loaded: a setting that makes no sense stops the reload here, and
  -- nobody sees a broken page.
  web.check(function()
    assert(config.site_motto ~= "", "site_motto is empty")
  end)
end
