--- What the reader of a letter says about further ones: yes, or no more.
---
--- The token in the link is the authority, and nothing writes it down.  Looking at the page does
--- nothing, because programs follow the links of letters before people do; RFC 8058's one click is a
--- post to the link itself.
local config = require("host").config
local metrics = require("host.metrics")
local reply = require("web.reply")
local mailbox = require("reminder.mailbox")
local fault = require("routes.faults")

local function page(req, state, status)
  local token = req.form.t or req.query.t
  return reply.no_store(reply.html(req, "pages/confirm", {
    state = state,
    confirm_first = config.confirm_addresses,
    token = token,
    keep = "t=" .. token .. "&",
  }, { status = status or 200 }))
end

--- Whom the request may speak for, or the page that says so.
local function authority(req)
  local address_hash = mailbox.read_token(req.form.t or req.query.t)
  if address_hash then
    return address_hash
  end
  return nil, fault.page(req, 404, { message = req.t("confirm.bad_token") })
end

local function show(req)
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
  if wish ~= "stop" and wish ~= "confirm" then
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
  app:post("confirm.submit", "/confirm", submit)
  app:take_foreign(function(req)
    return req.path == "/confirm" and is_one_click(req)
  end)
end
