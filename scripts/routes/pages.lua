--- Pages that say the same to everyone, and the two files that live at the root.
local config = require("host").config
local reply = require("web.reply")

--- A page that promises reminders only where they reach anybody.
local function page(name)
  return function(req)
    return reply.html(req, name, { mail_to_files = config.mail == "file" })
  end
end

return function(app)
  app:get("home", "/", page("pages/home"))
  app:get("introduce", { "/introduce", "/introduce/" }, page("pages/introduce"))

  app:get("favicon", "/favicon.ico", function()
    return reply.file("static/favicon.ico", { ["Cache-Control"] = "public, max-age=86400" })
  end)

  app:get("robots", "/robots.txt", function()
    return reply.file("static/robots.txt", { ["Cache-Control"] = "public, max-age=86400" })
  end)
end
