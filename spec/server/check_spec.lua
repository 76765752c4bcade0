--- `timecapsule check`: a reload's gate without a server.
local files = require("spec.support.files")
local lfs = require("lfs")
local server = require("spec.support.server")

local function check(args)
  return server.run({ args = table.move(args or {}, 1, #(args or {}), 2, { "check" }) })
end

describe("check", function()
  it("finds nothing in the application as it is, and leaves nothing behind", function()
    local data = server.folder() .. "/data"
    local status, output = check({ "--data", data })
    assert.equal(0, status, output)
    assert.matches("^no faults in %d+ files %(%x+%)\n$", output)
    assert.is_nil(lfs.attributes(data))
  end)

  it("tells with --still what of each page stands still, and what breaks it", function()
    local status, output = check({ "--still" })
    assert.equal(0, status, output)
    for _, page in ipairs({ "home", "put", "put_done", "open", "opened", "not_yet", "error" }) do
      local share = output:match("(%d+) %% of templates/pages/" .. page .. ".html stands still\n")
      assert.is_true(tonumber(share) > 90, output)
    end
    assert.matches("no faults in %d+ files", output)
    local site = files.folder({ ["templates/pages/opened.html"] =
      '<% layout("layouts/main") %>\n<% block("title") %>x<% endblock() %>\n<% if content == "x" then %>!<% end %>\n' })
    status, output = check({ "--site", site })
    assert.equal(0, status, output)
    assert.matches("warning: [^\n]+/templates/pages/opened.html:3 reads 'content', so pages/opened is rendered anew",
      output)
    assert.is_nil(output:find("stands still", 1, true))
    status, output = check({ "--still", "--site", site })
    assert.equal(0, status, output)
    assert.matches("  0 %% of [^\n]+/templates/pages/opened.html stands still: [^\n]+:3 reads 'content'\n", output)
  end)

  it("reads *.sql alone, of statements and of migrations", function()
    local app = files.app({
      ["sql/queries/capsule.sql.bak"] = files.read("sql/queries/capsule.sql"),
      ["sql/queries/capsule.sql.orig"] = "-- name: half.a\nSELECT",
      ["sql/migrations/0001_tables.sqlite.sql.bak"] = "CREATE TABEL x",
    })
    local status, output = check({ "--app", app })
    assert.equal(0, status, output)
  end)

  it("tells every fault at once, each with its place and line", function()
    local app = files.app({
      ["sql/queries/bad.sql"] = "-- name: bad.one\nSELECT x FROM nowhere;\n",
      ["scripts/routes/bad.lua"] = 'local db = require("host.db")\nreturn function(req)\n  req.t("no.such")\n'
        .. '  return db.one("bad.two")\nend\n',
      ["templates/pages/bad.html"] = '<p>\n<%= t("no.key") %>\n',
      ["static/css/unused.css"] = "p {}\n",
    })
    files.write(app, { ["templates/pages/home.html"] = '<% layout("layouts/main") %>\n<% block("title") %>x<% endblock() %>\n'
      .. '<%= asset("img/gone.svg") %>\n<%= url("nowhere") %>\n' })
    local status, output = check({ "--app", app, "--set", "no_such=1" })
    assert.equal(1, status)
    for _, want in ipairs({
      "sql/queries/bad.sql:1: bad.one: no such table: nowhere\n",
      "scripts/routes/bad.lua:4: there is no statement 'bad.two' in sql/queries\n    4 |   return db.one(\"bad.two\")\n",
      "scripts/routes/bad.lua:3: no locale has the key 'no.such'\n    3 |   req.t(\"no.such\")\n",
      "templates/pages/bad.html:2: no locale has the key 'no.key'\n    2 | <%= t(\"no.key\") %>\n",
      "templates/pages/home.html:3: ",
      "templates/pages/home.html:4: there is no route 'nowhere'\n",
      "--set: there is no setting 'no_such'",
    }) do
      assert.truthy(output:find(want, 1, true), want .. "\nis not in\n" .. output)
    end
    assert.matches("\n7 faults\n$", output)
    assert.is_nil(output:find("stack traceback", 1, true))
  end)

  it("prepares statements on a database of its own, made by the files' migrations", function()
    local last = 0
    for name in lfs.dir("sql/migrations") do
      last = math.max(last, tonumber(name:match("^%d+")) or 0)
    end
    local path = ("sql/migrations/%04d_mood.sqlite.sql"):format(last + 1)
    local app = files.app({
      [path] = "ALTER TABLE capsule ADD COLUMN mood TEXT;\n",
      ["sql/queries/mood.sql"] = "-- name: mood.all\nSELECT mood FROM capsule;\n",
    })
    local status, output = check({ "--app", app })
    assert.equal(0, status, output)
    files.write(app, { [path] = "\nALTER TABLE capsul ADD COLUMN mood TEXT;\n" })
    status, output = check({ "--app", app })
    assert.equal(1, status)
    assert.truthy(output:find(path .. ":2: ", 1, true), output)
    assert.truthy(output:find("    2 | ALTER TABLE capsul", 1, true), output)
    assert.truthy(output:find("sql/queries/mood.sql:2: ", 1, true) == nil, output)
  end)

  it("compares what was applied to the database that is there, which stays as it is", function()
    local data = server.folder()
    local function site(text)
      return files.folder({ ["sql/migrations/0001_x.sql"] = text, ["scripts/site.lua"] = "return function() end\n" })
    end
    local applied = site("CREATE TABLE site_x (n INTEGER);\n")
    assert.equal(0, (server.run({ args = { "migrate", "--data", data, "--site", applied } })))
    local status, output = check({ "--data", data, "--site", applied })
    assert.equal(0, status, output)
    local changed = site("CREATE TABLE site_x (n TEXT);\n")
    status, output = check({ "--data", data, "--site", changed })
    assert.equal(1, status)
    assert.truthy(output:find("sql/migrations/0001_x.sql was changed after it had been applied", 1, true), output)
    files.write(applied, { ["sql/migrations/0002_y.sql"] = "CREATE TABLE site_y (n INTEGER);\n" })
    status, output = check({ "--data", data, "--site", applied }) -- a start applies it
    assert.equal(0, status, output)
    assert.equal("applied 1 statements\n", select(2, server.run({ args = { "migrate", "--data", data, "--site", applied } })))
    files.write(applied, { ["sql/migrations/0002_y.sql"] = false })
    status, output = check({ "--data", data, "--site", applied })
    assert.equal(1, status)
    assert.truthy(output:find("newer than this program: it has migration 0002 of 'site'", 1, true), output)
  end)

  it("refuses a site's table of MariaDB that names no collation", function()
    local site = files.folder({ ["scripts/site.lua"] = "return function() end\n",
      ["sql/migrations/0001_x.sqlite.sql"] = "CREATE TABLE site_x (name TEXT) STRICT;\n",
      ["sql/migrations/0001_x.mariadb.sql"] = "-- x\nCREATE TABLE site_x (name VARCHAR(9) PRIMARY KEY);\n" })
    local status, output = check({ "--data", server.folder(), "--site", site })
    assert.equal(1, status)
    assert.truthy(output:find("sql/migrations/0001_x.mariadb.sql:2: the table site_x names no collation", 1, true), output)
    assert.truthy(output:find("    2 | CREATE TABLE site_x", 1, true), output)
    files.write(site, { ["sql/migrations/0001_x.mariadb.sql"] =
      "CREATE TABLE site_x (name VARCHAR(9) PRIMARY KEY) COLLATE = utf8mb4_nopad_bin;\n" })
    status, output = check({ "--data", server.folder(), "--site", site })
    assert.equal(0, status, output)
  end)

  it("warns where a MariaDB is down, and judges the rest", function()
    local url = "mariadb://u@127.0.0.1:1/d"
    local status, output = check({ "--database", url })
    assert.equal(0, status, output)
    assert.matches("warning: statements were not checked: ", output)
    assert.matches("no faults in", output)
    local app = files.app({ ["scripts/x.lua"] = "return (\n" })
    status, output = check({ "--app", app, "--database", url })
    assert.equal(1, status)
    assert.truthy(output:find("scripts/x.lua:", 1, true), output)
  end)

  it("refuses a folder without an application", function()
    local status, output = check({ "--app", server.folder() })
    assert.equal(1, status)
    assert.truthy(output:find("the application in ", 1, true), output)
  end)
end)

describe("a self-test", function()
  local function with_checks(text)
    return check({ "--site", files.folder({ ["scripts/site.lua"] =
      'local web = require("web")\nlocal i18n = require("text.i18n")\nreturn function(app)\n' .. text .. "\nend\n" }) })
  end

  local cases = {
    { "that passes", 'web.check(function() assert(app:url("put") == "/put") end)', 0 },
    { "that sees the translations", 'web.check(function() assert(i18n.translator("en")("nav.put") ~= "") end)', 0 },
    { "that fails is a fault at its line", "\nweb.check(function()\n  local x = nil\n  return x.y\nend)", 1,
      "scripts/site.lua:7: attempt to index a nil value (local 'x')", "    7 |   return x.y" },
    { "that asserts is a fault where it was declared", '\nweb.check(function()\n  assert(false, "no good")\nend)', 1,
      "scripts/site.lua:6: no good" },
    { "cannot wait", 'web.check(function() require("host.db").one("meta.ready") end)', 1,
      "cannot be used while scripts are loading" },
    { "takes a function", 'web.check("x")', 1, "scripts/site.lua:4: web.check takes a function" },
    { "and another both are run", 'web.check(function() error("one") end)\nweb.check(function() error("two") end)', 1,
      "scripts/site.lua:4: one", "scripts/site.lua:5: two" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local status, output = with_checks(case[2])
      assert.equal(case[3], status, output)
      for i = 4, #case do
        assert.truthy(output:find(case[i], 1, true), case[i] .. "\nis not in\n" .. output)
      end
    end)
  end
end)
