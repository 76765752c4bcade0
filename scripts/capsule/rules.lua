--- What a capsule may be: judges everything that was typed, all fields at once.
---
--- Pure: the caller passes `now`.  A fault is { key, args } of a translation, so that this file
--- knows no language.  Lengths count code points.  Text is kept byte for byte, but for the line
--- ends of a form, which browsers send as CR LF and which become LF.
local config = require("host").config
local clock = require("host.clock")
local json = require("host.json")
local envelope = require("capsule.envelope")
local instant = require("capsule.instant")
local form = require("text.form")

local M = {}

local FIELDS = { name = true, email = true, time = true, content = true, tips = true }

for _, field in ipairs(config.required) do
  if not FIELDS[field] then
    error(("the setting 'required' names '%s'; it may name %s"):format(
      field,
      "name, email, time, content and tips"
    ))
  end
end

---@class rules.Capsule
---@field name string
---@field email string? Nil when no letter is wanted.
---@field content string
---@field note string   "" means: a default in the reader's language.
---@field opens_at integer
---@field zone string   The zone of the wall time.
---@field wall string   The opening time as typed.
---@field mail_key boolean

---@alias rules.Fault { [1]: string, [2]: table? }
---@alias rules.Faults table<string, rules.Fault>

--- Is the key to be in the letter?  Yes unless said otherwise: a hidden field before the box
--- sends "off", which stands when the box is not ticked; the original's form has neither.
---@param mail_key string?
---@return boolean
function M.ticked(mail_key)
  return mail_key ~= "off"
end

--- Short texts only: nothing longer is an address, a zone or a time, and looking for the end of
--- a megabyte of spaces takes its square.
local function trim(text)
  return #text <= 1000 and text:match("^ *(.-) *$") or text
end

local function is_required(field)
  for _, name in ipairs(config.required) do
    if name == field then
      return true
    end
  end
  return false
end

--- Which fields the form marks as required.
---@return table<string, boolean>
function M.required()
  local required = {}
  for field in pairs(FIELDS) do
    required[field] = field == "time" or is_required(field)
  end
  return required
end

local function name_fault(name)
  local count = form.length(name)
  if not count then
    return { "error.text_bad" }
  elseif is_required("name") and form.is_blank(name) then
    return { "error.name_missing" }
  elseif name:find("%c") or name:find("\u{2028}", 1, true) or name:find("\u{2029}", 1, true) then
    return { "error.name_control" }
  elseif count > config.name_max then
    return { "error.name_long", { max = config.name_max, count = count } }
  end
end

local function content_fault(content)
  local count = form.length(content)
  if not count then
    return { "error.text_bad" }
  elseif is_required("content") and form.is_blank(content) then
    return { "error.content_missing" }
  elseif envelope.format(content) == "plain" then
    return count > config.content_max
        and { "error.content_long", { max = config.content_max, count = count } }
      or nil
  elseif #content > config.sealed_max then
    return { "error.sealed_long", { max = config.sealed_max, count = #content } }
  elseif envelope.format(content) == "tc2" and not envelope.opens_at(content) then
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

local function tips_fault(tips)
  local count = form.length(tips)
  if not count then
    return { "error.text_bad" }
  elseif is_required("tips") and form.is_blank(tips) then
    return { "error.tips_missing" }
  elseif count > config.tips_max then
    return { "error.tips_long", { max = config.tips_max, count = count } }
  end
end

local function email_fault(email)
  if not form.length(email) then
    return { "error.text_bad" }
  elseif email == "" then
    return is_required("email") and { "error.email_missing" } or nil
  elseif #email > 254 then
    return { "error.email_long" }
  elseif not form.is_email(email) then
    return { "error.email_bad" }
  end
end

--- Later than now, and not too far ahead.
local function moment_fault(opens_at, now)
  if opens_at <= now then
    return { "error.time_past" }
  elseif opens_at > instant.years_after(now, config.years_max) then
    return { "error.time_far", { years = config.years_max } }
  end
end

local function judge_words(words)
  return {
    name = name_fault(words.name),
    email = email_fault(words.email),
    content = content_fault(words.content),
    tips = tips_fault(words.tips),
  }
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

local function outcome(words, when, faults)
  if not (faults.content or faults.time or faults.opens_at) then
    faults.content = sealed_time_fault(words.content, when.opens_at, when.zone)
  end
  local capsule = {
    name = words.name,
    email = words.email ~= "" and words.email or nil,
    content = words.content,
    note = form.is_blank(words.tips) and "" or words.tips,
    opens_at = when.opens_at,
    zone = when.zone,
    wall = when.wall,
    mail_key = words.mail_key,
  }
  return capsule, next(faults) and faults or nil
end

--- Judges a form: `name email time tz content tips` as text, absent ones nil.
---@param typed table<string, string?>
---@param now integer
---@return rules.Capsule capsule Complete unless there are faults.
---@return rules.Faults? faults
function M.form(typed, now)
  local words = {
    name = typed.name or "",
    email = trim(typed.email or ""),
    content = form.lines(typed.content or ""),
    tips = form.lines(typed.tips or ""),
    mail_key = M.ticked(typed.mail_key),
  }
  local faults = judge_words(words)
  local zone, wall = trim(typed.tz or ""), trim(typed.time or "")
  zone = zone ~= "" and zone or config.time_zone
  local opens_at = judge_wall(wall, zone, now, faults)
  return outcome(words, { opens_at = opens_at, zone = zone, wall = wall }, faults)
end

local API_TYPES = {
  name = "string",
  email = "string",
  content = "string",
  tips = "string",
  mail_key = "boolean",
  opens_at = true,
}

--- Members of the wrong type, and ones that nobody knows: a mistyped "email" must not pass
--- silently for no reminder.
local function judge_members(body, faults)
  for name, value in pairs(body) do
    local expected = API_TYPES[name]
    if expected == nil then
      faults[tostring(name)] = { "error.unknown" }
    elseif expected ~= true and type(value) ~= expected then
      faults[name] = { expected == "string" and "error.not_text" or "error.not_boolean" }
    end
  end
end

local function without_nulls(body)
  local present = {}
  for name, value in pairs(body) do
    if value ~= json.null then
      present[name] = value
    end
  end
  return present
end

--- Judges a JSON object of the API: `{name, email?, opens_at, content, tips?, mail_key?}`, texts
--- untouched, null counted as absent.
---@param body table
---@param now integer
---@return rules.Capsule capsule Complete unless there are faults.
---@return rules.Faults? faults
function M.api(body, now)
  body = without_nulls(body)
  local function text(name)
    return type(body[name]) == "string" and body[name] or ""
  end
  local words = {
    name = text("name"),
    email = text("email"),
    content = text("content"),
    tips = text("tips"),
    mail_key = body.mail_key ~= false,
  }
  local faults = judge_words(words)
  local opens_at = instant.from_api(body.opens_at)
  if opens_at then
    faults.opens_at = moment_fault(opens_at, now)
  else
    faults.opens_at = { body.opens_at == nil and "error.time_missing" or "error.opens_at_bad" }
  end
  judge_members(body, faults)
  local when = { opens_at = opens_at, zone = "UTC", wall = tostring(body.opens_at) }
  return outcome(words, when, faults)
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
