--- How a page of the admin's is answered: the same data as HTML (`/nodes`) and as JSON (`/nodes.json`), and its acts
--- (`POST /nodes/NAME`), after which the page is shown again with what came of it.
local log = require("host.log")
local reply = require("web.reply")
local status = require("web.status")
local access = require("admin.access")
local page = require("admin.page")
local frame = require("routes.admin_frame")
local limits = require("routes.limits")

local M = {}

local function wants_json(req)
  if req.path:find("%.json$") or reply.wants_json(req) then
    return true
  end
  return req.bearer and not (req:header("Accept") or ""):find("text/html", 1, true)
end

-- Who may -----------------------------------------------------------------------------------------------------------

local function refuse(req, code, words)
  return frame.fault(req, code, req.t(words), code == 401 and { ["WWW-Authenticate"] = "Bearer" } or nil)
end

local function reads(req)
  return req.method == "GET" or req.method == "HEAD"
end

--- A `before` hook: lets in who has signed in; those who may read alone do nothing else.
---@param req table
---@return table? reply
---@return string? message
---@return string? kind
function M.enter(req)
  local who, message, kind = access.who(req)
  if message then
    return frame.fault(req, status.of(kind), frame.away(req, message))
  elseif not who then
    if reads(req) and not wants_json(req) then
      return reply.no_store(reply.redirect("/sign-in"))
    end
    return refuse(req, 401, "sign_in.needed")
  end
  req.who = who
  if reads(req) then
    return nil
  elseif who.role ~= "admin" then
    return refuse(req, 403, "sign_in.reader")
  elseif not req.bearer and not access.session:is_own(req) then
    return refuse(req, 403, "sign_in.stale")
  end
  return nil
end

-- Answering ---------------------------------------------------------------------------------------------------------

--- The page, with what came of an act; where its data cannot be had, that is said in its place.
local function render(req, shown, said, asked)
  local data, message, kind = shown.data(asked or req.query)
  local template, code = "admin/" .. shown.name, said.status or 200
  if not data then
    said.fault, template, code = page.words(message, req.t), "admin/away", status.of(kind)
    local tell = code == 500 and log.error or log.info -- what it answers by is no error of the server's
    tell("a page of the admin's failed", { page = shown.name, error = message })
    said.database_away = kind == "io" or kind == "timeout"
  end
  said.data = data
  return reply.no_store(reply.html(req, template, frame.context(req, shown.name, said), { status = code }))
end

local function show_json(shown)
  return function(req)
    local data, message, kind = shown.data(req.query)
    if not data then
      return frame.fault(req, status.of(kind), page.words(message, req.t))
    end
    return reply.no_store(reply.json(data))
  end
end

--- For a program: what came of it, and what is so `now`.
local function done_json(req, shown, done, message, kind, recorded)
  if not done then
    local code = status.of(kind)
    return frame.fault(req, code, page.words(message, req.t))
  end
  done.recorded = recorded
  done.said, done.now = req.t(done.key, done.args), shown.data(done.asked or req.form)
  done.key, done.args, done.asked = nil, nil, nil
  return reply.no_store(reply.json(done))
end

local function act(shown, name)
  return function(req)
    local done, message, kind, recorded = page.act(shown, name, req.form, req.who)
    if wants_json(req) then
      return done_json(req, shown, done, message, kind, recorded)
    end
    local said = done and { notice = req.t(done.key, done.args), done = done }
      or { fault = page.words(message, req.t), status = status.of(kind) }
    said.unrecorded = not recorded
    return render(req, shown, said, done and done.asked or req.form)
  end
end

--- Gives a page its routes.
---@param group web.Group
---@param shown admin.Page
function M.register(group, shown)
  local name = shown.name
  local first = frame.path_of(name) == "/"
  local json_path = "/" .. name .. ".json"
  local function show(req)
    if wants_json(req) then
      return show_json(shown)(req)
    end
    return render(req, shown, {})
  end
  group:get("admin." .. name, first and { "/", "/" .. name } or "/" .. name, show)
  group:get("admin." .. name .. ".json", json_path, show_json(shown))
  for act_name in pairs(shown.acts or {}) do
    local route = "admin." .. name .. "." .. act_name
    group:post(route, "/" .. name .. "/" .. act_name, act(shown, act_name), limits.of(limits.SMALL))
    group:get(route .. ".again", "/" .. name .. "/" .. act_name, function()
      return reply.redirect(frame.path_of(name)) -- the answer to a post was asked for again by its address
    end)
  end
end

return M
