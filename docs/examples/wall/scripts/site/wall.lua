--- The wall: whoever comes by leaves a sentence, and a letter thanks those who give an address.  Each morning what is
--- too old is taken down.
local config = require("host").config
local clock = require("host.clock")
local db = require("host.db")
local log = require("host.log")
local smtp = require("host.smtp")
local timer = require("host.timer")
local reply = require("web.reply")
local form = require("text.form")
local moment = require("text.moment")
local template = require("text.template")

local FIELDS = {
  { name = "sentence", required = true, max = 200, one_line = true },
  { name = "email", kind = "email" },
}

--- The page, with what was typed and what is wrong with it.
local function page(req, values, faults)
  local lines, message, kind = db.all("site.wall_latest", { count = config.site_wall_max })
  if not lines then
    return nil, message, kind
  end
  for _, line in ipairs(lines) do
    line.when = moment.text(req.t, line.at, "UTC")
  end
  local errors = {}
  for name in pairs(faults or {}) do
    errors[name] = req.t("wall.bad_" .. name)
  end
  return reply.html(req, "pages/wall", { lines = lines, values = values, errors = errors },
    { status = faults and 422 or 200 })
end

--- The sentence is kept, whatever becomes of the letter.
local function thank(req, address)
  local sent, message = smtp.send({
    to = address,
    subject = req.t("wall.letter_subject"),
    text = template.render("mail/wall.txt", req.lang, { site = req.t("site.name") }),
  })
  if not sent then
    log.warn("nobody was thanked", { error = message })
  end
end

timer.daily("03:00", "site.wall_forget", function()
  return db.exec("site.wall_forget", { before = clock.now() - config.site_wall_days * 86400 })
end, { cluster = true })

return function(app)
  app:get("site.wall", "/wall", function(req)
    return page(req, { sentence = "", email = "" })
  end)

  app:post("site.wall_add", "/wall", function(req)
    local values, faults = form.check(req.form, FIELDS)
    if faults then
      return page(req, values, faults)
    end
    local done, message, kind = db.exec("site.wall_add", { sentence = values.sentence, at = clock.now() })
    if not done then
      return nil, message, kind
    end
    if values.email ~= "" then
      thank(req, values.email)
    end
    return reply.redirect(app:url("site.wall"))
  end, { body = 4096, rates = { { name = "site_wall", minute = 10 } } })
end
