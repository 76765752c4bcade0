-- A candidate with faults: the reload says no, tells each fault at its place, and nothing that
-- anybody can see has changed.
local lfs = require("lfs")
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")

local MAIN = reload_app.read("spec/fixtures/reload_app/scripts/main.lua")

local QUERIES = reload_app.read("spec/fixtures/reload_app/sql/queries/spec.sql")

--- Main with one line put in before its first.
local function main_with(line)
  return line .. "\n" .. MAIN
end

--- { what, changes, texts that the answer holds … }; a text "FILE:LINE|SOURCE" stands for a fault there
--- and the excerpt behind it.
local CASES = {
  { "a syntax error in a script that nothing requires",
    { ["scripts/unused.lua"] = "local x = 1\nlocal y = = 2\nreturn y\n" },
    "scripts/unused.lua:2:|local y = = 2", "unexpected symbol near '='" },
  { "a syntax error in main",
    { ["scripts/main.lua"] = "local M = {}\n\nfunction M.handle(req\nend\n" }, "scripts/main.lua:4:|end" },
  { "an error raised while loading, with its stack",
    { ["scripts/helper.lua"] = "local t = nil\n\nreturn t.x\n", ["scripts/main.lua"] = main_with('require("helper")') },
    "scripts/helper.lua:3:|return t.x", "attempt to index a nil value", "scripts/main.lua:1:" },
  { "a main that lacks a function", { ["scripts/main.lua"] = "return { failed = print }\n" },
    "without a function 'handle'" },
  { "a main that returns nothing", { ["scripts/main.lua"] = "local x = 1\n" }, "scripts/main.lua returns no table" },
  { "no main at all", { ["scripts/main.lua"] = false }, "no script scripts/main.lua" },
  { "a script that is required and not there", { ["scripts/main.lua"] = main_with('local x = require("nowhere")') },
    "scripts/main.lua:1:", "no script scripts/nowhere.lua in this generation" },
  { "an unknown statement at its call",
    { ["scripts/x.lua"] = 'local db = require("host.db")\nreturn function()\n  return db.one("spec.nope")\nend\n' },
    'scripts/x.lua:3:|  return db.one("spec.nope")', "there is no statement 'spec.nope'" },
  { "an unknown parameter at its call",
    { ["scripts/x.lua"] = 'return function(db)\n  return db.exec("tick.put", {\n    att = 1, generation = 2 })\nend\n' },
    "scripts/x.lua:3:|    att = 1, generation = 2 })", "has no parameter 'att'", "needs the parameter 'at'" },
  { "a parameter that a statement has no more, in scripts that were good with it",
    { ["sql/queries/spec.sql"] = QUERIES:gsub("%(:at, :generation%)", "(:at, 1)") },
    "scripts/main.lua:92:|", "has no parameter 'generation'" },
  { "a statement that there is no more, in scripts that were good with it",
    { ["sql/queries/spec.sql"] = QUERIES:gsub("tick.all", "tick.every") },
    "scripts/main.lua:76:|", "there is no statement 'tick.all'" },
  { "SQL that the database refuses",
    { ["sql/queries/bad.sql"] = "-- a query\n\n-- name: bad.one\nSELECT x FROM nowhere;\n" },
    "sql/queries/bad.sql:3:", "nowhere" },
  { "a statement that is there twice", { ["sql/queries/more.sql"] = "-- name: spec.version\nSELECT 1;\n" },
    "spec.version", "sql/queries/" },
  { "declarations of settings that do not parse", { ["scripts/config.lua"] = "return {\n  { name = }\n}\n" },
    "scripts/config.lua:2:|  { name = }" },
  { "a setting declared without a type", { ["scripts/config.lua"] = 'return { { name = "label" } }\n' },
    "scripts/config.lua:", "every setting" },
  { "an asset that is not there", { ["scripts/main.lua"] = main_with('require("host").asset("none.css")') },
    "scripts/main.lua:1:|require", "there is no file static/none.css" },
  { "an end of the process", { ["scripts/main.lua"] = main_with("os.exit(0)") },
    "scripts/main.lua:1:|os.exit(0)", "os.exit would end the server" },
  { "a table that grows without end",
    { ["scripts/main.lua"] = main_with("local t = {} while true do t[#t + 1] = { #t } end") },
    "scripts/main.lua:1:|local t = {} while", "loading takes more than 64 MiB of memory" },
  { "a text that grows without end",
    { ["scripts/main.lua"] = main_with('local t = "x" while true do t = t .. t end') },
    "scripts/main.lua:1:|local t = \"x\" while", "loading takes more than 64 MiB of memory" },
  { "two timers of one name", { ["scripts/main.lua"] = MAIN:gsub("local M = {}",
    'timer.every(1, "tick", print)\n%0', 1) }, "scripts/main.lua:", "there is a timer 'tick' already" },
  { "a file that is too large", { ["static/large.bin"] = ("x"):rep(4 * 1024 * 1024 + 1) },
    "static/large.bin has 4194305 bytes; at most 4194304 are allowed" },
  { "a migration whose name has no number", { ["sql/migrations/two.sql"] = "SELECT 1;\n" }, "sql/migrations/two.sql" },
  { "faults in several files",
    { ["scripts/a.lua"] = "return (\n", ["scripts/b.lua"] = "\nif\n",
      ["scripts/c.lua"] = 'return function(db)\n  return db.one("spec.nope")\nend\n',
      ["sql/queries/bad.sql"] = "-- name: bad.one\nSELECT x FROM nowhere;\n" },
    "scripts/a.lua:", "scripts/b.lua:", "scripts/c.lua:2:", "sql/queries/bad.sql:1:" },
}

--- What others would see: the world, and what outlives the candidate.  Each is refused while loading.
local FORBIDDEN = {
  { "host.clock.sleep", 'require("host.clock").sleep(1)' },
  { "host.db", 'require("host.db").one("spec.version")' },
  { "host.db", 'require("host.db").all("spec.version")' },
  { "host.db", 'require("host.db").exec("tick.put", { at = 1, generation = 1 })' },
  { "host.db", 'require("host.db").batch({ { "tick.put", { at = 1, generation = 1 } } })' },
  { "host.db", 'require("host.db").tx(print)' },
  { "host.db", 'require("host.db").checkpoint()' },
  { "host.smtp.send", 'require("host.smtp").send({ to = "ada@example.org", subject = "s", text = "t" })' },
  { "host.task.each", 'require("host.task").each({ 1 }, 1, print)' },
  { "host.shared's set", 'require("host.shared").space("spec", { max = 100 }):set("count", 1000)' },
  { "host.shared's incr", 'require("host.shared").space("spec", { max = 100 }):incr("count")' },
  { "host.shared's delete", 'require("host.shared").space("spec", { max = 100 }):delete("count")' },
  { "host.metrics", 'require("host.metrics").counter("spec_loads_total")' },
  { "host.metrics", 'require("host.metrics").gauge("spec_level", 1)' },
  { "host.metrics", 'require("host.metrics").histogram("spec_seconds", 1)' },
  { "host.reload", 'require("host").reload()' },
}
for _, case in ipairs(FORBIDDEN) do
  table.insert(CASES, { case[2] .. " while loading", { ["scripts/main.lua"] = main_with(case[2]) },
    "scripts/main.lua:1:|require", case[1] .. " cannot be used while scripts are loading" })
end

if os.getenv("SOAK") then -- each takes its five seconds
  table.insert(CASES, { "a loop without an end", { ["scripts/main.lua"] = main_with("while true do end") },
    "scripts/main.lua:1:|while true do end", "loading takes more than 5 s" })
  table.insert(CASES, { "a loop without an end that lets nothing through",
    { ["scripts/main.lua"] = main_with("while true do pcall(function() while true do end end) end") },
    "scripts/main.lua:1:|while true do pcall", "loading takes more than 5 s" })
end

local function expect_text(output, text)
  local place, source = text:match("^(.-)|(.*)$")
  local at = output:find(place or text, 1, true)
  assert.truthy(at, (place or text) .. "\nis not in\n" .. output)
  if place then
    local excerpt = ("\n    %s | %s"):format(place:match(":(%d+):$"), source)
    assert.truthy(output:find(excerpt, at, true), excerpt .. "\nis not in\n" .. output)
  end
end

--- All that a client sees of an answer, but for the time.
local function seen(srv, path)
  local res = srv:get(path)
  return (res.head:gsub("Date: [^\n]+\n", "")) .. res.body
end

local function all_seen(srv)
  return table.concat({ seen(srv, "/page"), seen(srv, "/of/A"), seen(srv, "/static/version.txt"),
    seen(srv, "/generation"), seen(srv, "/nowhere") }, "\n====\n")
end

describe("a candidate that has", function()
  local app, srv

  lazy_setup(function()
    app = reload_app.versions("A", "B")
    for i, case in ipairs(CASES) do
      app:add("fault" .. i, case[2])
    end
    srv = app:start({ args = { "--workers", "1" } })
  end)

  lazy_teardown(function()
    srv:stop()
  end)

  for i, case in ipairs(CASES) do
    it(case[1] .. " is refused", function()
      reload_app.eventually("the generation before has not drained", function()
        return select(2, srv:control("status")):find("live         1 generation\n", 1, true)
      end)
      local before, logged = all_seen(srv), #srv:log()
      local number = tonumber(srv:get("/generation").body)
      app:use("fault" .. i)
      local ok, output = srv:control("reload")
      assert.is_false(ok, output)
      local log, status = srv:log():sub(logged), select(2, srv:control("status"))
      for k = 3, #case do
        expect_text(output, case[k])
        expect_text((log:gsub("[^\n]-error +", "")), (case[k]:gsub("|.*", "")))
        expect_text(status, (case[k]:gsub("|.*", "")))
      end
      assert.truthy(status:find("reload       failed", 1, true), status)
      assert.truthy(status:find("live         1 generation\n", 1, true), status)
      assert.equal(before, all_seen(srv))

      app:use(number % 2 == 1 and "B" or "A")
      assert.equal(number + 1, (reload_app.reload(srv)))
      status = select(2, srv:control("status"))
      assert.is_nil(status:find("failed", 1, true), status)
      app:use("A")
      srv:control("reload")
      assert.equal("A", reload_app.version(srv:get("/page")))
    end)
  end

  it("a smaller bound for a shared space leaves what is in it, until it is current", function()
    local space = 'require("host.shared").space("spec", { max = 1 })\n'
    app:add("small", { ["scripts/main.lua"] = space .. 'error("no")\n' })
    app:add("mended", { ["scripts/main.lua"] = MAIN:gsub("max = 100", "max = 1") })
    app:use("A")
    srv:control("reload")
    local function count()
      return tonumber(srv:get("/count").body)
    end
    --- Its timer writes another key meanwhile, which in a space of one drives the count out.
    local function wait_for_timer()
      local _, before = srv:get("/ticks").body:gsub("\n", "")
      reload_app.eventually("the timer does not run", function()
        return select(2, srv:get("/ticks").body:gsub("\n", "")) >= before + 2
      end)
    end
    local first = count()
    app:use("small")
    assert.is_false((srv:control("reload")))
    wait_for_timer()
    assert.equal(first + 1, count())
    app:use("mended")
    reload_app.reload(srv)
    wait_for_timer()
    assert.equal(1, count())
    app:use("A")
    reload_app.reload(srv)
  end)

  it("a file that cannot be read is refused, and named", function()
    local tree = app.folder .. "/A/static"
    assert(lfs.link("loop.txt", tree .. "/loop.txt", true))
    local ok, output = srv:control("reload")
    assert.is_false(ok)
    assert.truthy(output:find("static/loop.txt", 1, true), output)
    os.remove(tree .. "/loop.txt")
    assert(lfs.link("nowhere.txt", tree .. "/dangling.txt", true))
    ok, output = srv:control("reload")
    assert.is_false(ok)
    assert.truthy(output:find("static/dangling.txt", 1, true), output)
    os.remove(tree .. "/dangling.txt")
    assert.is_true(srv:control("reload"))
  end)
end)

describe("`timecapsule reload`", function()
  it("exits with 1 and every fault, or with 0 and what has changed", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()

    app:add("broken", { ["scripts/x.lua"] = "return = 1\n" })
    app:use("broken")
    local status, output = reload_app.command(srv)
    assert.equal(1, status)
    expect_text(output, "scripts/x.lua:1:|return = 1")

    app:use("B")
    status, output = reload_app.command(srv)
    assert.equal(0, status, output)
    assert.truthy(output:find("^generation 2 %(%x+%)\n"), output)
    for _, line in ipairs({ "changed scripts/main.lua", "changed static/version.txt", "changed templates/page.html" }) do
      assert.truthy(output:find(line .. "\n", 1, true), output)
    end
    assert.is_nil(output:find("same.txt", 1, true), output)

    status, output = reload_app.command(srv)
    assert.equal(0, status)
    assert.truthy(output:find("^unchanged: generation 2 "), output)

    app:add("C", { ["static/same.txt"] = false, ["static/new.txt"] = "new\n" })
    app:use("C")
    status, output = reload_app.command(srv)
    assert.equal(0, status)
    assert.truthy(output:find("added   static/new.txt\n", 1, true), output)
    assert.truthy(output:find("removed static/same.txt\n", 1, true), output)
  end)

  it("says so when no server runs", function()
    local status, output = server.run({ args = { "reload", "--data", server.folder() } })
    assert.equal(1, status)
    assert.truthy(output:find("no server", 1, true) or output:find("control.sock", 1, true), output)
  end)
end)
