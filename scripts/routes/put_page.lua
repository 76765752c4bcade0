--- The form of a capsule as a page: empty, rejected, or filled again after an undo.
local config = require("host").config
local clock = require("host.clock")
local reply = require("web.reply")
local constant = require("text.constant")
local form = require("text.form")
local i18n = require("text.i18n")
local template = require("text.template")
local envelope = require("capsule.envelope")
local gathering_rules = require("capsule.gathering_rules")
local fields = require("capsule.fields")
local instant = require("capsule.instant")
local once = require("capsule.once")
local rules = require("capsule.rules")
local zones = require("routes.zones")

local M = {}

template.still("pages/put", { "errors", "failed", "fresh", "taken_back", "sealed", "readings", "time_shown",
  "time_seconds", "tz_given", "can_undo", "mail_to_files", "limits", "required", "checks", "zones", "values",
  "extra" })

local LIMITS = constant.of({
  name = config.name_max,
  content = config.content_max,
  sealed = config.sealed_max,
  tips = config.tips_max,
  years = config.years_max,
  undo = config.undo_minutes,
  gather = config.gather_max,
})
local NO_FAULTS = constant.of({})
local REQUIRED, UNTOUCHED -- from `prepare` on

--- How many letters others may add, where nobody says so.
M.MOST = ("%d"):format(gathering_rules.MOST)

---@class put_page.Values
---@field name string
---@field to string
---@field email string
---@field code string
---@field time string
---@field tz string
---@field content string
---@field tips string
---@field mail_key boolean
---@field gather boolean   Others may add letters …
---@field gather_until string … until then; "": until it opens …
---@field gather_most string  … at most so many.
---@field once string

--- Bytes of a field that are shown again: twice as many as fit, so that whoever went over can shorten; of those
--- without a limit in characters, a line.
local function shown_at_most(field)
  local fits = math.max(4 * (field.max or 0), field.name == "content" and config.sealed_max or 0)
  return math.max(2 * fits, 1000)
end

local function is_shown(typed, name)
  return #(typed[name] or "") <= shown_at_most(fields.by_sent[name])
end

local function again(typed, name)
  return is_shown(typed, name) and typed[name] or ""
end

--- The same values, with those of a site's fields.
---@generic V : table
---@param values V
---@param added table<string, string>?
---@return V
function M.with_added(values, added)
  for _, field in ipairs(fields.added) do
    values[field.name] = added and added[field.name] or ""
  end
  return values
end

--- What was typed into a site's fields.
local function typed_added(typed)
  local texts = {}
  for _, field in ipairs(fields.added) do
    texts[field.name] = form.lines(again(typed, field.sent))
  end
  return texts
end

--- Everything as it was typed, but for what is far too long.  A `once` that is none of ours is replaced.
---@param typed table<string, string?>
---@return put_page.Values
function M.typed(typed)
  return M.with_added({
    name = again(typed, "name"),
    to = again(typed, "to"),
    email = again(typed, "email"),
    code = config.put_code_file and again(typed, "code") or "",
    time = again(typed, "time"),
    tz = typed.tz and again(typed, "tz") or config.time_zone,
    content = form.lines(again(typed, "content")),
    tips = form.lines(again(typed, "tips")),
    mail_key = rules.ticked(typed.mail_key),
    gather = typed.gather == "on",
    gather_until = again(typed, "gather_until"),
    gather_most = typed.gather_most and again(typed, "gather_most") or M.MOST,
    once = once.parse(typed.once) and typed.once or once.new(),
  }, typed_added(typed))
end

--- What a script says of a field before it is sent, in the words that the server would use.
---@class put_page.Check
---@field missing string
---@field max integer?
---@field long string? with the placeholder {count}, as `count`
---@field count string? what stands below a field of many lines

---@type table<string, table<string, put_page.Check>> by language, and by field
local checks = {}

local function check_in(t, field)
  local key, max = "error." .. (field.words or field.name), field.max
  local args = { max = max, count = "{count}", label = field.label and t(field.label) }
  return { missing = t(key .. "_missing", args), max = max, long = max and t(key .. "_long", args),
    count = max and not field.one_line and t("form.count", args) or nil }
end

local function checks_in(lang, t)
  if not checks[lang] then
    local all = {}
    for _, field in ipairs(fields.list) do
      if field.required ~= nil then
        all[field.sent] = check_in(t, field)
      end
    end
    checks[lang] = constant.for_all(all)
  end
  return checks[lang]
end

--- A site's fields as the form shows them, by language.
---@type table<string, { name: string, one_line: boolean, label: string, help: string? }[]>
local extras = {}

local function extra_in(lang, t)
  if not extras[lang] then
    local list = {}
    for i, field in ipairs(fields.added) do
      list[i] = { name = field.name, one_line = field.one_line, label = t(field.label),
        help = field.help and t(field.help) or nil }
    end
    extras[lang] = constant.for_all(list)
  end
  return extras[lang]
end

--- The words of a fault: a site's own, or a sentence.
local function words_of(t, fault)
  if type(fault) == "string" then
    return fault
  end
  local key, args = fault[1], fault[2]
  if args and args.label then
    args = { max = args.max, count = args.count, label = t(args.label) }
  end
  return t(key, args)
end

--- The words for every fault, by field.
---@param req table
---@param faults rules.Faults?
---@return table<string, string>
function M.messages(req, faults)
  if not faults then
    return NO_FAULTS
  end
  local messages = {}
  for field, fault in pairs(faults) do
    messages[field] = words_of(req.t, fault)
    if fields.by_sent[field] and not is_shown(req.form, field) then
      messages[field] = req.t("site.sentences", { first = messages[field], second = req.t("error.not_shown") })
    end
  end
  return messages
end

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

--- A time as the browser's own control takes it, which drops what it cannot show: only a real date and time, with
--- seconds only where somebody has given some.
---@param typed string
---@return string? shown
---@return boolean? seconds
local function for_control(typed)
  local year, month, day, hour, minute, rest =
    typed:match("^%s*(%d%d%d%d)-(%d%d)-(%d%d)[ T](%d%d):(%d%d)(:?%d*)%s*$")
  if not year then
    return nil
  end
  local y, m, d = tonumber(year), tonumber(month), tonumber(day)
  local leaps = m == 2 and y % 4 == 0 and (y % 100 ~= 0 or y % 400 == 0)
  local second = rest == "" and "00" or rest:match("^:([0-5]%d)$")
  if y < 1 or not DAYS[m] or d < 1 or d > DAYS[m] + (leaps and 1 or 0) or tonumber(hour) > 23
    or tonumber(minute) > 59 or not second then
    return nil
  end
  local shown = ("%s-%s-%sT%s:%s"):format(year, month, day, hour, minute)
  return second == "00" and shown or shown .. ":" .. second, second ~= "00"
end

--- For another form with fields of a capsule: what its page shows of them.
---@param req table
---@param faults rules.Faults?
---@return table context
function M.context(req, faults)
  return { errors = M.messages(req, faults), failed = faults ~= nil, required = REQUIRED,
    checks = checks_in(req.lang, req.t), limits = LIMITS }
end

--- What the page shows beside `once` and `time`.
local function context_of(req, values, faults, taken_back)
  return {
    values = values,
    errors = M.messages(req, faults),
    failed = faults ~= nil,
    -- Has nobody begun yet?  Then a script may preset the zone, and bring a draft back.
    fresh = not faults and values.content == "" and values.name == "",
    taken_back = taken_back or false,
    can_undo = config.undo_minutes > 0,
    limits = LIMITS,
    sealed = envelope.format(values.content) == "tc2",
    checks = checks_in(req.lang, req.t),
    extra = extra_in(req.lang, req.t),
    readings = faults and faults.time and faults.time[1] == "error.time_differs" and faults.time[2] or false,
    required = REQUIRED,
    tz_given = values.tz ~= "",
    zones = zones.choice(clock.now()),
    mail_to_files = config.mail == "file",
  }
end

---@type table<string, table> the contexts of the form that nobody has touched yet, by language; until clocks change
local untouched = {}

--- When everything is loaded: no field is added any more.  Raises where one names a sentence that is not there.
function M.prepare()
  fields.closed = true
  REQUIRED = constant.of(fields.required)
  UNTOUCHED = M.with_added({ name = "", to = "", email = "", code = "", tz = config.time_zone, content = "", tips = "",
    mail_key = true, gather = false, gather_until = "", gather_most = M.MOST })
  for _, lang in ipairs(i18n.languages()) do
    extra_in(lang, i18n.translator(lang))
  end
end

local function untouched_in(req, now)
  local kept = untouched[req.lang]
  if kept and kept.zones == zones.choice(now) then
    return kept
  end
  local all = context_of(req, UNTOUCHED)
  all.time_shown, all.time_seconds = true, false
  untouched[req.lang] = constant.for_all(all)
  return untouched[req.lang]
end

local made_in, next_year -- the minute, and a year from then

--- The form that nobody has touched yet, with the time a year from now.
---@param req table
---@return table reply
function M.fresh(req)
  local now = clock.now()
  if now // 60 ~= made_in then
    made_in = now // 60
    next_year = clock.format(instant.years_after(now, 1), config.time_zone, "%Y-%m-%dT%H:%M")
  end
  return reply.html(req, "pages/put", { untouched_in(req, now), once = once.new(), time = next_year,
    languages_at = "?" })
end

--- The form with what somebody has typed.
---@param req table
---@param values put_page.Values
---@param faults rules.Faults?
---@param taken_back boolean? does it hold what a capsule held that is no more?
---@return table reply
function M.page(req, values, faults, taken_back)
  local context = context_of(req, values, faults, taken_back)
  local shown, seconds = for_control(values.time)
  context.once = values.once
  context.time = shown or values.time
  context.time_shown = shown ~= nil or values.time == ""
  context.time_seconds = seconds or false
  return reply.html(req, "pages/put", context, { status = faults and 422 or 200 })
end

return M
