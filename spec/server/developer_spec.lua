--- What an error looks like: to a developer (--watch) with everything that is known, to anybody
--- else with the request's id and nothing more.
local files = require("spec.support.files")
local lfs = require("lfs")
local server = require("spec.support.server")

local SITE = {
  ["scripts/site.lua"] = [[
local clock = require("host.clock")
local db = require("host.db")
local reply = require("web.reply")

local function deep(value)
  return value.field.missing
end

return function(app)
  app:get("site.boom", "/boom", function(req)
    db.one("site.ready", { x = req.query.x or "?" })
    return deep({})
  end)
  app:post("site.form", "/form", function()
    error("no <b>luck</b>")
  end)
  app:get("site.template", "/template", function(req)
    return reply.html(req, "pages/broken", { list = { 1, 2 } })
  end)
  app:get("site.inner", "/inner", function()
    local produce = coroutine.wrap(function()
      clock.sleep(0.01)
      local function fail_inside()
        error("from inside")
      end
      fail_inside()
    end)
    local function consume()
      return produce()
    end
    return consume()
  end)
  app:get("site.away", "/away", function()
    return nil, "the world is away", "io"
  end)
  app:get("site.slow", "/slow", function()
    local wait = coroutine.wrap(function()
      clock.sleep(60)
    end)
    wait()
  end)
  app:post("site.batch", "/batch", function()
    db.tx(function(t)
      t:one("site.ready", { x = "y" })
      error("after the statement")
    end)
  end)
end
]],
  ["sql/queries/site.sql"] = "-- name: site.ready\nSELECT :x AS x;\n",
  ["templates/pages/broken.html"] = '<% layout("layouts/main") %>\n<% block("title") %>x<% endblock() %>\n'
    .. "<% for _, item in ipairs(list) do %>\n<p><%= item %></p>\n<p><%= itm %></p>\n<% end %>\n",
}

local HTML = { Accept = "text/html" }

describe("an error before a developer", function()
  local site, srv, slow

  setup(function()
    site = files.folder(SITE)
    srv = server.start({ args = { "--watch", "--site", site, "--workers", "1" } })
    slow = srv:connect() -- its answer takes as long as a request may
    slow:ask({ path = "/slow", headers = HTML })
  end)

  teardown(function()
    slow:close()
    srv:stop()
  end)

  it("shows message, stack, source, request, statements and generation", function()
    local res = srv:get("/boom?x=secret-value", { Accept = "text/html", Cookie = "lang=en; s=hidden-cookie",
      Authorization = "Bearer hidden-token", ["X-Shown"] = "a <shown> value" })
    res:expect({ status = 500, headers = { ["Content-Type"] = "text/html; charset=utf-8", ["Cache-Control"] = "no-store",
      ["Content-Security-Policy"] = { has = "default-src 'none'" } } })
    res:expect_body("attempt to index a nil value (field &#39;field&#39;)", "scripts/site.lua:6</h2>",
      "<mark>    6    return value.field.missing</mark>", "    5  local function deep(value)",
      "stack traceback:", "GET /boom", "site.boom", "generation 1", "site.ready", " ms</td>", "<td>x</td>",
      "x-shown", "a &lt;shown&gt; value", "(not shown)")
    res:expect_no_body("secret-value", "hidden-cookie", "hidden-token")
    assert.matches("data%-generation=\"1\"", res.body)
  end)

  it("names the fields of a form, without what is in them, and escapes", function()
    local res = srv:request({ method = "POST", path = "/form", body = "name=Alice&note=hush",
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded", Accept = "text/html" } })
    res:expect({ status = 500 }):expect_body("name, note", "no &lt;b&gt;luck&lt;/b&gt;", "POST /form")
    res:expect_no_body("Alice", "hush", "<b>luck", "data-generation")
  end)

  it("shows the exact line of a template", function()
    srv:get("/template", HTML):expect({ status = 500 }):expect_body("templates/pages/broken.html:5</h2>",
      "undefined name &#39;itm&#39;", "<mark>    5  &lt;p&gt;&lt;%= itm %&gt;&lt;/p&gt;</mark>")
  end)

  it("shows the stack of a coroutine that waited and then failed, and of who resumed it", function()
    local res = srv:get("/inner", HTML):expect({ status = 500 })
    local stack = res.body:match("<h2>Stack</h2>%s*<pre>(.-)</pre>")
    local inner = stack:find("site.lua:24: in ", 1, true)
    local between = stack:find("raised again in the coroutine&#39;s resumer", 1, true)
    local outer = stack:find("site.lua:29: in ", 1, true)
    assert.truthy(inner and between and outer and inner < between and between < outer, stack)
    assert.matches("a handler raised.-site%.lua:24: in.-raised again.-site%.lua:29: in", srv:log())
  end)

  it("shows what a handler said, and the statements of a transaction", function()
    srv:get("/away", HTML):expect({ status = 503 }):expect_body("the world is away")
    srv:request({ method = "POST", path = "/batch", headers = HTML, body = "" }):expect({ status = 500 })
      :expect_body("after the statement", "<td>begin</td>", "<td>site.ready</td>", "<td>rollback</td>")
  end)

  it("tells programs the same in JSON", function()
    local res = srv:get("/boom", { Accept = "application/json" }):expect({ status = 500 })
    local problem = res:json()
    assert.equal("application/problem+json", res.headers["content-type"])
    assert.matches("attempt to index a nil value", problem.detail)
    assert.matches("scripts/site%.lua:6: in", problem.stack)
  end)

  it("leaves errors that are not ours as they are", function()
    srv:get("/nowhere", HTML):expect({ status = 404 }):expect_no_body("Stack", "stack traceback")
  end)

  it("shows where a request waited that passed its deadline", function()
    local res = slow:response():expect({ status = 503 })
    res:expect_body("its deadline passed while it waited", "host.clock.sleep", "scripts/site.lua:38</h2>",
      "<mark>   38 ", "<mark>   40 ", "resumed there, stack traceback:")
    assert.matches("a request passed its deadline.-host%.clock%.sleep", srv:log())
  end)
end)

describe("an error before anybody else", function()
  local function shows_nothing(program)
    local site = files.folder(SITE)
    local srv = server.start({ program = program, args = { "--site", site, "--workers", "1",
      "--app", lfs.currentdir() } })
    finally(function() srv:stop() end)
    for _, path in ipairs({ "/boom", "/template", "/inner", "/away" }) do
      for _, accept in ipairs({ "text/html", "application/json" }) do
        local res = srv:get(path, { Accept = accept })
        assert.is_true(res.status >= 500)
        assert.matches("%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x", res.body)
        res:expect_no_body("traceback", "site.lua", "broken.html", "nil value", "itm", "from inside", "the world is away",
          "site.ready", "data-generation", "developer")
      end
    end
    srv:get("/-/generation"):expect({ status = 404 })
    return srv:log()
  end

  it("is a page with the request's id, and the log has the rest", function()
    local log = shows_nothing()
    assert.matches("a handler raised.-attempt to index a nil value.-stack traceback", log)
    assert.matches("pages/broken%.html:5", log)
  end)

  it("is the same in the release program", function()
    local program = lfs.currentdir() .. "/build/release/timecapsule"
    assert.truthy(lfs.attributes(program, "mode"), "there is no release program: make build")
    shows_nothing(program)
  end)
end)
