--- The API: the same rules and the same store as the pages, in JSON.  Texts are untouched.
---
---   POST /api/v1/capsules        {name, to?, email?, opens_at, content, tips?, mail_key?, code?}
---                                201 {key, opens_at, url}; url is null without --public-url
---   POST /api/v1/capsules/open   {key}  200 {name, to?, content, opens_at, created_at}
---
--- Errors are application/problem+json: 400 no JSON object, 415 another content type, 422 with
--- `errors` by member, 403 before its time with `opens_at` and `tips`, 404 for every other key, 429
--- with Retry-After to a client that asks too often.
local clock = require("host.clock")
local json = require("host.json")
local metrics = require("host.metrics")
local reply = require("web.reply")
local events = require("capsule.events")
local fields = require("capsule.fields")
local instant = require("capsule.instant")
local key = require("capsule.key")
local once = require("capsule.once")
local rules = require("capsule.rules")
local capsules = require("routes.capsules")
local fault = require("routes.faults")
local put_page = require("routes.put_page")
local limits = require("routes.limits")

--- No question has more: members in all, and levels.
local ALLOWED = { depth = 4, entries = 64 }

--- The JSON object of a request, or the problem to answer with.
local function object_of(req)
  local sent = (req:header("Content-Type") or ""):lower():match("^%s*([^;%s]+)")
  if sent ~= "application/json" then
    return nil, fault.problem(req, 415, { detail = req.t("api.want_json") })
  end
  local body, _, kind = json.decode(req.body, ALLOWED)
  if kind == "limit" then
    return nil, fault.problem(req, 422, { detail = req.t("api.too_much", { max = ALLOWED.entries }) })
  end
  if type(body) ~= "table" or not req.body:find("^%s*{") then
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

local function created(placed)
  return reply.json({
    key = placed.key,
    opens_at = instant.to_api(placed.opens_at),
    url = capsules.link(placed.key) or json.null,
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
  local placed, more
  placed, message, kind, more = capsules.put(req, capsule, faults, fixed)
  if placed then
    return created(placed)
  elseif message then
    return nil, message, kind
  end
  return fault.problem(req, 422, { errors = put_page.messages(req, faults or more) })
end

local function not_yet(req, found)
  metrics.counter("tc_capsules_not_yet_total")
  return fault.problem(req, 403, {
    detail = req.t("api.not_yet"),
    opens_at = instant.to_api(found.opens_at),
    tips = found.note ~= "" and found.note or req.t("not_yet.default_note"),
  })
end

--- What a capsule holds for who asks for it under this key.
local function opened(req, found, capsule_key)
  metrics.counter("tc_capsules_opened_total")
  events.opened(found, capsule_key, req)
  local members = {
    name = found.name,
    to = found.to,
    content = found.content,
    opens_at = instant.to_api(found.opens_at),
    created_at = instant.to_api(found.created_at),
  }
  for _, field in ipairs(fields.added) do
    members[field.sent] = found.fields and found.fields[field.name] or ""
  end
  return reply.json(members)
end

local function open(req)
  local body, refusal = object_of(req)
  if not body then
    return refusal
  end
  if type(body.key) ~= "string" then
    return fault.problem(req, 422, { errors = { key = req.t("error.key_missing") } })
  end
  return capsules.answer(req, body.key, { not_yet = not_yet, opened = function(_, found)
    return opened(req, found, assert(key.parse(body.key)))
  end })
end

return function(app)
  app:post("api.put", "/api/v1/capsules", put, limits.of(limits.CAPSULE, "request", "put"))
  app:post("api.open", "/api/v1/capsules/open", open, limits.of(limits.SMALL, "request", "open"))
end
