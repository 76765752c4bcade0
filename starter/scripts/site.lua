--- What this site adds: the function is given the application before it is complete, and may
--- call app:get, app:post, app:group, app:before, app:after as the application's own routes do
--- (scripts/routes/ has examples).  `timecapsule site add page NAME --site DIR` adds a line here.
local clock = require("host.clock")
local config = require("host").config
local db = require("host.db")
local reply = require("web.reply")
local web = require("web")

---@param req request
---@return reply?, string?, host.kind?
local function show(req)
  local row, message, kind = db.one("site.hello_count")
  if not row then
    return nil, message, kind
  end
  return reply.html(req, "pages/hello", { motto = config.site_motto, count = row.n })
end

---@param app web.App
return function(app)
  app:group("/hello", function(group)
    group:protect() -- forms below it carry <%- csrf() %>
    group:get("site.hello", "", show)

    group:post("site.hello_add", "", function()
      local done, message, kind = db.exec("site.hello_add", { now = clock.now() })
      if not done then
        return nil, message, kind
      end
      return reply.redirect(app:url("site.hello"))
    end, { body = 1024, rates = { { name = "site_hello", minute = 10 } } })
  end)

  -- Run whenever the files are loaded: a setting that makes no sense stops the reload here, and
  -- nobody sees a broken page.
  web.check(function()
    assert(config.site_motto ~= "", "site_motto is empty")
  end)
end
