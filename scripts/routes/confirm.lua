--- What the reader of a letter says about further ones: yes, or no more.
---
--- The token in the link is the authority, and nothing writes it down.  Looking at the page does
--- nothing, because programs follow the links of letters before people do; RFC 8058's one click is a
--- post to the link itself.
local metrics = require("host.metrics")
local reply = require("web.reply")
local mailbox = require("reminder.mailbox")
local fault = require("routes.faults")
local limits = require("routes.limits")
local form = require("text.form")

local function token_of(req)
  local token = req.form.t or req.query.t
  return token and form.trim(token)
end

--- What a post says once more, to see the same page in another language.
local AGAIN = { stopped = "stop", confirmed = "confirm" }

local function page(req, state, status)
  local token = token_of(req)
  return reply.no_store(reply.html(req, "pages/confirm", {
    state = state,
    confirm_first = mailbox.ASKS_FIRST,
    token = token or "",
    again = AGAIN[state] or "look",
    languages_at = token and "?t=" .. token .. "&" or "?",
  }, { status = status or 200 }))
end

--- Whom the request may speak for, or the page that says so.
local function authority(req)
  local address_hash = mailbox.read_token(token_of(req))
  if address_hash then
    return address_hash
  end
  return nil, fault.page(req, 404, { title = req.t("confirm.bad_token"), message = req.t("confirm.bad_token_advice") })
end

--- Without a token the page asks for the code that letters carry where there is no link.
local function show(req)
  if not token_of(req) then
    return page(req, "code")
  end
  local address_hash, refusal = authority(req)
  return address_hash and page(req, "asked") or refusal
end

--- RFC 8058's, which mail programs send from wherever they are.
local function is_one_click(req)
  return req.form["List-Unsubscribe"] == "One-Click"
end

local function submit(req)
  local address_hash, refusal = authority(req)
  if not address_hash then
    return refusal
  end
  local wish = is_one_click(req) and "stop" or req.form["do"]
  if wish == "look" then
    return page(req, "asked") -- a code, typed
  elseif wish ~= "stop" and wish ~= "confirm" then
    return page(req, "asked", 422)
  end
  local act = wish == "stop" and mailbox.stop or mailbox.confirm
  local letters, message, kind = act(address_hash)
  if not letters then
    return nil, message, kind
  end
  metrics.counter("tc_mailbox_choices_total", { choice = wish })
  return page(req, wish == "stop" and "stopped" or "confirmed")
end

return function(app)
  app:get("confirm", "/confirm", show)
  app:post("confirm.submit", "/confirm", submit, limits.of(limits.SMALL))
  fault.of_post("confirm.submit", { reads = "look" })
  app:take_foreign(function(req)
    return req.path == "/confirm" and is_one_click(req)
  end)
end
