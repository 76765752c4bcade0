--- Putting a capsule: the form, the key that it earns, and taking it back.
local config = require("host").config
local clock = require("host.clock")
local metrics = require("host.metrics")
local qr = require("host.qr")
local reply = require("web.reply")
local envelope = require("capsule.envelope")
local events = require("capsule.events")
local fields = require("capsule.fields")
local instant = require("capsule.instant")
local key = require("capsule.key")
local once = require("capsule.once")
local rules = require("capsule.rules")
local store = require("capsule.store")
local mailbox = require("reminder.mailbox")
local queue = require("reminder.queue")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local put_page = require("routes.put_page")
local limits = require("routes.limits")
local zones = require("routes.zones")
local moment = require("text.moment")
local template = require("text.template")

template.still("pages/put_done", { "sealed", "linked", "mailed", "mail_key", "mail_to_files", "owed", "can_undo",
  "named" })

--- What a repeated post must repeat to get the same key.
local FIELDS = fields.sent_by("form")

--- The browser may keep the page for its own "back": after an answer that got lost, the text and
--- its `once` are still there.
local function show(req)
  local rep = put_page.fresh(req)
  rep.headers["Cache-Control"] = "private, no-cache"
  return rep
end

--- Has the mailbox still to say yes?  Where the database does not answer: perhaps.
local function owed(email)
  local person = email and mailbox.ASKS_FIRST and (mailbox.find(email) or { state = "unconfirmed" })
  return person and person.state == "unconfirmed" or nil
end

--- The page that shows the key, the only one ever.
local function done(req, placed, capsule)
  local address = capsules.link(placed.key)
  local undo_until = placed.created_at + config.undo_minutes * 60
  local sealed = envelope.format(capsule.content) == "tc2"
  return reply.html(req, "pages/put_done", {
    key = placed.key,
    key_groups = key.groups(placed.key),
    opens_text = moment.text(req.t, placed.opens_at, capsule.zone),
    opens_utc = instant.to_api(placed.opens_at),
    linked = address ~= nil,
    link = address,
    qr = address and qr.svg(address) or nil,
    undo_token = store.undo_token(placed),
    can_undo = undo_until > clock.now(),
    undo_until = moment.text(req.t, undo_until, capsule.zone),
    mailed = capsule.email ~= nil,
    mail_key = capsule.mail_key,
    mail_to_files = config.mail == "file",
    owed = owed(capsule.email),
    address = capsule.email or "",
    name = capsule.name,
    named = capsule.name ~= "",
    zone = capsule.zone,
    sealed = sealed,
    seal_head = sealed and envelope.head(capsule.content) or nil,
  })
end

local function submit(req)
  local typed = req.form
  typed.tz = zones.named(typed.tz)
  local capsule, faults = rules.form(typed, clock.now())
  local token = once.parse(typed.once)
  local fixed, message, kind
  if token then
    fixed, message, kind = once.key(token, typed, FIELDS)
  end
  if message then
    return nil, message, kind
  end
  local placed, more
  placed, message, kind, more = capsules.put(req, capsule, faults, fixed)
  if placed then
    return done(req, placed, capsule)
  elseif message then
    return nil, message, kind
  end
  return put_page.page(req, put_page.typed(typed), faults or more)
end

local function too_late(req)
  return fault.page(req, 409, { title = req.t("undo.too_late_title"), message = req.t("undo.too_late") })
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
  local deleted
  deleted, message, kind = store.delete(found)
  if deleted == nil then
    return nil, message, kind
  elseif not deleted then
    return too_late(req)
  end
  metrics.counter("tc_capsules_taken_back_total")
  events.taken_back(found, assert(key.parse(req.form.key)), req)
  return put_page.page(req, {
    name = found.name,
    email = letter and letter.mailbox or "",
    code = "",
    time = found.wall,
    tz = found.zone,
    content = found.content,
    tips = found.note,
    mail_key = not letter or letter.key ~= nil,
    once = once.new(),
  }, nil, true)
end

return function(app)
  app:get("put", { "/put", "/put/" }, show)
  app:post("put.submit", { "/put", "/put/" }, submit, limits.of(limits.CAPSULE, "put"))
  app:post("put.undo", "/put/undo", undo, limits.of(limits.SMALL, "put"))
end
