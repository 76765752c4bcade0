--- Pages that say the same to everyone, and the two files that live at the root.
local config = require("host").config
local clock = require("host.clock")
local host = require("host")
local reply = require("web.reply")
local template = require("text.template")

local HALF_A_YEAR = 182 * 86400

template.still("pages/home", { "mail_to_files" })
template.still("pages/introduce", { "mail_to_files" })
template.still("pages/privacy", { "can_undo" })

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

--- What a browser can follow: an address of mail, or a page.
local function checked(name)
  local address = config[name]
  if address and not (address:find("^https://%S+$") or address:find("^mailto:%S+@%S+$")) then
    error({ ("%s: %s: '%s' is neither https:// nor mailto: with an address")
      :format(host.source(name), name, address) }, 0)
  end
  return address
end

local function shown(address)
  return address and address:gsub("^mailto:", ""):gsub("%?.*$", "") or nil
end

--- What visitors are told of who runs the site; nothing where no setting says it.
local function whom_to_ask()
  local security = checked("security_contact")
  local contact = checked("contact") or security
  local abuse = checked("abuse_contact") or contact
  return { unsaid = not (config.operator or contact or abuse),
    operator = config.operator and config.operator:gsub("\\n", "\n") or nil,
    contact = contact, contact_text = shown(contact), abuse = abuse, abuse_text = shown(abuse) }
end

return function(app)
  if config.security_contact then
    app:get("security", "/.well-known/security.txt", security_txt)
  end

  whom_to_ask()

  app:get("privacy", { "/privacy", "/privacy/" }, function(req)
    return reply.html(req, "pages/privacy", { can_undo = config.undo_minutes > 0,
      undo_minutes = ("%d"):format(config.undo_minutes) })
  end)
  app:get("gone", { "/disappear", "/disappear/" }, function(req)
    return reply.html(req, "pages/gone", {})
  end)
  app:get("contact", { "/contact", "/imprint" }, function(req)
    return reply.html(req, "pages/contact", whom_to_ask())
  end)

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
