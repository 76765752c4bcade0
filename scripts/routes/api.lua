--- The API: the same rules and the same store as the pages, in JSON.  Texts are untouched.
---
---   POST /api/v1/capsules        {name, to?, email?, opens_at, content, tips?, mail_key?, code?, gather?}
---                                201 {key, opens_at, url, code?}; url is null without --public-url
---   POST /api/v1/capsules/open   {key, after?}  200 {name, to?, content, opens_at, created_at, letters?, after?}
---   POST /api/v1/letters         {code, name, content}  201 {created_at, opens_at}
---
--- Errors are application/problem+json: 400 no JSON object, 415 another content type, 422 with
--- `errors` by member, 403 before its time with `opens_at` and `tips`, 404 for every other key or code, 409
--- for a gathering that is closed or full, 429 with Retry-After to a client that asks too often.
local clock = require("host.clock")
local json = require("host.json")
local metrics = require("host.metrics")
local reply = require("web.reply")
local events = require("capsule.events")
local fields = require("capsule.fields")
local gathering = require("capsule.gathering")
local gathering_rules = require("capsule.gathering_rules")
local instant = require("capsule.instant")
local once = require("capsule.once")
local room = require("capsule.room")
local rules = require("capsule.rules")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local full_day = require("routes.full_day")
local put_page = require("routes.put_page")
local limits = require("routes.limits")

local JSON = "application/json"
local BRACE = ("{"):byte()

--- No question has more: members in all, and levels.
local ALLOWED = { depth = 4, entries = 64 }

--- Its media type may be spelt otherwise, and have parameters.
local function sends_json(req)
  local sent = req:header("Content-Type")
  return sent == JSON or sent and sent:lower():match("^%s*([^;%s]+)") == JSON
end

--- The JSON object of a request, or the problem to answer with.
local function object_of(req)
  if not sends_json(req) then
    return nil, fault.problem(req, 415, { detail = req.t("api.want_json") })
  end
  local text = req.body
  local body, _, kind = json.decode(text, ALLOWED)
  if kind == "limit" then
    return nil, fault.problem(req, 422, { detail = req.t("api.too_much", { max = ALLOWED.entries }) })
  end
  if type(body) ~= "table" or text:byte() ~= BRACE and not text:find("^%s*{") then
    return nil, fault.problem(req, 400, { detail = req.t("api.want_object") })
  end
  return body
end

--- The key of a request with an Idempotency-Key; nil without one, false for one that is none; nil and
--- a message where the database fails.
local function fixed_key(req, body)
  local header = req:header("Idempotency-Key")
  if not header then
    return nil
  end
  local token = once.from_header(header, req.client)
  if not token then
    return false
  end
  return once.key(token, body, fields.sent_by("api"))
end

local function created(placed, capsule)
  return reply.json({
    key = placed.key,
    opens_at = instant.to_api(placed.opens_at),
    url = capsules.link(placed.key) or json.null,
    code = capsule.gather and gathering.code(placed.key) or nil,
  }, 201)
end

local function put(req)
  local body, refusal = object_of(req)
  if not body then
    return refusal
  end
  local fixed, message, kind = fixed_key(req, body)
  if message then
    return nil, message, kind
  elseif fixed == false then
    return fault.problem(req, 400, { detail = req.t("api.idempotency_key") })
  end
  local capsule, faults = rules.api(body, clock.now())
  if not faults and not room.today() then
    return full_day.problem(req)
  end
  local placed, more
  placed, message, kind, more = capsules.put(req, capsule, faults, fixed)
  if placed then
    return created(placed, capsule)
  elseif message then
    return nil, message, kind
  end
  return fault.problem(req, 422, { errors = put_page.messages(req, faults or more) })
end

local function not_yet(req, found)
  metrics.counter("tc_capsules_not_yet_total")
  local standing, message, kind
  if found.gathers then
    standing, message, kind = gathering.of_capsule(found.id)
  end
  if message then
    return nil, message, kind
  end
  return fault.problem(req, 403, {
    detail = req.t("api.not_yet"),
    opens_at = instant.to_api(found.opens_at),
    tips = found.note ~= "" and found.note or req.t("not_yet.default_note"),
    letters = standing and standing.letters,
  })
end

--- Letters of others, as members of an answer.
local function add_letters(members, capsule_key, after)
  local part, message, kind = gathering.letters(capsule_key, after)
  if not part then
    return nil, message, kind
  end
  members.letters, members.after = json.array({}), part.after
  members.damaged = part.damaged > 0 and part.damaged or nil
  for i, letter in ipairs(part.letters) do
    members.letters[i] = { name = letter.name, content = letter.content,
      created_at = instant.to_api(letter.created_at) }
  end
  return members
end

--- What a capsule holds for who asks for it under its key; with `after` the next part of its letters.
local function opened(req, found, after)
  if not after then
    metrics.counter("tc_capsules_opened_total")
    events.opened(found, req)
  end
  local members = {
    name = found.name,
    to = found.to,
    content = found.content,
    opens_at = instant.to_api(found.opens_at),
    created_at = instant.to_api(found.created_at),
  }
  for i = 1, #fields.added do
    local field = fields.added[i]
    members[field.sent] = found.fields and found.fields[field.name] or ""
  end
  if found.gathers then
    local done, message, kind = add_letters(members, found.key, after)
    if not done then
      return nil, message, kind
    end
  end
  return reply.json(members)
end

local ANSWERS = { opened = opened, not_yet = not_yet }

local function open(req)
  local body, refusal = object_of(req)
  if not body then
    return refusal
  end
  if type(body.key) ~= "string" then
    return fault.problem(req, 422, { errors = { key = req.t("error.key_missing") } })
  end
  return capsules.answer(req, body.key, ANSWERS, type(body.after) == "string" and body.after or nil)
end

--- What is wrong with a letter that somebody adds.
local function letter_faults(body)
  local faults = {}
  for _, name in ipairs({ "code", "name", "content" }) do
    faults[name] = body[name] ~= nil and type(body[name]) ~= "string" and { "error.not_text" } or nil
  end
  for name in pairs(body) do
    if name ~= "code" and name ~= "name" and name ~= "content" then
      faults[#tostring(name) <= 64 and tostring(name) or "…"] = { "error.unknown" }
    end
  end
  return next(faults) and faults or gathering_rules.letter(body.name or "", body.content or "")
end

--- The gathering of a posted code; nil and an answer where there is none to add to.
local function gathering_of(req, code)
  local found, message, kind = gathering.find(code)
  if message then
    return nil, nil, message, kind
  elseif not found then
    return nil, fault.problem(req, 404, { detail = req.t("add.unknown") })
  elseif found.state == "broken" then
    return nil, fault.broken(req, { id = found.capsule_id })
  end
  return found
end

--- It took the letter no more when we tried: closed or full since it was found, or gone.
local function refused(req, code)
  local found, answer, message, kind = gathering_of(req, code)
  if not found then
    return answer, message, kind
  end
  return fault.problem(req, 409, { detail = req.t(found.state == "closed" and "add.closed" or "add.full") })
end

--- Adds a letter that is in order.
local function write_letter(req, found, body)
  local header = req:header("Idempotency-Key")
  local token = header and once.from_header(header, req.client)
  if header and not token then
    return fault.problem(req, 400, { detail = req.t("api.idempotency_key") })
  end
  local added, message, kind = gathering.add(body.code, found, { name = body.name or "", content = body.content,
    zone = "UTC", language = req.lang }, token)
  if added then
    return reply.json({ created_at = instant.to_api(added.created_at), opens_at = instant.to_api(found.opens_at) }, 201)
  elseif message then
    return nil, message, kind
  end
  return refused(req, body.code)
end

local function add(req)
  local body, refusal = object_of(req)
  if not body then
    return refusal
  end
  local faults = letter_faults(body)
  if faults then
    return fault.problem(req, 422, { errors = put_page.messages(req, faults) })
  end
  local good, message, kind = room.on_disk()
  if not good then
    return nil, message, kind
  end
  local found, answer
  found, answer, message, kind = gathering_of(req, body.code)
  if not found then
    return answer, message, kind
  end
  return write_letter(req, found, body)
end

return function(app)
  app:post("api.put", "/api/v1/capsules", put, limits.of(limits.CAPSULE, "request", "put"))
  app:post("api.add", "/api/v1/letters", add, limits.of(limits.CAPSULE, "request", "put"))
  app:post("api.open", "/api/v1/capsules/open", open, limits.of(limits.SMALL, "request", "open"))
  fault.of_post("api.open", { reads = "" })
end
