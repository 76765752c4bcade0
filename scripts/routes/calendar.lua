--- The calendar file of a capsule, for the holder of its key.
local link = require("web.link")
local calendar = require("capsule.calendar")
local key = require("capsule.key")
local capsules = require("routes.capsules")
local limits = require("routes.limits")

local function download(req, found)
  local capsule_key = assert(key.parse(req.form.key))
  local address = capsules.link(capsule_key)
  local words = { key = key.groups(capsule_key), link = address }
  return {
    status = 200,
    headers = {
      ["Content-Type"] = "text/calendar; charset=utf-8",
      ["Content-Disposition"] = 'attachment; filename="time-capsule.ics"',
    },
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

local function submit(req)
  return capsules.answer(req, req.form.key, { opened = download, not_yet = download })
end

return function(app)
  app:post("put.calendar", "/put/calendar", submit, limits.of(limits.SMALL, "open"))
end
