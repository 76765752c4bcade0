--- The application object: routes, hooks and error pages on one side, the host's request and reply on the other.
---
---   local app = require("web").app()
---   app:get("home", "/", handler)                    a route: name, path or spellings, handler
---   app:post("send", "/send", handler, { body = 4096, rates = { rate } })
---                                                    … that takes so many bytes, and from each client so often
---   app:group("/admin", function(g) … g:get("admin", "/", handler) … end)
---   app:before(fn)   app:after(fn)   app:on_error(fn)   app:on_failure(fn)
---   app:load("routes.pages")                         a script that returns function(app)
---   app:build()                                      last, while loading: raises every fault at once
---   app:build(nil, other)                            the same, with a second application beside it
---   app:handle(req)                                  each request
---   require("web").check(function() assert(…) end)   a self-test, run when everything is loaded
---
--- A request passes: language → the refusal the message deserves → 429 to who asks too often → 403 to what another
--- site's page sent → `before` hooks → group hooks → handler → `after` hooks → whether it may be kept.  What goes wrong
--- on the way becomes `on_error`'s reply; nothing raises out of `handle`, and each failure of ours is logged once; what
--- the world repeats (io, timeout, limit) once a minute.
local blame = require("web.blame")
local constant = require("text.constant")
local events = require("web.events")
local helpers = require("web.helpers")
local statuses = require("web.status")
local host = require("host")
local i18n = require("text.i18n")
local language = require("web.language")
local link = require("web.link")
local loading = require("web.loading")
local log = require("host.log")
local news = require("web.news")
local origin = require("web.origin")
local protect = require("web.protect")
local reply = require("web.reply")
local route_options = require("web.options")
local router = require("web.router")
local security = require("web.security")
local serving = require("web.serving")
local template = require("text.template")

local M = {}

local sessions = serving.sessions
local error_reply -- below

---@class web.App
---@field router web.Router
local App = route_options.strict("an app", {})
App.__index = App

---@class web.Group what `group` gives: registers routes below a prefix, with hooks of its own
local Group = route_options.strict("a group", {})
Group.__index = Group

--- An application without routes.
---@param logger { debug: function, error: fun(message: string, fields: table?) }? host.log when absent
---@return web.App
---@example #web.app():routes() --> 0
function M.app(logger)
  return setmetatable({ router = router.new(), befores = {}, afters = {}, faults = {}, built = false,
    news = news.new(), log = logger or log, lacks_routes = false, error_page = false, failure_page = false,
    is_developer = false, takes_foreign = false }, App)
end

-- Registering -----------------------------------------------------------------------------------------------------

local HERE = debug.getinfo(1, "S").source

--- Where the script that is calling us stands.
local function caller()
  local level = 2
  local info = debug.getinfo(level, "Sl")
  while info and (info.source == HERE or info.what == "C") do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  return info and info.source:gsub("^@", "") or "?", info and info.currentline or 0
end

--- A spelling below a prefix: "/" of a group "/admin" is "/admin/".
local function below(prefix, paths)
  local list = {}
  for i, path in ipairs(type(paths) == "table" and paths or { paths }) do
    list[i] = type(path) == "string" and prefix .. path or path
  end
  return list
end

--- Declares a self-test: `fn()` is called when everything has been loaded.  What it raises (`assert`, `error`) refuses
--- the generation, with file and line.  Nothing may wait in it.
---@param fn fun()
---@loading web.check(function() assert(1 + 1 == 2, "arithmetic") end)
function M.check(fn)
  if type(fn) ~= "function" then
    error("web.check takes a function", 2)
  end
  loading.add_check(fn, ("%s:%d"):format(caller()))
end

local function register(app, group, method, name, paths, handler, options)
  if not app then
    error(("call it with a colon: app:%s(name, path, handler)"):format(method:lower()), 3)
  end
  if app.built then
    error("a route is registered while loading, before app:build()", 3)
  end
  if type(name) ~= "string" or type(handler) ~= "function" then
    error("a route takes a name, a path and a handler function", 3)
  end
  options = route_options.of_route(name, options)
  local file, line = caller()
  local route = { name = name, method = method, paths = below(group and group.prefix or "", paths), handler = handler,
    file = file, line = line, group = group, body = options.body, rates = options.rates }
  table.move(app.router:add(route), 1, #route.paths + 1, #app.faults + 1, app.faults) -- of each path, and the name
end

for _, method in ipairs({ "get", "post", "put", "patch", "delete" }) do
  App[method] = function(self, name, paths, handler, options)
    register(getmetatable(self) == App and self, nil, method:upper(), name, paths, handler, options)
  end
  Group[method] = function(self, name, paths, handler, options)
    register(getmetatable(self) == Group and self.app, self, method:upper(), name, paths, handler, options)
  end
end

local function open_group(app, parent, prefix, fill)
  fill(setmetatable({ app = app, parent = parent or false, befores = {},
    prefix = (parent and parent.prefix or "") .. prefix }, Group))
end

--- Registers routes below `prefix` in `fill(group)`; a group has get … delete, group, before and protect.
---@param prefix string
---@param fill fun(group: web.Group)
---@example app:group("/wall", function(group) group:get("site.wall", "/new", print) end)
---@example app:url("site.wall") --> "/wall/new"
function App:group(prefix, fill)
  open_group(self, nil, prefix, fill)
end

--- The same below this group's prefix, behind its hooks.
---@example app:group("/a", function(group) group:group("/b", function(g) g:get("deep", "", print) end) end)
---@example app:url("deep") --> "/a/b"
function Group:group(prefix, fill)
  open_group(self.app, self, prefix, fill)
end

local function with_trace(err)
  return host.message(err) .. "\n" .. host.traceback(err)
end

--- Requires a script that returns `function(app)` or `{ api = 1, function(app) … end }`; `build` tells what goes wrong.
---@param name string "routes.pages"
---@loading app:load("site.more") -- scripts/site/more.lua returns function(app)
function App:load(name)
  local ok, extend = xpcall(require, with_trace, name)
  ok, extend = loading.written_for(name, ok, extend)
  if ok and type(extend) == "function" then
    ok, extend = xpcall(extend, with_trace, self)
  elseif ok then
    local path = ("scripts/%s.lua"):format(name:gsub("%.", "/"))
    ok, extend = false, (host.origin(path) or path) .. ":1: it returns a function that is given the app"
  end
  if not ok then
    self.faults[#self.faults + 1] = extend
    self.lacks_routes = true
  end
end

--- `fn(…)` is called when something happens, such as "capsule.put": docs/customising.md has the events.
---@param name string
---@param fn function
---@loading app:on("capsule.put", function(capsule) assert(capsule.opens_at) end)
function App:on(name, fn) -- luacheck: no unused args
  events.on(name, fn, 2)
end

--- `fn(req)` runs before every handler (and before a 404); a reply that it returns is the answer.
---@param fn fun(req: request): reply?, string?, host.kind?
---@example app:before(function(req) req.started = require("host.clock").monotonic() end)
function App:before(fn)
  self.befores[#self.befores + 1] = fn
end

--- The same before the group's handlers only.
---@example app:group("/wall", function(group) group:before(function(req) req.of_wall = true end) end)
function Group:before(fn)
  self.befores[#self.befores + 1] = fn
end

--- What acts below the group must come from a form of ours with `<%- csrf() %>` in it: see web/protect.lua.
---@param session web.Session? whose forms; every visitor's when absent
---@example app:group("/wall", function(group) group:protect() end)
function Group:protect(session)
  self:before(protect.hook(session))
end

--- `fn(req)` tells whether this one may act although a page of another site sent it (kind "foreign" otherwise).
---@example app:take_foreign(function(req) return req.path == "/hook" end)
function App:take_foreign(fn)
  self.takes_foreign = fn
end

--- `fn(req, rep)` sees every reply, errors too, and returns the one to send.
---@param fn fun(req: request, rep: reply): reply
---@example app:after(function(_, rep) rep.headers["X-Site"] = "mine" return rep end)
function App:after(fn)
  self.afters[#self.afters + 1] = fn
end

--- `fn(req, status, kind, message, words)` makes the reply of every error that no handler rendered, without a database,
--- which may be what failed.  `message` is for developers, `words` (of reply.error) for everybody.
---@example app:on_error(function(_, status, _, _, words) return { status = status, body = words or "sorry" } end)
function App:on_error(fn)
  self.error_page = fn
end

--- For a reader whom `is_developer(req)` tells, `fn(req, status, why)` makes the reply of every failure of ours (500
--- and above) instead of `on_error`'s, with a message, maybe with stacks; `on_error` finds the message of a refusal as
--- `req.why`.
---@example app:on_failure(function(_, _, why) return { status = 500, body = why } end, function(r) return r.admin end)
function App:on_failure(fn, is_developer)
  self.failure_page, self.is_developer = fn, is_developer
end

--- The path of a route as a browser asks for it: its first spelling, with `params` in it.
---@example app:get("site.sentence", "/wall/:id", print)
---@example app:url("site.sentence", { id = 7 }) --> "/wall/7"
function App:url(name, params)
  return link.prefix .. self.router:url(name, params)
end

--- What the host judges heads by, too: a body is kept for the routes of this list alone.
---@return { method: string, path: string, name: string, file: string, line: integer, body: integer?, rates: table? }[]
---@example app:get("site.wall", "/wall", print)
---@example app:routes()[1].path --> "/wall"
function App:routes()
  local list = {}
  for _, route in ipairs(self.router.list) do
    for _, path in ipairs(route.paths) do
      list[#list + 1] = { method = route.method, path = path, name = route.name, file = route.file, line = route.line,
        body = type(route.body) == "function" and route.body() or route.body, rates = route.rates }
    end
  end
  return list
end

-- Building --------------------------------------------------------------------------------------------------------

--- The hooks of a route's groups, the outermost first; nil when there are none.
local function chain_of(group)
  local chain = {}
  while group do
    table.move(chain, 1, #chain, #group.befores + 1)
    table.move(group.befores, 1, #group.befores, 1, chain)
    group = group.parent
  end
  return chain[1] and chain or nil
end

--- Adds to `places` the paths that are an app's whatever a visitor asks for.
local function finish_routes(app, places)
  for _, route in ipairs(app.router.list) do
    route.chain = chain_of(route.group)
    for _, path in ipairs(route.paths) do
      places[path] = not path:find("[:*]") or nil
    end
  end
  app.built = true
end

--- What reply.error asks.
local function sayer(app)
  return function(req, status, words, kind) return error_reply(app, req, status, kind, nil, words) end
end

--- Ends the load phase: reads locales and templates, resolves every name in them, runs the self-tests.  All faults
--- are raised together, an array of lines, each with its file and line.
---@param files web.Files? where to read; the host when absent
---@param beside web.App? a second application (the admin listener's), which speaks and shows what this one does:
---       `url` in a template knows this one's routes only
function App:build(files, beside)
  files = files or host
  local faults = table.move(self.faults, 1, #self.faults, 1, {})
  if beside then
    table.move(beside.faults, 1, #beside.faults, #faults + 1, faults)
  end
  local scripts = loading.scripts(files)
  local translations = i18n.build(loading.locales(files, faults), scripts, template.escape, faults, not host.judges)
  local given = helpers.of(self, translations, files.asset)
  local sources, origins = loading.templates(files)
  local templates = template.build(sources, translations.languages, given, faults, origins, not host.judges)
  loading.check_templates(scripts, sources, faults)
  loading.check_settings(scripts, faults)
  loading.refuse(faults)
  local places = {}
  finish_routes(self, places)
  if beside then
    finish_routes(beside, places)
  end
  for _, warning in ipairs(host.judges and translations.warnings or {}) do
    self.log.warn(warning)
  end
  i18n.install(translations)
  template.install(templates, places)
  serving.install(sayer(self), sayer(beside or self))
  loading.run_checks(faults)
  loading.refuse(faults)
  constant.close()
end

-- Answering -------------------------------------------------------------------------------------------------------

--- Runs at the place of the error, while its stack is there.
local function keep_trace(err)
  return { message = host.message(err), trace = host.traceback(err) }
end

--- A reply that needs nothing but itself.
local function last_resort(status)
  return reply.text(("%d %s\n"):format(status, statuses.title(status)), status)
end

--- What one of the application's error pages returns, or nil when it fails.
local function try_page(app, page, req, status, ...)
  local ok, rep = xpcall(page, keep_trace, req, status, ...)
  if ok and type(rep) == "table" then
    return rep
  end
  app.log.error("the error page failed", { status = status,
    error = ok and "it returned no reply" or rep.message, trace = not ok and rep.trace or nil })
  return nil
end

--- The reply of an error: the application's page, or a line of text when that fails too.
function error_reply(app, req, status, kind, message, words)
  local rep
  local is_developer = app.failure_page and app.is_developer(req)
  req.why = is_developer and message or nil
  if is_developer and status >= 500 then
    rep = try_page(app, app.failure_page, req, status, message)
  elseif app.error_page then
    rep = try_page(app, app.error_page, req, status, kind, message, words)
  elseif reply.wants_json(req) then
    rep = reply.problem(status)
  end
  rep = rep or last_resort(status)
  rep.status = rep.status or status
  rep.headers = security.spell(rep.headers or {})
  return rep
end

--- An error that nobody rendered.  Tells the client when to come back.
local function fail(app, req, status, kind, message, retry_after)
  local rep = error_reply(app, req, status, kind, message)
  local wait = retry_after or statuses.retry_after(rep.status)
  if wait and not rep.headers["Retry-After"] then
    rep.headers["Retry-After"] = ("%d"):format(wait)
  end
  return rep
end

--- The reply to what `who`, a route or a hook, returned instead of one.
local function refuse(app, req, who, message, kind)
  message = message ~= nil and tostring(message) or nil
  local status, retry_after = statuses.of(kind)
  if not status then
    error(("%s returned the unknown kind '%s'; there are %s"):format(blame.title(who, "a before hook"), tostring(kind),
      statuses.kinds()), 0)
  elseif status < 500 then
    app.log.debug("a handler refused", { kind = kind, error = message })
  elseif app.news:is(kind, message or "") then
    app.log.error("a handler failed", { kind = kind, error = message })
  end
  return fail(app, req, status, kind, message, retry_after)
end

--- The first reply that one of `hooks` gives, or nil.
local function first_reply(app, req, hooks)
  for i = 1, #hooks do
    local rep, message, kind = hooks[i](req)
    if rep then
      return blame.check(rep, hooks[i], "a before hook")
    elseif message ~= nil then
      return refuse(app, req, hooks[i], message, kind)
    end
  end
  return nil
end

local function unrouted(app, req, allow)
  if req.method == "OPTIONS" and (allow or req.path == "*") then
    return reply.empty({ Allow = allow or "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" })
  end
  if not allow then
    return fail(app, req, 404, "missing", "there is no such page")
  end
  local rep = fail(app, req, 405, "input", "this page does not take " .. tostring(req.method))
  rep.headers["Allow"] = allow
  return rep
end

--- Everything between the request and its reply; may raise.
local function answer(app, req, is_good)
  local route, params, allow = app.router:find(req.method, req.path, req.target)
  if route then
    req.route = route.name
  end
  if params then
    req.params = params
  end
  if not is_good and req.refused then
    return fail(app, req, req.refused, "input", req.refusal)
  elseif not is_good and req.over then
    return fail(app, req, 429, "limit", "this client asks too often", req.wait)
  elseif origin.is_foreign(req) and not (app.takes_foreign and app.takes_foreign(req)) then
    return fail(app, req, 403, "foreign", "a page of another site sent this")
  end
  local rep = app.befores[1] and first_reply(app, req, app.befores)
  if rep then
    return rep
  elseif not route then
    return unrouted(app, req, allow)
  end
  rep = route.chain and first_reply(app, req, route.chain)
  if rep then
    return rep
  end
  local message, kind
  rep, message, kind = route.handler(req)
  if rep or message == nil and kind == nil then
    return blame.check(rep, route)
  end
  return refuse(app, req, route, message, kind)
end

-- What these answer may be kept, unless it is an error.
local KEPT = { GET = true, HEAD = true }

--- What nobody can forget: errors and answers to a post are not kept, unless they say themselves who may.
local function guard(req, rep)
  local headers = rep.headers
  if not headers["Cache-Control"] and not (KEPT[req.method] and (rep.status or 200) < 400) then
    headers["Cache-Control"] = "no-store"
  end
  return rep
end

--- What every reply gets.
local function finish(app, req, rep, asked)
  for i = 1, #app.afters do
    rep = blame.check(app.afters[i](req, rep), app.afters[i], "an after hook")
  end
  rep.headers = security.spell(rep.headers or {})
  if sessions[req] then
    protect.keep(req, rep)
  end
  guard(req, rep)
  if asked then
    language.keep(req, rep, asked)
  end
  return rep
end

local function respond(app, req, is_good)
  local asked = language.attach(req)
  return finish(app, req, answer(app, req, is_good), asked)
end

--- Answers a request.  Never raises for a fault of a handler, hook or template: that is a 500, logged once.
---@param req table
---@param is_good boolean? is it known that the host has neither refused it nor found it over a rate?
---@return table reply
function App:handle(req, is_good)
  if not self.built then
    error("app:build() ends the load phase; it was not called", 2)
  end
  local ok, rep = xpcall(respond, keep_trace, self, req, is_good)
  if ok then
    return rep
  end
  local err = type(rep) == "table" and rep or { message = tostring(rep), trace = "" } -- keep_trace itself failed
  local message = blame.at_caller(err.message, err.trace, self.router.by_name[req.route])
  self.log.error("a handler raised", { error = message, trace = err.trace })
  return self:failed(req, 500, nil, message .. "\n" .. err.trace)
end

--- The reply to a request that the host gave up (500, 503).  Uses no hook and no database; logs nothing, since
--- whoever noticed the failure did.
---@param req table
---@param status integer
---@param kind string?
---@param why string? for developers
---@return table reply
function App:failed(req, status, kind, why)
  if not req.lang then
    language.attach(req)
  end
  return guard(req, fail(self, req, status, kind, why))
end

return M
