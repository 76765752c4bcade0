--- What a capsule may be: judges everything that was typed, all fields at once.
---
--- Pure: the caller passes `now`.  A fault is { key, args } of a translation, so that this file
--- knows no language.  Lengths count code points.  Text is kept byte for byte, but for the line
--- ends of a form, which browsers send as CR LF and which become LF.
local config = require("host").config
local clock = require("host.clock")
local json = require("host.json")
local envelope = require("capsule.envelope")
local fields = require("capsule.fields")
local gathering_rules = require("capsule.gathering_rules")
local instant = require("capsule.instant")
local form = require("text.form")

local M = {}

---@class rules.Capsule
---@field name string   Whom it is from.
---@field to string     Whom it is for; "": nobody said.
---@field email string? Nil when no letter is wanted.
---@field content string
---@field note string   "" means: a default in the reader's language.
---@field opens_at integer
---@field zone string   The zone of the wall time.
---@field wall string   The opening time as typed.
---@field mail_key boolean
---@field code string?  Where one has to be known.
---@field fields table<string, string>? Those that a site has added.
---@field gather gathering.Wanted? Others may add letters.

---@alias rules.Fault string|{ [1]: string, [2]: table? } Words, of a site; or a sentence by its key.
---@alias rules.Faults table<string, rules.Fault>

--- Is the key to be in the letter?  Yes unless said otherwise: a hidden field before the box
--- sends "off", which stands when the box is not ticked; the original's form has neither.
---@param mail_key string?
---@return boolean
function M.ticked(mail_key)
  return mail_key ~= "off"
end

local SPACE = 32

--- Short texts only: nothing longer is an address, a zone or a time, and looking for the end of
--- a megabyte of spaces takes its square.
local function trim(text)
  local is_trim = #text > 1000 or text:byte() ~= SPACE and text:byte(-1) ~= SPACE
  return is_trim and text or text:match("^ *(.*[^ ])") or ""
end

--- The words for a fault that is not the field's own.
local SAID = { bad = "error.text_bad", email = "error.email_bad" }

local function text_fault(field, text)
  local fault = form.judge(field, text)
  if not fault then
    return nil
  end
  fault.label = field.label
  return { SAID[fault.code] or ("error.%s_%s"):format(field.words or field.name, fault.code), fault }
end

local function content_fault(field, content)
  local format = envelope.format(content)
  if format == "plain" or not form.length(content) then
    return text_fault(field, content)
  elseif #content > config.sealed_max then
    return { "error.sealed_long", { max = config.sealed_max, count = #content } }
  elseif format == "tc2" and not envelope.opens_at(content) then
    return { "error.sealed_bad" }
  end
end

--- A capsule opens when its encrypted message says: a reader is warned of any other time.
local function sealed_time_fault(content, opens_at, zone)
  local sealed = envelope.opens_at(content)
  if sealed and sealed ~= opens_at then
    return {
      "error.sealed_time",
      {
        sealed = clock.format(sealed, zone, "%Y-%m-%d %H:%M:%S"),
        chosen = clock.format(opens_at, zone, "%Y-%m-%d %H:%M:%S"),
        zone = zone,
      },
    }
  end
end

local asked_at, farthest -- the last moment that a limit was asked for, and that limit

local function farthest_from(now)
  if now ~= asked_at then
    asked_at, farthest = now, instant.years_after(now, config.years_max)
  end
  return farthest
end

--- Later than now, and not too far ahead.
local function moment_fault(opens_at, now)
  if opens_at <= now then
    return { "error.time_past" }
  elseif opens_at > farthest_from(now) then
    return { "error.time_far", { years = config.years_max } }
  end
end

--- The text fields, each as `read` gives it, and what is wrong with them.
---@param read fun(field: fields.Field): string
local function judge_texts(read)
  local texts, faults = {}, {}
  local list = fields.texts
  for i = 1, #list do
    local field = list[i]
    local text = read(field)
    texts[field.name] = text
    if text ~= "" or field.required then
      faults[field.sent] = (field.name == "content" and content_fault or text_fault)(field, text)
    end
  end
  return texts, faults
end

--- The opening time of a form, or nil after saying in faults what is wrong with it.
local function judge_wall(wall, zone, now, faults)
  local known = clock.zone_exists(zone)
  faults.tz = not known and { "error.tz_bad" } or nil
  if wall == "" then
    faults.time = { "error.time_missing" }
    return nil
  end
  local opens_at, why, neighbours = instant.from_wall(wall, known and zone or "UTC")
  if why == "gap" then
    neighbours.zone = zone
    faults.time = { "error.time_gap", neighbours }
  elseif not opens_at then
    faults.time = { "error.time_bad" }
  elseif known then
    faults.time = moment_fault(opens_at, now)
    return opens_at
  end
  return nil
end

--- Whole seconds as a script or a choice sends them; nil for anything else.
local function seconds(text)
  return text and text:find("^%d+$") and #text <= 12 and math.tointeger(tonumber(text)) or nil
end

--- A page that has told the moment in words sends the instant it told.  Where we read the same time
--- otherwise, which newer rules of a zone can do, the moment is asked for: `reading` is the one chosen.
--- The browser's is kept in UTC, where nobody reads it otherwise.
local function settle(when, shown, reading, now, faults)
  if not shown or shown == when.opens_at or reading == when.opens_at then
    return when
  elseif reading == shown then
    faults.time = moment_fault(shown, now)
    return { opens_at = shown, zone = "UTC", wall = clock.format(shown, "UTC", "%Y-%m-%d %H:%M:%S") }
  end
  faults.time = { "error.time_differs", {
    zone = when.zone,
    browser = clock.format(shown, "UTC", "%Y-%m-%d %H:%M:%S"),
    server = clock.format(when.opens_at, "UTC", "%Y-%m-%d %H:%M:%S"),
    browser_reads = ("%d"):format(shown),
    server_reads = ("%d"):format(when.opens_at),
  } }
  return when
end

--- A capsule that others fill needs no message of its own.
local function excuse(gather, faults)
  if gather and faults.content and faults.content[1] == "error.content_missing" then
    faults.content = nil
  end
end

local function outcome(texts, mail_key, when, gather, faults)
  excuse(gather, faults)
  if not (faults.content or faults.time or faults.opens_at) then
    faults.content = sealed_time_fault(texts.content, when.opens_at, when.zone)
  end
  local capsule = {
    name = texts.name,
    to = texts.to,
    email = texts.email ~= "" and texts.email or nil,
    content = texts.content,
    note = form.is_blank(texts.note) and "" or texts.note,
    opens_at = when.opens_at,
    zone = when.zone,
    wall = when.wall,
    mail_key = mail_key,
    code = texts.code,
    fields = fields.of_site(texts),
    gather = gather,
  }
  return capsule, next(faults) and faults or nil
end

--- Judges a form: the fields of capsule/fields.lua as text, absent ones nil; `instant` and `reading` are
--- unix seconds that a script and a choice have added.
---@param typed table<string, string?>
---@param now integer
---@return rules.Capsule capsule Complete unless there are faults.
---@return rules.Faults? faults
function M.form(typed, now)
  local texts, faults = judge_texts(function(field)
    local text = typed[field.sent]
    text = text and form.lines(text) or ""
    return text ~= "" and field.kind == "email" and form.trim(text) or text
  end)
  local zone, wall = trim(typed.tz or ""), trim(typed.time or "")
  zone = zone ~= "" and zone or config.time_zone
  local opens_at = judge_wall(wall, zone, now, faults)
  local when = { opens_at = opens_at, zone = zone, wall = wall }
  if opens_at and not faults.time then
    when = settle(when, seconds(typed.instant), seconds(typed.reading), now, faults)
  end
  local gather = gathering_rules.form(typed, texts.content, when, now, faults)
  return outcome(texts, M.ticked(typed.mail_key), when, gather, faults)
end

--- The longest name of an unknown member that is told back.
local NAME_BYTES = 64

--- Members of the wrong type, and ones that nobody knows: a mistyped "email" must not pass
--- silently for no reminder.  Null counts as absent, and goes.
local function judge_members(body, faults)
  for name, value in next, body do
    local field = fields.by_sent[name]
    if value == json.null then
      body[name] = nil
    elseif not field or field.only == "form" then
      faults[#tostring(name) <= NAME_BYTES and tostring(name) or "…"] = { "error.unknown" }
    elseif field.type and type(value) ~= field.type then
      faults[name] = { field.type == "string" and "error.not_text" or "error.not_boolean" }
    end
  end
end

--- Judges a JSON object of the API: the fields of capsule/fields.lua as members, texts untouched.
---@param body table Loses its nulls.
---@param now integer
---@return rules.Capsule capsule Complete unless there are faults.
---@return rules.Faults? faults
function M.api(body, now)
  local texts, faults = judge_texts(function(field)
    local text = body[field.sent]
    if text == nil or type(text) ~= "string" then
      return ""
    end
    return field.kind == "email" and form.trim(text) or text
  end)
  judge_members(body, faults)
  local opens_at = instant.from_api(body.opens_at)
  if opens_at then
    faults.opens_at = moment_fault(opens_at, now)
  else
    faults.opens_at = { body.opens_at == nil and "error.time_missing" or "error.opens_at_bad" }
  end
  local when = { opens_at = opens_at, zone = "UTC", wall = tostring(body.opens_at) }
  local gather = gathering_rules.api(body.gather, texts.content, opens_at, now, faults)
  return outcome(texts, body.mail_key ~= false, when, gather, faults)
end

--- Is a moment that has passed meanwhile all that is wrong?  A repeated post may say so.
---@param faults rules.Faults
---@return boolean
function M.only_past(faults)
  for field, fault in pairs(faults) do
    if (field ~= "time" and field ~= "opens_at") or fault[1] ~= "error.time_past" then
      return false
    end
  end
  return true
end

return M
