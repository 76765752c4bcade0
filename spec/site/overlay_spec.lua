--- A site: its files win over the application's, what it adds has names of its own, and every
--- message says which file is meant.
local files = require("spec.support.files")
local server = require("spec.support.server")

local SITE = [[
local reply = require("web.reply")
return function(app)
  app:get("site.hello", "/hello", function(req)
    return reply.html(req, "pages/hello", { who = "<you>" })
  end)
end
]]

local HELLO = [[
<% layout("layouts/main") %>
<% block("title") %><%= t("hello.title") %><% endblock() %>
<p class="hello"><%= t("hello.text", { who = who }) %></p>
]]

--- A site of one page, changed.
local function site_with(changes)
  local all = {
    ["scripts/site.lua"] = SITE,
    ["templates/pages/hello.html"] = HELLO,
    ["scripts/locales/site/en.lua"] = 'return {\n  ["hello.title"] = "Hello",\n  ["hello.text"] = "For {who}",\n}\n',
    ["scripts/locales/site/zh-CN.lua"] = 'return {\n  ["hello.title"] = "你好",\n  ["hello.text"] = "给{who}",\n}\n',
  }
  for path, text in pairs(changes or {}) do
    all[path] = text or nil
  end
  return files.folder(all)
end

local function check(site, args)
  local all = { "check", "--site", site }
  return server.run({ args = table.move(args or {}, 1, #(args or {}), #all + 1, all) })
end

describe("a site", function()
  it("adds a page in both languages, changes a template, a sentence and an asset", function()
    local site = site_with({
      ["templates/partials/site_footer.html"] = "<p>the footer of the site</p>\n",
      ["scripts/locales/site/en.lua"] = 'return { ["hello.title"] = "Hello", ["hello.text"] = "For {who}",\n'
        .. '["home.title"] = "A title of our own" }',
      ["static/robots.txt"] = "User-agent: *\nDisallow: /\n",
      ["static/site.txt"] = "of the site",
    })
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1" } })
    srv:get("/hello"):expect({ status = 200 }):expect_body("For &lt;you&gt;", "the footer of the site")
    srv:get("/hello", { ["Accept-Language"] = "zh" }):expect_body("给&lt;you&gt;")
    srv:get("/"):expect_body("A title of our own", "the footer of the site")
    srv:get("/robots.txt"):expect({ body = "User-agent: *\nDisallow: /\n" })
    srv:get("/static/site.txt"):expect({ body = "of the site" })
    srv:get("/put"):expect({ status = 200 })
  end)

  it("is told of a folder that is named nearly like one that is read", function()
    local site = site_with({ ["template/pages/hello.html"] = HELLO, ["script/more.lua"] = "return 1\n",
      ["docs/notes.md"] = "for nobody here\n", ["spec/hello_spec.lua"] = "\n" })
    local template = ("nothing in the folder %s/template is read; did you mean %s/templates?"):format(site, site)
    local status, output = check(site)
    assert.equal(0, status, output)
    for _, line in ipairs({ template, ("nothing in the folder %s/script is read; did you mean %s/scripts?"):format(site, site) }) do
      assert.truthy(output:find("warning: " .. line, 1, true), line .. "\nis not in\n" .. output)
    end
    assert.is_nil(output:find(site .. "/docs", 1, true) or output:find(site .. "/spec is", 1, true), output)
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1" } })
    assert.truthy(srv:log():find("warn " .. template, 1, true), srv:log())
    files.write(site, { ["static/new.txt"] = "new" })
    local good, answer = srv:control("reload")
    assert.is_true(good, answer)
    assert.truthy(answer:find("warning: " .. template, 1, true), answer)
  end)

  it("has a command and a setting, which --help lists", function()
    local site = site_with({
      ["scripts/site_config.lua"] = 'return { { name = "site_word", type = "string", default = "hush", help = "a word" } }',
      ["scripts/commands/whisper.lua"] =
        'local config = require("host").config\nlocal M = { help = "says the word" }\n'
        .. "function M.run(args)\n  print(config.site_word, args[1], config.required[1])\n  return 3\nend\nreturn M\n",
    })
    local data = server.folder()
    assert.equal(0, (server.run({ args = { "migrate", "--data", data } })))
    local status, output = server.run({ args = { "whisper", "x", "--site", site, "--data", data, "--set", "site_word=psst" } })
    assert.equal(3, status)
    assert.equal("psst\tx\tname\n", output)
    status, output = server.run({ args = { "--help", "--site", site } })
    assert.equal(0, status)
    assert.matches("  whisper +says the word\n", output)
    assert.matches("  site_word +a word; a string %(default hush%)", output)
    assert.equal(2, (server.run({ args = { "whisper", "--data", data } })))
  end)

  it("is asked for by every command, also from the environment", function()
    local site = site_with()
    local status, output = server.run({ args = { "routes" }, env = { TIMECAPSULE_SITE = site } })
    assert.equal(0, status)
    assert.truthy(output:find(site .. "/scripts/site.lua:3", 1, true), output)
  end)

  it("has the same digest wherever it lies: two nodes with the same files do not differ", function()
    local status, one = check(site_with())
    assert.equal(0, status, one)
    assert.equal(one:match("%((%x+)%)"), select(2, check(site_with())):match("%((%x+)%)"))
    assert.not_equal(one, select(2, check(site_with({ ["static/site.txt"] = "more" }))))
  end)

  it("must be there", function()
    local status, output = check("/nowhere/at/all")
    assert.equal(1, status)
    assert.truthy(output:find("there is no folder /nowhere/at/all (--site)", 1, true), output)
  end)

  it("survives in the stored generation, with what it may override", function()
    local site, data = site_with(), server.folder()
    local text = files.read("sql/queries/meta.sql") .. "\n-- name: meta.more\nSELECT 1 AS n;\n"
    files.write(site, { ["sql/queries/meta.sql"] = text })
    server.start({ data = data, args = { "--site", site } }):stop()
    files.write(site, { ["templates/pages/hello.html"] = "<%= oops" })
    local srv <close> = server.start({ data = data, args = { "--site", site } })
    assert.truthy(srv:log():find("THE FILES HAVE FAULTS", 1, true), srv:log())
    assert.truthy(srv:log():find(site .. "/templates/pages/hello.html:1: a tag is opened", 1, true), srv:log())
    srv:get("/hello"):expect({ status = 200 }):expect_body("For &lt;you&gt;")
  end)
end)

describe("a fault in a site names the site's file:", function()
  local function expect_all(output, site, wants)
    for _, want in ipairs(wants) do
      want = want:gsub("SITE", (site:gsub("%%", "%%%%")))
      assert.truthy(output:find(want, 1, true), want .. "\nis not in\n" .. output)
    end
  end

  -- All of these are in one site: what is wrong is told at once.
  local together = {
    { "a tag that is never closed", { ["templates/pages/a.html"] = "<p>\n<%= who\n" },
      { "SITE/templates/pages/a.html:2: a tag is opened and never closed\n    2 | <%= who\n" } },
    { "code that Lua refuses", { ["templates/pages/b.html"] = "<p>\n\n<% if if %>\n" },
      { "SITE/templates/pages/b.html:3: ", "    3 | <% if if %>" } },
    { "a shipped template made worse", { ["templates/pages/home.html"] = '<% layout("layouts/gone") %>\n' },
      { "SITE/templates/pages/home.html:1: there is no layout" } },
    { "a key that no locale has", { ["templates/pages/c.html"] = '\n\n<%= t("hello.nothing") %>\n' },
      { "SITE/templates/pages/c.html:3: no locale has the key 'hello.nothing'" } },
    { "a route that is taken", { ["scripts/site.lua"] = 'return function(app)\n  app:get("x", "/put", print)\nend\n' },
      { "SITE/scripts/site.lua:2: GET /put is taken by the route 'put' (scripts/routes/put.lua:" } },
    { "a sentence that a language lacks, and other placeholders than the application's", {
      ["scripts/locales/site/en.lua"] = 'return {\n["hello.title"] = "Hello",\n["hello.text"] = "For {who}",\n'
        .. '["hello.more"] = "more",\n["home.title"] = "{x}" }' },
      { "SITE/scripts/locales/site/en.lua:4: 'SITE/scripts/locales/site/zh-CN.lua' has no key 'hello.more'",
        "the placeholders of 'home.title' differ", "'SITE/scripts/locales/site/en.lua'" } },
    { "sentences of a language that is not there", { ["scripts/locales/site/fr.lua"] = "return {}" },
      { "SITE/scripts/locales/site/fr.lua:1: there is no scripts/locales/fr.lua to add to" } },
    { "SQL that the database refuses", { ["sql/queries/a.sql"] = "-- name: site.hello\nSELECT x\nFROM nowhere;\n" },
      { "SITE/sql/queries/a.sql:", "nowhere" } },
    { "a statement named as if it were the application's", {
      ["sql/queries/b.sql"] = "-- name: hello.count\nSELECT 1 AS n;\n" },
      { "SITE/sql/queries/b.sql:1: a site's own statements are named site.…, not 'hello.count'\n    1 | -- name: hello.count" } },
    { "an unknown statement", { ["scripts/site/more.lua"] =
      'local db = require("host.db")\nreturn function()\n  db.one("site.no")\nend\n' },
      { "SITE/scripts/site/more.lua:3: there is no statement 'site.no'" } },
    { "a setting named as if it were the application's", { ["scripts/site_config.lua"] =
      'return { { name = "word", type = "string", default = "", help = "h" } }' },
      { "SITE/scripts/site_config.lua:1: the name of a site's setting begins with 'site_': 'word'" } },
  }
  describe("together,", function()
    local site, status, output

    setup(function()
      local changes = {}
      for _, case in ipairs(together) do
        for path, text in pairs(case[2]) do
          changes[path] = text
        end
      end
      site = site_with(changes)
      status, output = check(site)
    end)

    for _, case in ipairs(together) do
      it(case[1], function()
        assert.equal(1, status)
        expect_all(output, site, case[3])
      end)
    end
  end)

  local alone = {
    { "a syntax error", { ["scripts/site.lua"] = "return function(app)\n  local = 1\nend\n" },
      { "SITE/scripts/site.lua:2: ", "    2 |   local = 1" } },
    { "an error while loading", { ["scripts/site.lua"] = "return function(app)\n  app.router.nothing.at = 1\nend\n" },
      { "SITE/scripts/site.lua:2: ", "stack traceback" } },
    { "no function", { ["scripts/site.lua"] = "return {}\n" },
      { "SITE/scripts/site.lua:1: it returns a function that is given the app" } },
    { "a migration that the database refuses", { ["sql/migrations/0001_x.sql"] = "-- x\nCREATE TABEL x (n);\n" },
      { "SITE/sql/migrations/0001_x.sql:2: ", "    2 | CREATE TABEL x (n);" } },
    { "a migration with a gap", { ["sql/migrations/0002_x.sql"] = "CREATE TABLE x (n INTEGER);\n" },
      { "SITE/sql/migrations/0002_x.sql: there is no migration 0001 before it" } },
    { "settings that cannot be read", { ["scripts/site_config.lua"] = "return {\n{ name = }}" },
      { "SITE/scripts/site_config.lua:2: " } },
  }
  for _, case in ipairs(alone) do
    it(case[1], function()
      local site = site_with(case[2])
      local status, output = check(site)
      assert.equal(1, status)
      expect_all(output, site, case[3])
    end)
  end

  it("an error in a page, in the log", function()
    local site = site_with({ ["templates/pages/hello.html"] = HELLO .. "<p>\n<%= nothing %>\n" })
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1" } })
    srv:get("/hello"):expect({ status = 500 }):expect_no_body("undefined name", "hello.html")
    assert.matches("pages/hello%.html:5: undefined name 'nothing'", srv:log())
    assert.matches("stack traceback:.-pages/hello%.html:5: in ", srv:log())
  end)
end)

describe("the statements and migrations of a site", function()
  local MIGRATION = { ["sql/migrations/0001_guests.sql"] = "CREATE TABLE site_guest (name TEXT NOT NULL);\n",
    ["sql/queries/guest.sql"] = "-- name: site.guest_add\nINSERT INTO site_guest (name) VALUES (:name);\n"
      .. "-- name: site.guest_count\nSELECT COUNT(*) AS n FROM site_guest;\n",
    ["scripts/site.lua"] = [[
local db = require("host.db")
local reply = require("web.reply")
return function(app)
  app:post("site.guest", "/guest", function(req)
    local done, message, kind = db.exec("site.guest_add", { name = req.form.name })
    if not done then
      return nil, message, kind
    end
    return reply.text(("%d"):format(db.one("site.guest_count").n))
  end)
end
]] }

  it("have numbers of their own, so that neither sequence disturbs the other", function()
    local site, data = site_with(MIGRATION), server.folder()
    local function migrate(...)
      return select(2, server.run({ args = { "migrate", "--data", data, ... } }))
    end
    assert.matches("^applied %d+ statements", migrate())
    assert.equal("nothing to do: the database is up to date\n", migrate())
    assert.equal("applied 1 statements\n", migrate("--site", site))
    assert.equal("nothing to do: the database is up to date\n", migrate("--site", site))
    assert.equal("nothing to do: the database is up to date\n", migrate())

    local srv = server.start({ data = data, args = { "--site", site } })
    srv:post("/guest", { name = "Ann" }):expect({ status = 200, body = "1" })
    srv:post("/guest", { name = "Bob" }):expect({ status = 200, body = "2" })
    srv:stop()
    srv = server.start({ data = data })
    finally(function()
      srv:stop()
    end)
    srv:post("/guest", { name = "Ann" }):expect({ status = 404 })
  end)

  it("are applied at the start, and waited for by a reload", function()
    local site = site_with(MIGRATION)
    local srv <close> = server.start({ args = { "--site", site } })
    srv:post("/guest", { name = "Ann" }):expect({ status = 200, body = "1" })
    files.write(site, { ["sql/migrations/0002_more.sql"] = "ALTER TABLE site_guest ADD COLUMN mood TEXT;\n" })
    local ok, text = srv:control("reload")
    assert.is_false(ok)
    assert.truthy(text:find("at migration 1 of 'site' and these files need 2", 1, true), text)
    local status = server.run({ args = { "migrate", "--site", site, "--data", srv.data } })
    assert.equal(0, status)
    ok, text = srv:control("reload")
    assert.is_true(ok, text)
    srv:post("/guest", { name = "Ann" }):expect({ status = 200, body = "2" })
  end)

  it("may replace those of a shipped file under their names", function()
    local text = files.read("sql/queries/meta.sql") .. "\n-- name: meta.more\nSELECT 1 AS n;\n"
    local status, output = check(site_with({ ["sql/queries/meta.sql"] = text }))
    assert.equal(0, status, output)
  end)
end)
