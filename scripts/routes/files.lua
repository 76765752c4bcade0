--- Files that whoever holds a key takes away: an entry for the calendar, and a page to keep.  Neither has
--- a word of the message, whether its time has come or not.
local qr = require("host.qr")
local link = require("web.link")
local reply = require("web.reply")
local calendar = require("capsule.calendar")
local instant = require("capsule.instant")
local key = require("capsule.key")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local limits = require("routes.limits")
local moment = require("text.moment")
local template = require("text.template")

template.still("files/keepsake", { "linked", "sealed" })

--- The headers of a file; its name in UTF-8, and what stands in for that where a program knows none (RFC 6266).
local function attachment(type, plain_name, name)
  local escaped = name:gsub("[^%w.-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end)
  return {
    ["Content-Type"] = type,
    ["Content-Disposition"] = ("attachment; filename=\"%s\"; filename*=UTF-8''%s"):format(plain_name, escaped),
  }
end

local function calendar_entry(req, found)
  local capsule_key = assert(key.parse(req.form.key))
  local address = capsules.link(capsule_key)
  local words = { key = key.groups(capsule_key), link = address }
  return {
    status = 200,
    headers = attachment("text/calendar; charset=utf-8", "time-capsule.ics", "time-capsule.ics"),
    body = calendar.render({
      key = capsule_key,
      opens_at = found.opens_at,
      created_at = found.created_at,
      host = link.host(),
      summary = req.t("calendar.summary"),
      description = address and req.t("calendar.description_link", words)
        or req.t("calendar.description", words),
      link = address,
    }),
  }
end

--- The zone and the passphrase are sealed with the message: the page that has the form knows of both.
local function keepsake(req, found)
  local capsule_key = assert(key.parse(req.form.key))
  local address = capsules.link(capsule_key)
  return reply.html(req, "files/keepsake", {
    key_groups = key.groups(capsule_key),
    opens_text = moment.text(req.t, found.opens_at, req.form.tz),
    opens_utc = instant.to_api(found.opens_at),
    linked = address ~= nil,
    link = address,
    qr = address and qr.svg(address) or nil,
    sealed = req.form.sealed == "yes",
  }, {
    headers = attachment("text/html; charset=utf-8", "time-capsule-key.html",
      req.t("keepsake.file_name") .. "-" .. instant.to_api(found.opens_at):sub(1, 10) .. ".html"),
  })
end

--- A handler that answers the same before and after the opening time.
local function for_holder(file)
  return function(req)
    return capsules.answer(req, req.form.key, { opened = file, not_yet = file })
  end
end

return function(app)
  app:post("put.calendar", "/put/calendar", for_holder(calendar_entry), limits.of(limits.SMALL, "open"))
  fault.of_post("put.calendar", { reads = "", form = "/put" })
  app:post("put.keepsake", "/put/keepsake", for_holder(keepsake), limits.of(limits.SMALL, "open"))
  fault.of_post("put.keepsake", { reads = "", form = "/put" })
end
