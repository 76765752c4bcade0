--- Pages that say the same to everyone, and the two files that live at the root.
local config = require("host").config
local clock = require("host.clock")
local host = require("host")
local reply = require("web.reply")
local gathering_rules = require("capsule.gathering_rules")
local template = require("text.template")
local i18n = require("text.i18n")
local link = require("web.link")

local HALF_A_YEAR = 182 * 86400
local DAY = "public, max-age=86400"
local PAPER = "#f7f3ec" -- the page's colour by day

template.still("pages/home", { "mail_to_files" })
template.still("pages/introduce", { "mail_to_files", "gathers", "can_undo" })
template.still("pages/privacy", { "can_undo", "gathers" })

--- These pages promise only what is so here: reminders where they reach anybody, the time to take back that is set.
local function context()
  return { mail_to_files = config.mail == "file", gathers = gathering_rules.ON, can_undo = config.undo_minutes > 0,
    undo_minutes = ("%d"):format(config.undo_minutes) }
end

--- RFC 9116: whom to tell.  It has to name an end, which is always half a year ahead.
local function security_txt()
  local lines = { "Contact: " .. config.security_contact,
    "Expires: " .. clock.format(clock.now() + HALF_A_YEAR, "UTC", "%Y-%m-%dT00:00:00Z"),
    "Preferred-Languages: en, zh" }
  local canonical = link.whole("/.well-known/security.txt") -- well-known addresses are the host's own
  lines[#lines + 1] = canonical and "Canonical: " .. canonical
  return reply.text(table.concat(lines, "\n") .. "\n")
end

--- What a phone shows of the site on its home screen, in the language of the page that was kept there.
local function manifest(req)
  local lang = req.params.lang
  if i18n.match(lang) ~= lang then
    return reply.error(req, 404)
  end
  local t, home = i18n.translator(lang), link.prefix .. "/"
  return reply.json({ name = t("site.name"), short_name = t("site.name"), description = t("site.summary"),
    lang = lang, dir = t("site.direction"), id = home, start_url = home, scope = home, display = "minimal-ui",
    background_color = PAPER, theme_color = PAPER,
    icons = {
      { src = link.prefix .. host.asset("img/logo.svg"), type = "image/svg+xml", sizes = "any" },
      { src = link.prefix .. host.asset("img/icon.png"), type = "image/png", sizes = "512x512", purpose = "maskable" },
    } }, 200, { ["Content-Type"] = "application/manifest+json", ["Cache-Control"] = DAY })
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
    return reply.html(req, "pages/privacy", context())
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

  app:get("manifest", "/manifest/:lang", manifest)

  app:get("favicon", "/favicon.ico", function()
    return reply.file("static/favicon.ico", { ["Cache-Control"] = DAY })
  end)

  app:get("robots", "/robots.txt", function()
    return reply.file("static/robots.txt", { ["Cache-Control"] = DAY })
  end)
end
