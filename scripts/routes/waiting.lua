--- The page of a capsule whose time has not come, and the reminder that whoever holds its key may add,
--- change, or stop there.  Of an address it shows the first letter and the domain.
local config = require("host").config
local clock = require("host.clock")
local metrics = require("host.metrics")
local smtp = require("host.smtp")
local reply = require("web.reply")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local limits = require("routes.limits")
local gathering = require("capsule.gathering")
local instant = require("capsule.instant")
local key = require("capsule.key")
local rules = require("capsule.rules")
local queue = require("reminder.queue")
local form = require("text.form")
local moment = require("text.moment")
local template = require("text.template")

local M = {}

template.still("pages/not_yet", { "whole", "told", "refused", "has_address", "owed", "mail_key", "mail_to_files",
  "gathers", "gathers_still" })

--- "a…@example.org"
local function hinted(address)
  return (smtp.shown(address):gsub("^(.[\x80-\xbf]*)[^@]*", "%1…"))
end

---@class waiting.Said
---@field status integer?
---@field done string?  What was done, as a name of a sentence.
---@field fault string? What is wrong with the address, in words.
---@field email string? The address as it was typed.

--- The page.  The capsule's own zone is sealed with its message, so the time is told in the server's;
--- it holds the key, so that it can be tried again without typing it.
---@param req table
---@param found store.Found
---@param said waiting.Said?
---@return table? reply
---@return string? message
---@return string? kind
function M.page(req, found, said)
  local standing, message, kind = queue.standing(found.id)
  if not standing then
    return nil, message, kind
  end
  local gathered
  if found.gathers then
    gathered, message, kind = gathering.of_capsule(found.id)
  end
  if message then
    return nil, message, kind
  end
  said = said or {}
  local contents = standing.contents
  return reply.html(req, "pages/not_yet", {
    whole = found.whole,
    note = found.note ~= "" and found.note or req.t("not_yet.default_note"),
    opens_text = moment.text(req.t, found.opens_at, config.time_zone),
    opens_utc = instant.to_api(found.opens_at),
    zone = config.time_zone,
    opens_at = found.opens_at,
    now = clock.now(),
    key = key.parse(req.form.key),
    address = contents and hinted(contents.mailbox) or nil,
    owed = standing.owed,
    mail_key = not contents or contents.key ~= nil,
    mail_to_files = config.mail == "file",
    gathers = gathered ~= nil,
    gathers_still = gathered ~= nil and gathered.closes_at > clock.now(),
    letters = gathered and gathered.letters,
    closes_text = gathered and moment.text(req.t, gathered.closes_at, config.time_zone),
    add_link = gathered and (capsules.add_link(key.parse(req.form.key))
      or key.groups(gathering.code(key.parse(req.form.key)))),
    told = said.done ~= nil,
    refused = said.fault ~= nil,
    has_address = contents ~= nil,
    done = said.done and req.t("reminder." .. said.done) or nil,
    fault = said.fault,
    email = said.email or "",
  }, { status = said.status or 403 })
end

local function refuse(req, found, email, words, args)
  return M.page(req, found, { status = 422, fault = req.t(words, args), email = email })
end

--- The same mailbox again, so that it is asked again: what the letters hold, or nil.
local function same(standing)
  return standing.contents and standing.owed and standing.contents or nil
end

--- What the letters are to hold from now on; nil after a refusal has been made.
local function wanted(req, found, standing)
  if req.form["do"] == "ask" then
    return same(standing)
  end
  local email = form.trim(form.lines(req.form.email or ""))
  if not form.is_email(email) then
    return nil, refuse(req, found, email, "error.email_bad")
  end
  local full, message, kind = capsules.mailbox_full(email)
  if message then
    return nil, nil, message, kind
  elseif full then
    return nil, refuse(req, found, email, "error.email_full", { max = full })
  end
  local before = standing.contents
  return {
    mailbox = email,
    lang = req.lang,
    zone = before and before.zone or config.time_zone,
    key = rules.ticked(req.form.mail_key) or nil,
  }
end

--- When its gathering closes; nil without one.
local function closing_of(found)
  if not found.gathers then
    return nil
  end
  local gathered, message, kind = gathering.of_capsule(found.id)
  return gathered and gathered.closes_at, message, kind
end

local function replace(req, found, standing)
  local contents, refusal, message, kind = wanted(req, found, standing)
  if message then
    return nil, message, kind
  elseif refusal then
    return refusal
  elseif not contents then
    return M.page(req, found)
  end
  local closes_at
  closes_at, message, kind = closing_of(found)
  if message then
    return nil, message, kind
  end
  local capsule_key = key.parse(req.form.key)
  local done
  done, message, kind = queue.replace(found.id, {
    key = capsule_key,
    key_hash = key.hash(capsule_key),
    opens_at = found.opens_at,
    created_at = clock.now(), -- of the question, which is due at once
    closes_at = closes_at,
    mailbox = contents.mailbox,
    mail_key = contents.key ~= nil,
    lang = contents.lang,
    zone = contents.zone,
  }, standing.sent)
  if not done then
    return nil, message, kind
  end
  metrics.counter("tc_reminder_changes_total", { change = "set" })
  return M.page(req, found, { status = 200, done = req.form["do"] == "ask" and "asked" or "set" })
end

local function stop(req, found)
  local done, message, kind = queue.replace(found.id)
  if not done then
    return nil, message, kind
  end
  metrics.counter("tc_reminder_changes_total", { change = "stop" })
  return M.page(req, found, { status = 200, done = "stopped" })
end

local function change(req, found)
  if req.form["do"] == "stop" then
    return stop(req, found)
  end
  local standing, message, kind = queue.standing(found.id)
  if not standing then
    return nil, message, kind
  end
  return replace(req, found, standing)
end

local function too_late(req)
  return fault.page(req, 409, { title = req.t("reminder.too_late_title"), message = req.t("reminder.too_late") })
end

local function submit(req)
  return capsules.answer(req, req.form.key, { opened = too_late, not_yet = change })
end

function M.routes(app)
  app:post("open.reminder", "/open/reminder", submit, limits.of(limits.SMALL, "open"))
  fault.of_post("open.reminder", { form = "/open" })
end

return M
