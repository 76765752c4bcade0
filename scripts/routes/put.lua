--- Putting a capsule: the form, the key that it earns, and taking it back.
local config = require("host").config
local clock = require("host.clock")
local metrics = require("host.metrics")
local reply = require("web.reply")
local web = require("web")
local i18n = require("text.i18n")
local envelope = require("capsule.envelope")
local events = require("capsule.events")
local fields = require("capsule.fields")
local gathering = require("capsule.gathering")
local key = require("capsule.key")
local once = require("capsule.once")
local rules = require("capsule.rules")
local room = require("capsule.room")
local store = require("capsule.store")
local queue = require("reminder.queue")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local full_day = require("routes.full_day")
local put_done = require("routes.put_done")
local put_page = require("routes.put_page")
local limits = require("routes.limits")
local zones = require("routes.zones")

--- The browser may keep the page for its own "back": after an answer that got lost, the text and
--- its `once` are still there.
local function show(req)
  local rep = put_page.fresh(req)
  rep.headers["Cache-Control"] = "private, no-cache"
  return rep
end

local function submit(req)
  local typed = req.form
  typed.tz = zones.named(typed.tz)
  local capsule, faults = rules.form(typed, clock.now())
  if typed["do"] == "language" then
    return put_page.page(req, put_page.typed(typed), faults) -- the same form in another language
  end
  if not faults and not room.today() then
    return full_day.page(req, typed)
  end
  local token = once.parse(typed.once)
  local fixed, message, kind
  if token then
    fixed, message, kind = once.key(token, typed, fields.sent_by("form"))
  end
  if message then
    return nil, message, kind
  end
  local placed, more
  placed, message, kind, more = capsules.put(req, capsule, faults, fixed)
  if placed then
    return put_done.page(req, {
      key = placed.key,
      opens_at = placed.opens_at,
      created_at = placed.created_at,
      token = store.undo_token(placed),
      name = capsule.name,
      to = capsule.to,
      email = capsule.email,
      mail_key = capsule.mail_key,
      zone = capsule.zone,
      gathers = capsule.gather ~= nil,
      head = envelope.format(capsule.content) == "tc2" and envelope.head(capsule.content) or nil,
    })
  elseif message then
    return nil, message, kind
  end
  return put_page.page(req, put_page.typed(typed), faults or more)
end

local function too_late(req)
  return fault.page(req, 409, { title = req.t("undo.too_late_title"), message = req.t("undo.too_late") })
end

local function gathering_of(found)
  if found.gathers then
    return gathering.of_capsule(found.id)
  end
end

--- Deletes a new capsule and gives back what was typed, with a fresh `once`: sending it again
--- makes another capsule.
local function undo(req)
  local found, message, kind =
    store.recall(req.form.key, req.form.token, config.undo_minutes * 60)
  if not found then
    if message then
      return nil, message, kind
    end
    return too_late(req)
  elseif found.state == "broken" then
    return fault.broken(req, found)
  end
  local letter
  letter, message, kind = queue.of_capsule(found.id)
  if message and kind ~= "state" then
    return nil, message, kind
  end
  local standing
  standing, message, kind = gathering_of(found)
  if message then
    return nil, message, kind
  end
  local deleted
  deleted, message, kind = store.delete(found)
  if deleted == nil then
    return nil, message, kind
  elseif not deleted then
    return too_late(req)
  end
  metrics.counter("tc_capsules_taken_back_total")
  events.taken_back(found, assert(key.parse(req.form.key)), req)
  return put_page.page(req, put_page.with_added({
    name = found.name,
    to = found.to or "",
    email = letter and letter.mailbox or "",
    code = "",
    time = found.wall,
    tz = found.zone,
    content = found.content,
    tips = found.note,
    mail_key = not letter or letter.key ~= nil,
    gather = standing ~= nil,
    gather_until = standing and standing.closes_at < found.opens_at
      and clock.format(standing.closes_at, found.zone, "%Y-%m-%dT%H:%M") or "",
    gather_most = standing and ("%d"):format(standing.most) or put_page.MOST,
    once = once.new(),
  }, found.fields), nil, true)
end

--- What unfolds on the form for a passphrase, in the language of the form.
local function passphrase(req)
  local lang = req.params.lang
  if i18n.match(lang) ~= lang then
    return reply.error(req, 404)
  end
  req.lang, req.t = lang, i18n.translator(lang)
  return reply.html(req, "pages/passphrase", { max = config.sealed_max })
end

return function(app)
  web.check(put_page.prepare)
  app:get("put", { "/put", "/put/" }, show)
  app:post("put.submit", { "/put", "/put/" }, submit, limits.of(limits.CAPSULE, "put"))
  fault.of_post("put.submit", { reads = "language" }) -- gives the form back
  app:get("put.passphrase", "/put/passphrase/:lang", passphrase)
  put_done.routes(app)
  app:post("put.undo", "/put/undo", undo, limits.of(limits.SMALL, "put"))
  fault.of_post("put.undo", { form = "/put" })
end
