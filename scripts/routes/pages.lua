--- Pages that say the same to everyone, and the two files that live at the root.
local reply = require("web.reply")

return function(app)
  app:get("home", "/", function(req)
    return reply.html(req, "pages/home", {})
  end)

  app:get("introduce", { "/introduce", "/introduce/" }, function(req)
    return reply.html(req, "pages/introduce", {})
  end)

  app:get("favicon", "/favicon.ico", function()
    return reply.file("static/favicon.ico", { ["Cache-Control"] = "public, max-age=86400" })
  end)

  app:get("robots", "/robots.txt", function()
    return reply.file("static/robots.txt", { ["Cache-Control"] = "public, max-age=86400" })
  end)
end
