--- The page that shows a capsule's key: made once for whoever has put it, and once more in another language
--- from what that page itself holds.
local config = require("host").config
local clock = require("host.clock")
local qr = require("host.qr")
local reply = require("web.reply")
local instant = require("capsule.instant")
local gathering = require("capsule.gathering")
local key = require("capsule.key")
local rules = require("capsule.rules")
local mailbox = require("reminder.mailbox")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local limits = require("routes.limits")
local form = require("text.form")
local moment = require("text.moment")
local template = require("text.template")

local M = {}

template.still("pages/put_done", { "sealed", "linked", "mailed", "mail_key", "mail_to_files", "owed", "can_undo",
  "named", "addressed", "gathers" })

---@class put_done.Capsule
---@field key string
---@field opens_at integer
---@field created_at integer
---@field token string   The right to take it back.
---@field name string    Whom it is from; "": nobody said.
---@field to string
---@field email string?  Nil: no letter.
---@field mail_key boolean
---@field zone string
---@field head string?   Of a message under a passphrase (capsule/envelope.lua).

--- Has the mailbox still to say yes?  Where the database does not answer: perhaps.
local function owed(email)
  local person = email and mailbox.ASKS_FIRST and (mailbox.find(email) or { state = "unconfirmed" })
  return person and person.state == "unconfirmed" or nil
end

local MARKED = { ["-"] = "-</span><span>" }
for digit = 0, 9 do
  MARKED[tostring(digit)] = ('<b class="digit">%d</b>'):format(digit)
end

--- The key in its groups as HTML, where its letters and digits need no escaping.  Digits are marked: a face that tells
--- 0 from O is not on every device.
local function marked(capsule_key)
  return (key.groups(capsule_key):gsub("[%d-]", MARKED))
end

---@param req table
---@param capsule put_done.Capsule
---@return table reply
function M.page(req, capsule)
  local address = capsules.link(capsule.key)
  local add_link = capsule.gathers and capsules.add_link(capsule.key) or nil
  local undo_until = capsule.created_at + config.undo_minutes * 60
  return reply.html(req, "pages/put_done", {
    key = capsule.key,
    key_marked = marked(capsule.key),
    opens_html = moment.html(req.t, capsule.opens_at, capsule.zone),
    opens_utc = instant.to_api(capsule.opens_at),
    linked = address ~= nil,
    link = address,
    qr = address and qr.svg(address) or nil,
    undo_token = capsule.token,
    can_undo = undo_until > clock.now(),
    undo_until = moment.text(req.t, undo_until // 60 * 60, capsule.zone),
    mailed = capsule.email ~= nil,
    mail_key = capsule.mail_key,
    mail_to_files = config.mail == "file",
    owed = owed(capsule.email),
    address = capsule.email or "",
    name = capsule.name,
    named = capsule.name ~= "",
    to = capsule.to,
    addressed = capsule.to ~= "",
    zone = capsule.zone,
    gathers = capsule.gathers,
    code = capsule.gathers and key.groups(gathering.code(capsule.key)) or nil,
    add_link = add_link,
    add_qr = add_link and qr.svg(add_link) or nil,
    sealed = capsule.head ~= nil,
    seal_head = capsule.head,
  })
end

--- One line of text as a field brought it, or "".
local function line(text)
  return text and not form.judge({ one_line = true }, text) and text or ""
end

--- The page in another language.  What it holds was shown to whoever asks; nothing is read for it but the times.
local function again(req, found)
  local typed = req.form
  local head = line(typed.head):match("^TC2%.[%w_-]+$")
  local email = line(typed.email)
  return M.page(req, {
    key = assert(key.parse(typed.key)),
    opens_at = found.opens_at,
    created_at = found.created_at,
    token = line(typed.token),
    name = line(typed.name),
    to = line(typed.to),
    email = form.is_email(email) and email or nil,
    mail_key = rules.ticked(typed.mail_key),
    zone = line(typed.tz),
    gathers = found.gathers,
    head = head,
  })
end

function M.routes(app)
  app:post("put.done", "/put/done", function(req)
    return capsules.answer(req, req.form.key, { opened = again, not_yet = again })
  end, limits.of(limits.SMALL, "open"))
  fault.of_post("put.done", { reads = "", form = "/put" })
end

return M
