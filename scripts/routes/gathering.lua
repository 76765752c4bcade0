--- Adding a letter to somebody's capsule: a code shows whose it is and takes a letter, and opens nothing.  The code is
--- posted, or stands behind the # sign of a link.
local config = require("host").config
local clock = require("host.clock")
local reply = require("web.reply")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local put_page = require("routes.put_page")
local limits = require("routes.limits")
local gathering = require("capsule.gathering")
local gathering_rules = require("capsule.gathering_rules")
local key = require("capsule.key")
local once = require("capsule.once")
local room = require("capsule.room")
local letter = require("reminder.letter")
local form = require("text.form")
local moment = require("text.moment")
local template = require("text.template")

template.still("pages/add_letter", { "errors", "failed", "open", "full", "named", "taken_back", "can_undo", "required",
  "checks", "limits" })
template.still("pages/added", { "named", "can_undo" })

local CAN_UNDO = config.undo_minutes > 0

local function show(req)
  return reply.html(req, "pages/add")
end

--- No gathering has this code: the same for every other one.
local function no_gathering(req)
  return fault.page(req, 404, { message = req.t("add.unknown"), advice = req.t("add.unknown_advice") })
end

--- What others see of a gathering.
local function context_of(req, found)
  return {
    code = key.parse(req.form.code),
    title = found.title,
    named = found.title ~= "",
    opens_text = moment.text(req.t, found.opens_at, config.time_zone),
    can_undo = CAN_UNDO,
  }
end

---@class routes.Letter
---@field name string
---@field content string
---@field once string?

--- That, and the form while it takes letters.
---@param req table
---@param found gathering.Found
---@param typed routes.Letter
---@param more { status: integer?, faults: rules.Faults?, taken_back: boolean? }
local function letter_page(req, found, typed, more)
  local context = context_of(req, found)
  for name, value in pairs(put_page.context(req, more.faults)) do
    context[name] = value
  end
  context.closes_text = moment.text(req.t, found.closes_at, config.time_zone)
  context.letters = found.letters
  context.open, context.full = found.state == "open", found.state == "full"
  context.taken_back = more.taken_back or false
  context.name, context.content = typed.name, typed.content
  context.once = once.parse(typed.once) and typed.once or once.new()
  return reply.html(req, "pages/add_letter", context, { status = more.status })
end

local function added_page(req, found, added)
  local context = context_of(req, found)
  context.token = added.token
  local minute = gathering.undo_until(added.created_at) // 60 * 60
  context.undo_until = moment.text(req.t, minute, config.time_zone)
  return reply.html(req, "pages/added", context)
end

--- Goes on with the gathering of the code that was posted.
---@param go_on fun(found: gathering.Found): table?, string?, string?
local function with_gathering(req, go_on)
  local found, message, kind = gathering.find(req.form.code)
  if message then
    return nil, message, kind
  elseif not found then
    return no_gathering(req)
  elseif found.state == "broken" then
    return fault.broken(req, { id = found.capsule_id })
  end
  return go_on(found)
end

--- Writes what the rules find good; a post that was sent twice gets the answer that it had.
local function add(req, found, typed)
  local faults = gathering_rules.letter(typed.name, typed.content)
  if faults then
    return letter_page(req, found, typed, { status = 422, faults = faults })
  end
  local added
  local good, message, kind = room.on_disk()
  if good then
    added, message, kind = gathering.add(req.form.code, found, { name = typed.name, content = typed.content,
      zone = config.time_zone, language = req.lang }, once.parse(typed.once))
  end
  if added then
    return added_page(req, found, added)
  elseif message then
    return nil, message, kind
  end
  return with_gathering(req, function(now)
    now.state = now.state == "open" and "full" or now.state -- it was when we tried
    return letter_page(req, now, typed, { status = 409 })
  end)
end

--- A code alone shows the form.
local function submit(req)
  return with_gathering(req, function(found)
    local sent = req.form.content ~= nil and req.form["do"] ~= "language"
    local typed = { name = form.lines(req.form.name or ""), content = form.lines(req.form.content or ""),
      once = req.form.once }
    if sent then
      return add(req, found, typed)
    end
    return letter_page(req, found, typed, {})
  end)
end

local function undo(req)
  local done, message, kind = gathering.take_back(req.form.token)
  if done == nil then
    return nil, message, kind
  elseif not done then
    return fault.page(req, 409, { title = req.t("undo.too_late_title"), message = req.t("add.too_late") })
  end
  return with_gathering(req, function(found)
    return letter_page(req, found, { name = "", content = "" }, { taken_back = true })
  end)
end

--- "Your letter is in", in another language.
local function added_again(req)
  local created_at = gathering.written_at(req.form.token)
  return with_gathering(req, function(found)
    if not created_at then
      return letter_page(req, found, { name = "", content = "" }, {})
    end
    return added_page(req, found, { token = req.form.token, created_at = created_at })
  end)
end

--- The letter before it closes: how many there are so far, and with the key in it the way for the others.
letter.fills("closing", function(context, row, contents, t)
  local standing, message = gathering.of_capsule(row.capsule_id)
  if not standing then
    error(message or "its capsule takes no letters", 0)
  end
  context.letters, context.closes_text = standing.letters, moment.text(t, standing.closes_at, contents.zone)
  local takes_more = standing.closes_at > clock.now() and standing.letters < standing.most -- the letter may be late
  context.add_link = takes_more and contents.key and capsules.add_link(contents.key) or nil
end)

return function(app)
  app:get("add", { "/add", "/add/" }, show)
  app:get("add.again", "/add/letter", function()
    return reply.redirect(app:url("add"))
  end)
  app:post("add.letter", "/add/letter", submit, limits.of(limits.CAPSULE, "put"))
  fault.of_post("add.letter", { reads = "language", form = "/add" })
  app:post("add.added", "/add/added", added_again, limits.of(limits.SMALL, "put"))
  fault.of_post("add.added", { reads = "", form = "/add" })
  app:post("add.undo", "/add/undo", undo, limits.of(limits.SMALL, "put"))
  fault.of_post("add.undo", { form = "/add" })
end
