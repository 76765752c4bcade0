--- The calendar file of a capsule, for the holder of its key.
local calendar = require("capsule.calendar")
local key = require("capsule.key")
local store = require("capsule.store")
local fault = require("routes.faults")
local limits = require("routes.limits")
local link = require("routes.link")

local function download(req)
  local found, message, kind = store.find(req.form.key)
  if not found then
    return nil, message, kind
  elseif found.state == "missing" then
    return fault.no_capsule(req)
  elseif found.state == "broken" then
    return fault.broken(req, found)
  end
  local capsule_key = assert(key.parse(req.form.key))
  local address = link.to_capsule(capsule_key)
  local words = { key = key.groups(capsule_key), link = address }
  return {
    status = 200,
    headers = {
      ["Content-Type"] = "text/calendar; charset=utf-8",
      ["Content-Disposition"] = 'attachment; filename="time-capsule.ics"',
      ["Cache-Control"] = "no-store",
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

return function(app)
  app:post("put.calendar", "/put/calendar", limits.each("open", download))
end
