--- Opening: a key shows the message, "not yet", or nothing.
local metrics = require("host.metrics")
local reply = require("web.reply")
local envelope = require("capsule.envelope")
local events = require("capsule.events")
local fields = require("capsule.fields")
local gathering = require("capsule.gathering")
local instant = require("capsule.instant")
local key = require("capsule.key")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local limits = require("routes.limits")
local waiting = require("routes.waiting")
local moment = require("text.moment")
local template = require("text.template")

template.still("pages/open", { "again" })
template.still("pages/opened", { "sealed", "self_opening", "named", "addressed", "has_added",
  "gathers", "has_content" })

local function show(req)
  return reply.html(req, "pages/open", { key = "", again = false })
end

--- What stands in the history where an answer to a key has been (static/js/again.js).
local function show_again(req)
  return reply.html(req, "pages/open", { key = "", again = true })
end

local function not_yet(req, found)
  metrics.counter("tc_capsules_not_yet_total")
  return waiting.page(req, found)
end

--- What a site's fields hold, for the page.
local function added(req, found)
  local list = {}
  for i = 1, #fields.added do
    local field = fields.added[i]
    local text = found.fields and found.fields[field.name]
    list[#list + 1] = text and { label = req.t(field.label), text = text } or nil
  end
  return list
end

--- Letters of others, from where the page before ended, for the page.
---@return table? part Nil without a message: nobody may add any.
local function letters_of(req, found)
  if not found.gathers then
    return nil
  end
  local part, message, kind = gathering.letters(found.key, req.form.after)
  if not part then
    return nil, message, kind
  end
  for _, letter in ipairs(part.letters) do
    letter.written = moment.date(req.t, letter.created_at, found.zone)
    letter.written_utc = instant.to_api(letter.created_at)
  end
  part.key, part.later, part.zone = found.key, req.form.after ~= nil, found.zone
  return part
end

--- Somebody has opened it; not once more for each part of its letters.
local function tell(req, found)
  if found.gathers and req.form.after then
    return
  end
  metrics.counter("tc_capsules_opened_total")
  events.opened(found, req)
end

local function opened(req, found)
  local part, message, kind = letters_of(req, found)
  if message then
    return nil, message, kind
  end
  local format = envelope.format(found.content)
  local extra, opens_utc = added(req, found), instant.to_api(found.opens_at)
  tell(req, found)
  return reply.html(req, "pages/opened", {
    key = found.key,
    name = found.name,
    named = found.name ~= nil and found.name ~= "",
    to = found.to,
    addressed = found.to ~= nil,
    written = moment.date(req.t, found.created_at, found.zone),
    span = moment.span(req.t, found.created_at, found.opens_at, found.zone),
    content = found.content,
    has_content = part == nil or found.content ~= "",
    gathers = part ~= nil,
    part = part,
    opens_text = format == "tc2" and moment.text(req.t, found.opens_at, found.zone) or nil,
    opens_html = moment.html(req.t, found.opens_at, found.zone),
    opens_utc = opens_utc,
    opens_on = opens_utc:sub(1, 10),
    created_html = moment.html(req.t, found.created_at, found.zone),
    created_utc = instant.to_api(found.created_at),
    opens_at = found.opens_at,
    format = format,
    sealed = format ~= "plain",
    added = extra,
    has_added = extra[1] ~= nil,
    self_opening = format == "tc2", -- can be saved as a page that opens itself
  })
end

local ANSWERS = { opened = opened, not_yet = not_yet }

local function submit(req)
  return capsules.answer(req, req.form.key, ANSWERS)
end

--- A link whose # sign a program has escaped brings its key (or code) in the path, where it would stand in the
--- address bar and the history: the browser is sent to the fragment.
local function unescape(app, req)
  if req.method ~= "GET" and req.method ~= "HEAD" then
    return nil
  end
  local place, behind = req.path:match("^/(%l+)/?(#.+)$")
  local found = (place == "open" or place == "add") and key.parse(behind)
  return found and reply.no_store(reply.redirect(app:url(place) .. "#" .. found)) or nil
end

return function(app)
  app:before(function(req)
    local path = req.path -- the target itself has no such sign
    return path ~= req.target and path:find("#", 1, true) and unescape(app, req) or nil
  end)
  app:get("open", { "/open", "/open/" }, show)
  app:get("open.again", "/open/again", show_again)
  waiting.routes(app)
  app:post("open.submit", { "/open", "/open/" }, submit, limits.of(limits.SMALL, "open"))
  fault.of_post("open.submit", { reads = "" })
end
