--- Pages that say the same to everyone, and the two files that live at the root.
local config = require("host").config
local clock = require("host.clock")
local host = require("host")
local reply = require("web.reply")
local template = require("text.template")

local HALF_A_YEAR = 182 * 86400

template.still("pages/home", { "mail_to_files" })
template.still("pages/introduce", { "mail_to_files" })

--- These pages promise reminders only where they reach anybody.
local function context()
  return { mail_to_files = config.mail == "file" }
end

--- RFC 9116: whom to tell.  It has to name an end, which is always half a year ahead.
local function security_txt()
  local lines = { "Contact: " .. config.security_contact,
    "Expires: " .. clock.format(clock.now() + HALF_A_YEAR, "UTC", "%Y-%m-%dT00:00:00Z"),
    "Preferred-Languages: en, zh" }
  local origin = (config.public_url or ""):match("^%a+://[^/]+") -- well-known addresses are the host's own
  lines[#lines + 1] = origin and ("Canonical: %s/.well-known/security.txt"):format(origin)
  return reply.text(table.concat(lines, "\n") .. "\n")
end

local function check_contact(contact)
  if not (contact:find("^https://%S+$") or contact:find("^mailto:%S+@%S+$")) then
    error({ ("%s: security_contact: '%s' is neither https:// nor mailto: with an address")
      :format(host.source("security_contact"), contact) }, 0)
  end
end

return function(app)
  if config.security_contact then
    check_contact(config.security_contact)
    app:get("security", "/.well-known/security.txt", security_txt)
  end

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
