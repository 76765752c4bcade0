--- Signing in to the admin's pages, by a token or by a one-time link, and out.
local metrics = require("host.metrics")
local reply = require("web.reply")
local status = require("web.status")
local access = require("admin.access")
local audit = require("admin.audit")
local token = require("admin.token")
local frame = require("routes.admin_frame")
local limits = require("routes.limits")
local form = require("text.form")

local function page(req, code, fault)
  local once = req.query.once or req.form.once or ""
  return reply.no_store(reply.html(req, "admin/sign_in", frame.context(req, nil, {
    once = once,
    languages_at = once:find("^%w+$") and "?once=" .. once .. "&" or "?",
    fault = fault or "",
  }), { status = code }))
end

local function show(req)
  local message, kind = access.find_away()
  if message then
    return page(req, status.of(kind), frame.away(req, message))
  end
  return page(req, 200)
end

--- The token that was typed, or else the link that was followed.
local function judge(req)
  local typed = form.trim(req.form.token or "")
  if typed ~= "" then
    return access.judge(req, typed, token.find)
  end
  return access.judge(req, req.form.once, token.take_link)
end

local function sign_in(req)
  local who, message, kind = judge(req)
  if message then
    return page(req, status.of(kind), frame.away(req, message))
  elseif not who then
    local linked = (req.form.once or "") ~= "" and (req.form.token or "") == ""
    req.form.once = nil
    return page(req, 403, req.t(linked and "sign_in.used" or "sign_in.wrong"))
  end
  local rep = reply.no_store(reply.redirect("/"))
  local begun
  begun, message, kind = access.session:begin(req, rep, { id = who.id, name = who.name, role = who.role,
    sessions = who.sessions })
  if not begun then
    return nil, message, kind
  end
  metrics.counter("tc_admin_sign_ins_total", { outcome = "good" })
  audit.record(who, "sign_in", who.role, "done")
  return rep
end

local function sign_out(req)
  local rep = reply.no_store(reply.redirect("/sign-in"))
  if access.session:open(req) and access.session:is_own(req) then
    if not access.sign_out(req) then
      rep = page(req, 200, req.t("sign_in.out_later"))
    end
    access.session:finish(req, rep)
  end
  return rep
end

return function(app)
  app:get("admin.sign_in", "/sign-in", show)
  app:post("admin.sign_in.submit", "/sign-in", sign_in, limits.of(limits.SMALL))
  app:post("admin.sign_out", "/sign-out", sign_out, limits.of(limits.SMALL))
end
