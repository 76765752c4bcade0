--- Pages that say the same to everyone, and the two files that live at the root.
local config = require("host").config
local reply = require("web.reply")
local template = require("text.template")

template.still("pages/home", { "mail_to_files" })
template.still("pages/introduce", { "mail_to_files" })

--- These pages promise reminders only where they reach anybody.
local function context()
  return { mail_to_files = config.mail == "file" }
end

return function(app)
  app:get("home", "/", function(req)
    return reply.html(req, "pages/home", context())
  end)

  app:get("introduce", { "/introduce", "/introduce/" }, function(req)
    return reply.html(req, "pages/introduce", context())
  end)

  app:get("favicon", "/favicon.ico", function()
    return reply.file("static/favicon.ico", { ["Cache-Control"] = "public, max-age=86400" })
  end)

  app:get("robots", "/robots.txt", function()
    return reply.file("static/robots.txt", { ["Cache-Control"] = "public, max-age=86400" })
  end)
end
