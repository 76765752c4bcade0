--- A generation with faults is refused with every fault at its place, and nothing is started.
local lfs = require("lfs")
local server = require("spec.support.server")

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- A copy of the spec's application, with some files changed.
local function app_with(changes)
  local folder = server.folder()
  assert(os.execute(("cp -r spec/fixtures/host_app/. '%s'"):format(folder)))
  for path, text in pairs(changes) do
    write(folder .. "/" .. path, text)
  end
  return folder
end

local function faults_of(changes, args)
  local all = { "--app", app_with(changes), "--workers", "1" }
  local status, output = server.refused({ args = table.move(args or {}, 1, #(args or {}), #all + 1, all) })
  assert.equal(1, status)
  return output
end

local MAIN = read("spec/fixtures/host_app/scripts/main.lua")

describe("loading", function()
  local cases = {
    { "a syntax error, also in a script that nothing requires",
      { ["scripts/unused.lua"] = "local x =\nreturn x y\n" }, "scripts/unused.lua:2:" },
    { "an error while loading, with its traceback",
      { ["scripts/main.lua"] = "local t = nil\nreturn t.x\n" }, "scripts/main.lua:2:", "stack traceback" },
    { "waiting while loading",
      { ["scripts/main.lua"] = 'require("host.clock").sleep(1)\nreturn {}\n' },
      "host.clock.sleep cannot be used while scripts are loading" },
    { "coroutines that resume each other while loading",
      { ["scripts/main.lua"] = "local f, g\nf = coroutine.wrap(function() g() end)\n" ..
        "g = coroutine.wrap(function() f() end)\nf()\n" }, "cannot resume non-suspended coroutine" },
    { "a main that cannot answer",
      { ["scripts/main.lua"] = "return { failed = print }\n" }, "without a function 'handle'" },
    { "a main with something else where a function may be",
      { ["scripts/main.lua"] = "return { handle = print, failed = 1 }\n" },
      "without a function 'failed'" },
    { "an unknown statement at its call",
      { ["scripts/x.lua"] = 'local db = require("host.db")\n\nreturn function()\n  db.one("item.nope", {})\nend\n' },
      "scripts/x.lua:4: there is no statement 'item.nope'" },
    { "a parameter that the statement lacks",
      { ["scripts/x.lua"] = 'return function(db)\n  return db.one("item.get", {\n    nmae = 1 })\nend\n' },
      "scripts/x.lua:3: the statement 'item.get' (sql/queries/item.sql:4) has no parameter 'nmae'",
      "needs the parameter 'name'" },
    { "a parameter that a batch forgets",
      { ["scripts/x.lua"] = 'return { { "item.put", { name = "x" } } }\n' },
      "scripts/x.lua:1: the statement 'item.put'", "needs the parameter 'value'" },
    { "a statement's name that is not written literally",
      { ["scripts/x.lua"] = 'return function(db, name)\n  return db.one(name)\nend\n' },
      "scripts/x.lua:2: a statement's name is written literally" },
    { "SQL that the database refuses",
      { ["sql/queries/bad.sql"] = "-- name: bad.one\nSELECT x FROM nowhere;\n" },
      "sql/queries/bad.sql:", "nowhere" },
    { "a statement that is there twice",
      { ["sql/queries/more.sql"] = "-- name: item.get\nSELECT 1;\n" }, "item.get" },
    { "a setting's declaration without a type",
      { ["scripts/config.lua"] = 'return { { name = "x" } }\n' }, "scripts/config.lua:1: every setting" },
  }
  for _, case in ipairs(cases) do
    it("reports " .. case[1], function()
      local output = faults_of(case[2])
      for i = 3, #case do
        assert.truthy(output:find(case[i], 1, true), case[i] .. "\nis not in\n" .. output)
      end
    end)
  end

  it("refuses a script whose path is too long to be told in messages", function()
    local app, path = app_with({}), "scripts"
    for _ = 1, 6 do
      path = path .. "/" .. ("x"):rep(100)
      assert(lfs.mkdir(app .. "/" .. path))
    end
    write(app .. "/" .. path .. "/y.lua", "return 1")
    local status, output = server.refused({ args = { "--app", app, "--workers", "1" } })
    assert.equal(1, status)
    assert.truthy(output:find("/y.lua: the path is longer than", 1, true), output)
  end)

  it("reports all faults at once", function()
    local output = faults_of({ ["scripts/a.lua"] = "return (\n", ["scripts/b.lua"] = "if\n",
      ["sql/queries/bad.sql"] = "-- name: bad.one\nSELECT x FROM nowhere;\n" })
    assert.truthy(output:find("scripts/a.lua:", 1, true))
    assert.truthy(output:find("scripts/b.lua:", 1, true))
    assert.truthy(output:find("sql/queries/bad.sql:", 1, true))
  end)

  it("takes the name of a field for no statement", function()
    local output = faults_of({ ["scripts/x.lua"] = 'return function(req, tx)\n  req:all("tag")\n  tx:all("item.nope")\n' ..
      '  tx:all("tag", {})\n  return req:all("item.nope"), req:all("item.get"), req:all("item.a name")\nend\n' })
    assert.falsy(output:find("scripts/x.lua:2:", 1, true), output)
    assert.truthy(output:find("scripts/x.lua:3: there is no statement 'item.nope'", 1, true), output)
    assert.truthy(output:find("scripts/x.lua:4: there is no statement 'tag'", 1, true), output)
    assert.falsy(output:find("scripts/x.lua:5:", 1, true), output)
  end)

  it("judges settings by their declaration", function()
    local config = 'return { { name = "answer", type = "integer", default = 7, min = 1, max = 9, help = "h" } }\n'
    local output = faults_of({ ["scripts/config.lua"] = config }, { "--set", "answer=12" })
    assert.truthy(output:find("--set: the setting 'answer' cannot be '12'; it is an integer from 1", 1, true), output)
    output = faults_of({ ["scripts/config.lua"] = config }, { "--set", "anwser=2" })
    assert.truthy(output:find("there is no setting 'anwser'", 1, true), output)
  end)

  it("leaves the comments and strings of scripts alone", function()
    local app = app_with({ ["scripts/x.lua"] =
      '-- db.one("item.nope")\nlocal s = [[ db.one("item.nope") ]] .. \'db.all("no.no")\'\nreturn s\n' })
    server.start({ args = { "--app", app } }):stop()
  end)

  it("tells of modules that require each other, at the line that closes the circle", function()
    local main = MAIN:gsub("local M = {}", 'require("a") local M = {}', 1)
    local output = faults_of({ ["scripts/main.lua"] = main, ["scripts/a.lua"] = 'return\n require("b")\n',
      ["scripts/b.lua"] = '\n\nreturn { a = require("a") }\n' })
    assert.truthy(output:find("scripts/b.lua:3: modules that require each other: a → b → a; move", 1, true),
      output)
    output = faults_of({ ["scripts/main.lua"] = 'return require("main2")\n', ["scripts/main2.lua"] = 'return require("main2")\n' })
    assert.truthy(output:find("scripts/main2.lua:1: modules that require each other: main2 → main2;", 1, true), output)
  end)

  it("reads past a byte order mark, and past a first line for a shell", function()
    local mark = "\xEF\xBB\xBF"
    local config = 'return { { name = "answer", type = "integer", default = 7, help = "h" } }\n'
    local settings = server.folder() .. "/settings"
    write(settings, mark .. "answer = 8\n")
    local app = app_with({ ["scripts/main.lua"] = mark .. "#!/usr/bin/env lua\n" .. MAIN,
      ["scripts/config.lua"] = mark .. config,
      ["sql/queries/marked.sql"] = mark .. "-- name: item.marked\nSELECT value FROM item;\n" })
    local srv <close> = server.start({ args = { "--app", app, "--config", settings } })
    srv:get("/values"):expect({ status = 200 })
    local output = faults_of({ ["scripts/x.lua"] = mark .. "#!/usr/bin/lua\nreturn (\n" })
    assert.truthy(output:find("scripts/x.lua:3:", 1, true), output) -- lines keep their numbers
  end)

  it("reads no file that is not of the generation", function()
    local app = app_with({ ["scripts/main.lua"] = MAIN:gsub("local M = {}", 'local M = { x = require("nowhere") }', 1) })
    local status, output = server.refused({ args = { "--app", app } })
    assert.equal(1, status)
    assert.truthy(output:find("no script scripts/nowhere.lua in this generation", 1, true), output)
    assert.is_nil(output:find("/usr/", 1, true))
    assert.is_not_nil(lfs.attributes(app, "mode"))
  end)
end)
