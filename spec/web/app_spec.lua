local i18n = require("text.i18n")
local json = require("host.json")
local reply = require("web.reply")
local template = require("text.template")
local web = require("web")

local PAGE = "<p><%= lang %> <%= x %></p>"

--- Files as the host would give them.
local function files(more)
  local all = {
    ["scripts/locales/en.lua"] = 'return { ["hello"] = "Hello" }',
    ["scripts/locales/zh-CN.lua"] = 'return { ["hello"] = "你好" }',
    ["templates/page.html"] = PAGE,
  }
  for path, text in pairs(more or {}) do
    all[path] = text
  end
  return {
    list = function(prefix)
      local paths = {}
      for path in pairs(all) do
        paths[#paths + 1] = path:sub(1, #prefix) == prefix and path or nil
      end
      return paths
    end,
    read = function(path)
      return all[path]
    end,
    asset = function(path)
      return "/static/" .. path
    end,
  }
end

local function request(method, path, more)
  local req = {
    method = method,
    path = path,
    query = {},
    form = {},
    id = "r1",
    scheme = "http",
    header = function(self, name)
      return (self.headers or {})[name]
    end,
    cookie = function() end,
  }
  for name, value in pairs(more or {}) do
    req[name] = value
  end
  return req
end

describe("an application", function()
  local app, logged, before

  before_each(function()
    logged = {}
    app = web.app({ debug = function() end, error = function(message, fields)
      logged[#logged + 1] = { message = message, fields = fields }
    end })
    -- These specs run beside the real application: what building installs is put back afterwards.
    before = {}
    for name, module in pairs({ translations = i18n, templates = template }) do
      local install = module.install
      stub(module, "install").invokes(function(built)
        local old = install(built)
        before[name] = before[name] or { install, old }
      end)
    end
  end)

  after_each(function()
    i18n.install:revert()
    template.install:revert()
    for _, saved in pairs(before) do
      if saved[2] then
        saved[1](saved[2])
      end
    end
  end)

  --- Builds, answers one request.
  local function answer(method, path, more)
    if not app.built then
      app:build(files())
    end
    return app:handle(request(method, path, more))
  end

  local function ok()
    return reply.text("ok")
  end

  it("renders a page in the reader's language, with its headers", function()
    app:get("home", "/", function(req)
      return reply.html(req, "page", { x = "<" }, { status = 201, headers = { ["X-A"] = "b" } })
    end)
    local rep = answer("GET", "/", { headers = { ["Accept-Language"] = "zh" } })
    assert.equal(201, rep.status)
    assert.equal("<p>zh-CN &lt;</p>", reply.text_of(rep))
    assert.equal("b", rep.headers["X-A"])
    assert.equal("text/html; charset=utf-8", rep.headers["Content-Type"])
    assert.equal("Accept-Language, Cookie", rep.headers["Vary"])
  end)

  it("keeps a language that the address asks for", function()
    app:get("home", "/", ok)
    local rep = answer("GET", "/", { query = { lang = "zh-CN" }, scheme = "https" })
    assert.equal("lang=zh-CN; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly; Secure", rep.headers["Set-Cookie"])
    assert.is_nil(answer("GET", "/", { query = { lang = "klingon" } }).headers["Set-Cookie"])
  end)

  it("tells handler and log the route, and the parameters", function()
    local seen
    app:get("capsule", "/c/:id", function(req)
      seen = req
      return ok()
    end)
    answer("GET", "/c/7")
    assert.equal("capsule", seen.route)
    assert.same({ id = "7" }, seen.params)
  end)

  it("answers OPTIONS, and 405 with Allow", function()
    app:get("home", "/", ok)
    local options = answer("OPTIONS", "/")
    assert.equal(204, options.status)
    assert.equal("GET, HEAD, OPTIONS", options.headers["Allow"])
    local refused = answer("POST", "/")
    assert.equal(405, refused.status)
    assert.equal("GET, HEAD, OPTIONS", refused.headers["Allow"])
    assert.equal(204, answer("OPTIONS", "*").status)
    assert.equal(404, answer("OPTIONS", "/nowhere").status)
  end)

  it("gives every error to on_error once, and forbids to keep it", function()
    local seen = {}
    app:get("home", "/", ok)
    app:on_error(function(req, status, kind, message)
      seen[#seen + 1] = { req.path, status, kind, message }
      return reply.problem(status)
    end)
    local rep = answer("GET", "/nowhere")
    assert.same({ { "/nowhere", 404, "missing", "there is no such page" } }, seen)
    assert.equal("no-store", rep.headers["Cache-Control"])
    assert.is_nil(rep.headers["Retry-After"])
    assert.same({}, logged)
  end)

  it("forbids to keep errors and answers to a post, unless they say who may", function()
    app:get("page", "/page", ok)
    app:post("sent", "/page", ok)
    app:get("none", "/none", function()
      return reply.text("none", 404)
    end)
    app:post("kept", "/kept", function()
      return reply.text("for you", 200, { ["cache-control"] = "private" })
    end)
    local cases = {
      { "GET", "/page", nil }, { "HEAD", "/page", nil }, { "POST", "/page", "no-store" },
      { "GET", "/none", "no-store" }, { "POST", "/kept", "private" }, { "DELETE", "/page", "no-store" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], answer(case[1], case[2]).headers["Cache-Control"], case[1] .. " " .. case[2])
    end
  end)

  local kinds = {
    { "io", 503, "5", 1 }, { "timeout", 503, "5", 1 }, { "limit", 503, "2", 1 }, { "conflict", 409, nil, 0 },
    { "state", 409, nil, 0 }, { "input", 422, nil, 0 }, { "missing", 404, nil, 0 },
    { "policy", 503, "60", 1 }, { "nonsense", 500, nil, 1 },
  }
  for _, case in ipairs(kinds) do
    it(("answers %d to a handler that fails with '%s'"):format(case[2], case[1]), function()
      app:get("home", "/", function()
        return nil, "because", case[1]
      end)
      local rep = answer("GET", "/")
      assert.equal(case[2], rep.status)
      assert.equal(case[3], rep.headers["Retry-After"])
      assert.equal(case[4], #logged)
      assert.is_nil(rep.body:find("because", 1, true))
    end)
  end

  it("answers 500 to a handler that raises, logging route, message and trace once", function()
    app:get("home", "/", function()
      error("it broke")
    end)
    local rep = answer("GET", "/")
    assert.equal(500, rep.status)
    assert.equal("500 Internal Server Error\n", rep.body)
    assert.equal(1, #logged)
    assert.matches("app_spec.lua:%d+: it broke$", logged[1].fields.error)
    assert.matches("stack traceback", logged[1].fields.trace)
  end)

  for name, value in pairs({ ["a table"] = {}, ["nil"] = false, ["a bad object"] = setmetatable({}, {
    __tostring = function()
      error("worse")
    end,
  }) }) do
    it("survives a handler that raises " .. name, function()
      app:get("home", "/", function()
        error(value or nil)
      end)
      assert.equal(500, answer("GET", "/").status)
      assert.equal(1, #logged)
    end)
  end

  it("answers 500 to a template that fails, logging its line", function()
    app:get("home", "/", function(req)
      return reply.html(req, "page", {})
    end)
    assert.equal(500, answer("GET", "/").status)
    assert.equal("templates/page.html:1: undefined name 'x': hand it over, or read opt.x", logged[1].fields.error)
  end)

  it("answers 500 to a handler that returns nothing", function()
    app:get("home", "/", function() end)
    assert.equal(500, answer("GET", "/").status)
    assert.matches("app_spec.lua:%d+: the handler of 'home' returned nothing, not a reply", logged[1].fields.error)
  end)

  it("falls back to plain text when the error page fails too", function()
    app:on_error(function()
      error("no page")
    end)
    local rep = answer("GET", "/nowhere")
    assert.equal(404, rep.status)
    assert.equal("404 Not Found\n", rep.body)
    assert.equal(1, #logged)
    assert.matches("no page$", logged[1].fields.error)
  end)

  it("answers problem+json where that is wanted, without an error page", function()
    local rep = answer("GET", "/api/v1/nothing")
    assert.equal("application/problem+json", rep.headers["Content-Type"])
    assert.equal(404, json.decode(rep.body).status)
  end)

  it("answers what the message itself deserves before any handler", function()
    app:post("put", "/put", ok)
    local rep = answer("POST", "/put", { refused = 413, refusal = "the body is too long" })
    assert.equal(413, rep.status)
  end)

  it("answers what the host gave up", function()
    app:build(files())
    app:on_error(function(req, status)
      return reply.text(req.lang .. req.t("hello"), status)
    end)
    local rep = app:failed(request("GET", "/"), 503, "timeout")
    assert.equal(503, rep.status)
    assert.equal("enHello", reply.text_of(rep))
    assert.equal("5", rep.headers["Retry-After"])
    assert.same({}, logged)
  end)

  it("runs hooks in order, and a hook may answer", function()
    local trail = {}
    local function step(name)
      return function()
        trail[#trail + 1] = name
      end
    end
    app:before(step("app"))
    app:group("/admin", function(g)
      g:before(step("group"))
      g:group("/deep", function(deep)
        deep:before(step("deep"))
        deep:get("deep", "/x", ok)
      end)
      g:get("closed", { "", "/" }, ok)
      g:before(function(req)
        return req.path == "/admin/" and reply.text("closed", 403) or nil
      end)
    end)
    app:after(function(_, rep)
      trail[#trail + 1] = "after"
      rep.headers["X-After"] = "1"
      return rep
    end)
    assert.equal("1", answer("GET", "/admin/deep/x").headers["X-After"])
    assert.same({ "app", "group", "deep", "after" }, trail)
    assert.equal(403, answer("GET", "/admin/").status)
    assert.equal("/admin", app:url("closed"))
  end)

  it("answers the kind of a hook that fails", function()
    app:get("home", "/", ok)
    app:before(function()
      return nil, "no", "forbidden"
    end)
    assert.equal(403, answer("GET", "/").status)
  end)

  it("takes a handler's header for the one that it would add, whatever its case", function()
    app:get("home", "/", function()
      return { headers = { ["referrer-policy"] = "same-origin" }, body = "x" }
    end)
    local rep = answer("GET", "/")
    assert.equal("same-origin", rep.headers["Referrer-Policy"])
    assert.is_nil(rep.headers["referrer-policy"])
  end)

  it("lists its routes with their places", function()
    app:get("home", { "/", "/home" }, ok)
    local routes = app:routes()
    assert.equal(2, #routes)
    assert.matches("app_spec.lua$", routes[1].file)
    assert.is_true(routes[1].line > 1)
    assert.equal("/home", routes[2].path)
  end)

  it("tells all load faults together, sorted, once each", function()
    app:get("one", "/a", ok)
    app:get("two", "/a", ok)
    local built, message = pcall(app.build, app, files({
      ["scripts/locales/zh-CN.lua"] = "return {}",
      ["scripts/x.lua"] = '\nlocal a = t("nowhere")',
      ["templates/page.html"] = '<% layout("gone") %>\n<%= t("nowhere") %>\n<%- partial("gone") %>\n<%= x x %>',
    }))
    assert.is_false(built)
    message = tostring(message)
    local at = 0
    local wanted = { "scripts/locales/en.lua:1: ", "scripts/x.lua:2: ", "templates/page.html:1: ", "templates/page.html:2: ",
      "templates/page.html:3: ", "templates/page.html:4: " }
    for _, place in ipairs(wanted) do
      at = message:find(place, at + 1, true)
      assert.is_truthy(at, message)
    end
    assert.matches("app_spec.lua:%d+: GET /a is taken by the route 'one' %([^)]*app_spec.lua:%d+%)", message)
    assert.equal(7, select(2, message:gsub("[^\n]+", "")))
  end)

  it("shows a developer the failures that are ours, with their stacks, instead of the error page", function()
    local why
    app:on_error(function(_, status)
      return reply.text("for people", status)
    end)
    app:on_failure(function(_, status, text)
      why = text
      return reply.text("for developers", status)
    end, function(req)
      return req.ip ~= "stranger"
    end)
    app:get("boom", "/boom", function()
      error("oh")
    end)
    app:get("away", "/away", function()
      return nil, "it is away", "io"
    end)
    assert.equal("for developers", answer("GET", "/boom").body)
    assert.matches("app_spec.lua:%d+: oh\nstack traceback:\n", why)
    assert.equal("for developers", answer("GET", "/away").body)
    assert.equal("it is away", why)
    assert.equal("for people", answer("GET", "/nowhere").body)
    assert.equal("for people", answer("GET", "/boom", { ip = "stranger" }).body)
    app.failure_page = error
    assert.equal("500 Internal Server Error\n", answer("GET", "/boom").body)
  end)

  it("runs self-tests when everything is loaded, once", function()
    local runs = 0
    web.check(function()
      runs = runs + 1
      assert(i18n.translator("en")("hello") == "Hello" and app:url("home") == "/")
    end)
    app:get("home", "/", ok)
    app:build(files())
    web.app():build(files())
    assert.equal(1, runs)
    web.check(function()
      error("one", 0)
    end)
    web.check(function()
      error({}, 0)
    end)
    local _, faults = pcall(web.app().build, web.app(), files())
    assert.equal(2, #faults)
    assert.matches("^[^\n]*app_spec.lua:%d+: one$", faults[1])
    assert.matches("app_spec.lua:%d+: an error object {}$", faults[2])
    assert.has_error(function()
      web.check("no function")
    end)
  end)

  it("calls a file by the name that messages are to give it", function()
    local given = files({ ["templates/page.html"] = "<%= x x %>", ["scripts/x.lua"] = 't("nowhere")',
      ["scripts/locales/site/en.lua"] = "return {\n[1] = 2 }" })
    given.origin = function(path)
      return "/srv/site/" .. path
    end
    local _, faults = pcall(app.build, app, given)
    local text = tostring(faults)
    for _, place in ipairs({ "/srv/site/templates/page.html:1: ", "/srv/site/scripts/x.lua:1: ",
      "/srv/site/scripts/locales/site/en.lua:1: " }) do
      assert.truthy(text:find(place, 1, true), text)
    end
  end)

  it("builds another beside it, whose faults are told with its own", function()
    local other = web.app()
    other:get("metrics", "/metrics", ok)
    app:build(files(), other)
    assert.equal(200, other:handle(request("GET", "/metrics")).status)
    app, other = web.app(), web.app()
    for name, one in pairs({ one = app, eins = other }) do
      one:get(name, "/a", ok)
      one:get("two", "/a", ok)
    end
    local _, faults = pcall(app.build, app, files(), other)
    assert.equal(2, #faults)
    for _, name in ipairs({ "one", "eins" }) do
      assert.matches(("is taken by the route '%s'"):format(name), tostring(faults))
    end
  end)

  it("refuses to answer before it is built, and routes afterwards", function()
    assert.has_error(function()
      app:handle(request("GET", "/"))
    end)
    app:build(files())
    assert.has_error(function()
      app:get("late", "/late", ok)
    end)
  end)
end)
