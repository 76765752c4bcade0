--- A database that is not there when the server starts: what needs none is served, and when it has come it is
--- judged as a start does.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

describe("a server whose database is away", function()
  local maria, base

  lazy_setup(function()
    maria = mariadb.start()
  end)
  lazy_teardown(function()
    maria:stop()
  end)
  before_each(function()
    if maria:has_ended() then
      maria:restart()
    end
    base = maria:create()
    maria:kill("TERM")
  end)

  local function start(options)
    options.env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" }
    options.args = table.move(options.args or {}, 1, #(options.args or {}), 3, { "--database", base:url() })
    return server.start(options)
  end

  local function ready(srv)
    return process.wait_for(function()
      return srv:get("/readyz").status == 200
    end)
  end

  local function ended(srv)
    return srv:wait(), srv:log()
  end

  it("serves pages that need none, says why it is not ready, and takes it when it comes", function()
    local srv <close> = start({ args = { "--migrate" } })
    srv:get("/"):expect({ status = 200 })
    srv:get("/put"):expect({ status = 200 }):expect_body("<form")
    srv:get("/healthz"):expect({ status = 200 })
    srv:get("/readyz"):expect({ status = 503 })
    srv.admin:get("/readyz"):expect({ status = 503 }):expect_body("the database cannot be reached: 127.0.0.1:")
    srv:post("/open", { key = ("x"):rep(16) }):expect({ status = 503 })
    local _, text = srv:control("status")
    assert.matches("\ndatabase     mariadb, away: the database cannot be reached", text)
    maria:restart()
    assert.is_true(ready(srv))
    srv:set_clock(capsules.NOW)
    local key = capsules.put(srv)
    srv:post("/open", { key = key }):expect({ status = 403 })
    _, text = srv:control("status")
    assert.matches("\ndatabase     mariadb\n", text)
  end)

  it("ends with the words of a start where that is not migrated", function()
    local srv = start({})
    maria:restart()
    local status, log = ended(srv)
    assert.equal(1, status)
    assert.truthy(log:find("run `timecapsule migrate` first", 1, true), log)
    srv:stop({ any = true })
  end)

  it("ends where statements do not fit it, each with its place", function()
    local site = files.folder({ ["scripts/site.lua"] = "return function() end\n",
      ["sql/queries/site.sql"] = "-- name: site.x\nSELECT x FROM nowhere;\n" })
    local srv = start({ args = { "--migrate", "--site", site } })
    maria:restart()
    local status, log = ended(srv)
    assert.equal(1, status)
    assert.truthy(log:find("sql/queries/site.sql:1: site.x: ", 1, true), log)
    srv:stop({ any = true })
  end)

  it("judges what was loaded last", function()
    local site = files.folder({ ["scripts/site.lua"] = "return function() end\n",
      ["sql/queries/site.sql"] = "-- name: site.x\nSELECT x FROM nowhere;\n" })
    local srv <close> = start({ args = { "--migrate", "--site", site } })
    files.write(site, { ["sql/queries/site.sql"] = "-- name: site.x\nSELECT 1 AS x;\n" })
    local ok, text = srv:control("reload")
    assert.is_true(ok, text)
    maria:restart()
    assert.is_true(ready(srv))
  end)

  it("is stopped like any other", function()
    local srv = start({})
    srv:stop()
  end)

  it("does not start where it is told not to wait", function()
    local status, log = server.refused({ args = { "--database", base:url(), "--wait-database", "0" } })
    assert.equal(1, status)
    assert.truthy(log:find("timecapsule: the database cannot be reached: 127.0.0.1:", 1, true), log)
  end)

  it("ends when it has waited so long", function()
    local srv = start({ args = { "--wait-database", "1" } })
    local status, log = ended(srv)
    assert.equal(1, status)
    assert.truthy(log:find("timecapsule: the database cannot be reached: 127.0.0.1:", 1, true), log)
    srv:stop({ any = true })
  end)
end)
