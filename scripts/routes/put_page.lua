--- The form of a capsule as a page: empty, rejected, or filled again after an undo.
local config = require("host").config
local clock = require("host.clock")
local reply = require("web.reply")
local form = require("text.form")
local envelope = require("capsule.envelope")
local fields = require("capsule.fields")
local instant = require("capsule.instant")
local once = require("capsule.once")
local rules = require("capsule.rules")

local M = {}

---@class put_page.Values
---@field name string
---@field email string
---@field time string
---@field tz string
---@field content string
---@field tips string
---@field mail_key boolean
---@field once string

--- Regions that hold nothing but other names of the same places, and zones that are no place: a
--- quarter of the list.  A zone that is not offered is taken all the same when it comes.
local OTHER_NAMES = { Brazil = true, Canada = true, Chile = true, Etc = true, Mexico = true, US = true }

--- States for their cities, which are in the list too.  No browser presets one of them.
local STATES = { ACT = true, Canberra = true, LHI = true, NSW = true, North = true, Queensland = true,
  South = true, Tasmania = true, Victoria = true, West = true, Yancowinna = true }

--- The zones to choose from; they do not change while a generation lives.  `others` has, in one line,
--- those that are no place: offered only to whoever's device lives by one, as by one of Etc/GMT±n.
---@class put_page.Zones : { [integer]: string }
---@field others string
---@type put_page.Zones?
local zones

local function zone_names()
  if not zones then
    local names, others = {}, {} -- all of them before anybody sees one: a task may be paused or ended in between
    for _, zone in ipairs(clock.zones()) do
      local region, place = zone:match("^([^/]+)/(.+)$")
      local other = OTHER_NAMES[region] or (region == "Australia" and STATES[place])
      if zone == "UTC" or (region and not other) then
        names[#names + 1] = zone
      elseif zone:find("^%u%u%u%d%u%u%u$") or zone == "GMT" then
        others[#others + 1] = zone
      end
    end
    names.others = table.concat(others, " ")
    zones = names
  end
  return zones
end

--- A year from now, for a form that nobody has touched yet.
---@return put_page.Values
function M.fresh()
  local next_year = instant.years_after(clock.now(), 1)
  return {
    name = "",
    email = "",
    time = clock.format(next_year, config.time_zone, "%Y-%m-%d %H:%M"),
    tz = config.time_zone,
    content = "",
    tips = "",
    mail_key = true,
    once = once.new(),
  }
end

--- Everything as it was typed.  A `once` that is none of ours is replaced.
---@param typed table<string, string?>
---@return put_page.Values
function M.typed(typed)
  return {
    name = typed.name or "",
    email = typed.email or "",
    time = typed.time or "",
    tz = typed.tz or config.time_zone,
    content = form.lines(typed.content or ""),
    tips = form.lines(typed.tips or ""),
    mail_key = rules.ticked(typed.mail_key),
    once = once.parse(typed.once) and typed.once or once.new(),
  }
end

--- What a script says of a field before it is sent, in the words that the server would use.
---@class put_page.Check
---@field missing string
---@field max integer?
---@field long string? with the placeholder {count}, as `count`
---@field count string?

---@type table<string, table<string, put_page.Check>> by language, and by field
local checks = {}

local function check_in(t, field)
  local key, max = "error." .. field.name, field.max
  local args = { max = max, count = "{count}" }
  return { missing = t(key .. "_missing"), max = max, long = max and t(key .. "_long", args),
    count = max and t("form.count", args) }
end

local function checks_in(lang, t)
  if not checks[lang] then
    local all = {}
    for _, field in ipairs(fields.list) do
      if field.required ~= nil then
        all[field.sent] = check_in(t, field)
      end
    end
    checks[lang] = all
  end
  return checks[lang]
end

--- The words for every fault, by field.
---@param req table
---@param faults rules.Faults?
---@return table<string, string>
function M.messages(req, faults)
  local messages = {}
  for field, fault in pairs(faults or {}) do
    messages[field] = req.t(fault[1], fault[2])
  end
  return messages
end

--- The page.
---@param req table
---@param values put_page.Values
---@param faults rules.Faults?
---@param taken_back boolean? does it hold what a capsule held that is no more?
---@return table reply
function M.page(req, values, faults, taken_back)
  return reply.html(req, "pages/put", {
    values = values,
    errors = M.messages(req, faults),
    failed = faults ~= nil,
    taken_back = taken_back or false,
    undo_minutes = config.undo_minutes,
    limits = {
      name = config.name_max,
      content = config.content_max,
      sealed = config.sealed_max,
      tips = config.tips_max,
      years = config.years_max,
    },
    sealed = envelope.format(values.content) == "tc2",
    checks = checks_in(req.lang, req.t),
    readings = faults and faults.time and faults.time[1] == "error.time_differs" and faults.time[2] or false,
    required = fields.required,
    zones = zone_names(),
    mail_to_files = config.mail == "file",
  }, { status = faults and 422 or 200 })
end

return M
