--- What a gathering may be, and a letter that is added to one.  Pure, as capsule/rules.lua.
local config = require("host").config
local clock = require("host.clock")
local json = require("host.json")
local envelope = require("capsule.envelope")
local fields = require("capsule.fields")
local instant = require("capsule.instant")
local form = require("text.form")

local M = {}

--- Letters, where nobody says how many.
M.MOST = math.min(100, config.gather_max)

--- Can one be asked for here?
M.ON = config.gather_max > 0

--- So many letters, or nil.
local function most_of(value)
  local most = value == nil and M.MOST or math.tointeger(value)
  return most and most >= 1 and most <= config.gather_max and most or nil
end

--- After now, and not after the capsule opens.
local function closing_fault(closes_at, opens_at, now)
  if closes_at <= now then
    return { "error.gather_past" }
  elseif opens_at and closes_at > opens_at then
    return { "error.gather_late" }
  end
end

--- A passphrase would lock the one message and none of the others' letters: nobody shall think otherwise.
local function content_fault(content)
  return envelope.format(content) ~= "plain" and { "error.gather_sealed" } or nil
end

--- What a form asks for; it may have no message of its own.
---@param typed table<string, string?>
---@param content string
---@param when { opens_at: integer?, zone: string }
---@param now integer
---@param faults rules.Faults
---@return gathering.Wanted? wanted Nil: nobody asked, or there is a fault.
function M.form(typed, content, when, now, faults)
  if typed.gather ~= "on" or not M.ON then
    return nil
  end
  local wall, most = form.trim(typed.gather_until or ""), form.trim(typed.gather_most or "")
  local closes_at = when.opens_at
  if wall ~= "" and clock.zone_exists(when.zone) then
    closes_at = instant.from_wall(wall, when.zone)
    faults.gather_until = not closes_at and { "error.gather_until_bad" } or nil
  end
  if closes_at and wall ~= "" then
    faults.gather_until = closing_fault(closes_at, when.opens_at, now)
  end
  local letters = most_of(most ~= "" and (#most <= 9 and most:find("^%d+$") and tonumber(most) or 0) or nil)
  faults.gather_most = not letters and { "error.gather_most", { max = config.gather_max } } or nil
  faults.gather = content_fault(content)
  return closes_at and letters and { closes_at = closes_at, most = letters } or nil
end

local KNOWN = { ["until"] = true, most = true }

--- As M.form, of the member `gather` of the API: an object with `until` and `most`, both of which may be left out.
---@param value any
---@param content string
---@param opens_at integer?
---@param now integer
---@param faults rules.Faults
---@return gathering.Wanted?
function M.api(value, content, opens_at, now, faults)
  if value == nil then
    return nil
  elseif type(value) ~= "table" or not M.ON then
    faults.gather = { M.ON and "error.gather_bad" or "error.gather_off" }
    return nil
  end
  for name in pairs(value) do
    faults.gather = not KNOWN[name] and { "error.gather_bad" } or faults.gather
  end
  local closes_at, most = opens_at, value.most
  if value["until"] ~= nil and value["until"] ~= json.null then
    closes_at = instant.from_api(value["until"])
    faults["gather.until"] = not closes_at and { "error.opens_at_bad" } or closing_fault(closes_at, opens_at, now)
  end
  local letters = (most == nil or most == json.null) and M.MOST or (math.type(most) == "integer" and most_of(most))
  faults["gather.most"] = not letters and { "error.gather_most", { max = config.gather_max } } or nil
  faults.gather = faults.gather or content_fault(content)
  return closes_at and letters and { closes_at = closes_at, most = letters } or nil
end

local NAME, CONTENT = fields.by_sent.name, fields.by_sent.content
local SAID = { bad = "error.text_bad" }

local function text_fault(field, text, required)
  local fault = form.judge({ max = field.max, one_line = field.one_line, required = required }, text)
  return fault and { SAID[fault.code] or ("error.%s_%s"):format(field.name, fault.code), fault } or nil
end

--- Judges a letter that somebody adds.  Its text is a text, whatever it begins with.
---@param name string
---@param content string
---@return rules.Faults? faults
function M.letter(name, content)
  local faults = { name = text_fault(NAME, name, NAME.required), content = text_fault(CONTENT, content, true) }
  return next(faults) and faults or nil
end

return M
