--- A reload on MariaDB: connections stay, and where the server is away all but the statements is judged.
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local reload_app = require("spec.support.reload_app")

describe("a reload", function()
  local own, app, srv

  lazy_setup(function()
    own = mariadb.start()
    app = reload_app.versions("A", "B")
    app:add("syntax", { ["scripts/x.lua"] = "return (\n" })
    app:add("statement", { ["sql/queries/bad.sql"] = "-- name: bad.one\nSELECT x FROM nowhere;\n" })
  end)
  before_each(function()
    app:use("A")
    srv = app:start({ database = own:create(), database_options = { mariadb = "pool=2" } })
  end)
  after_each(function()
    srv:stop()
  end)
  lazy_teardown(function()
    own:stop()
  end)

  --- The numbers of the server's connections, once each worker has used its own.
  local function connections()
    local conns = {}
    for i = 1, 16 do
      conns[i] = srv:connect()
      conns[i]:ask({ path = "/page" })
    end
    for _, conn in ipairs(conns) do
      conn:response():expect({ status = 200 })
      conn:close()
    end
    return own:sql("SELECT id FROM information_schema.processlist WHERE user = 'spec' ORDER BY id")
  end

  it("keeps the database's connections", function()
    local before
    assert.is_truthy(process.wait_for(function()
      before = connections()
      return before:find("\n", 1, true)
    end), "the workers have no connections")
    for i = 1, 4 do
      app:use(i % 2 == 1 and "B" or "A")
      reload_app.reload(srv)
      assert.is_truthy(process.wait_for(function() -- the build's own closes
        return connections() == before
      end), before .. " have become " .. connections())
    end
  end)

  it("warns where the database is down, tells all other faults, and judges the statements when it is back", function()
    own:kill("KILL")
    app:use("syntax")
    local ok, output = srv:control("reload")
    assert.is_false(ok)
    assert.matches("^warning: statements were not checked: [^\n]+\nscripts/x%.lua:%d: ", output)
    assert.truthy(output:find("\n1 fault; nothing was changed\n", 1, true), output)

    app:use("statement")
    local number
    number, output = reload_app.reload(srv)
    assert.equal(2, number)
    assert.matches("warning: statements were not checked: [^\n]+\n.*\nadded   sql/queries/bad%.sql\n", output)
    srv:get("/of/statement"):expect({ status = 200 })

    own:restart()
    ok, output = srv:control("reload")
    assert.is_false(ok)
    assert.truthy(output:find("sql/queries/bad.sql:1: bad.one", 1, true), output)
    app:use("B")
    assert.equal(3, (reload_app.reload(srv)))
    assert.is_truthy(process.wait_for(function()
      return srv:get("/page").status == 200
    end))
    assert.equal("B", reload_app.version(srv:get("/page")))
    assert.truthy(select(2, srv:control("reload")):find("^unchanged"))
  end)
end)
