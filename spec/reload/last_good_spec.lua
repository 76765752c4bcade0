-- Good generations are kept on disk: a server whose files are broken starts from the last one, and
-- `rollback` goes back whatever the files look like.
local lfs = require("lfs")
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")

local BROKEN = { ["scripts/x.lua"] = "return = 1\n" }

local function version(srv)
  return reload_app.version(srv:get("/page"))
end

--- The numbers of the stored generations, sorted.
local function stored(data)
  local numbers = {}
  for name in lfs.dir(data .. "/generations") do
    numbers[#numbers + 1] = tonumber(name)
  end
  table.sort(numbers)
  return numbers
end

local function damage(path, how)
  local bytes = reload_app.read(path)
  reload_app.write(path, how(bytes))
end

describe("a start with files that are broken", function()
  it("runs the last good generation, and says so loudly; --strict refuses", function()
    local app, data = reload_app.versions("A", "B"), server.folder()
    local srv = app:start({ data = data })
    finally(function()
      srv:stop()
    end)
    app:use("B")
    reload_app.reload(srv)
    srv:stop()
    local function expect_last_good(why)
      srv = app:start({ data = data })
      assert.equal("B", version(srv))
      srv:get("/generation"):expect({ body = "2" })
      assert.truthy(srv:log():find("THE FILES HAVE FAULTS: starting from generation 2", 1, true), srv:log())
      assert.truthy(srv:log():find(why, 1, true), srv:log())
      local ok, output = srv:control("reload")
      assert.is_false(ok)
      assert.truthy(output:find(why, 1, true), output)
      srv:stop()
    end

    app:add("broken", BROKEN)
    app:use("broken")
    expect_last_good("scripts/x.lua:1: unexpected symbol")
    local status, log = server.refused({ data = data, args = { "--app", app.path, "--workers", "1", "--strict" } })
    assert.equal(1, status)
    assert.truthy(log:find("scripts/x.lua:1: unexpected symbol", 1, true), log)

    -- Nor can these be read.
    assert(os.rename(app.path, app.path .. ".away"))
    expect_last_good("cannot open the folder")
    status, log = server.refused({ data = data, args = { "--app", app.path, "--workers", "1", "--strict" } })
    assert.equal(1, status)
    assert.truthy(log:find("cannot open the folder", 1, true), log)

    -- Mended, it goes on counting.
    assert(os.rename(app.path .. ".away", app.path))
    app:use("A")
    srv = app:start({ data = data })
    assert.equal("A", version(srv))
    srv:get("/generation"):expect({ body = "3" })
  end)

  it("and no good generation is refused", function()
    local app = reload_app.versions("A")
    app:add("broken", BROKEN)
    app:use("broken")
    local status, log = server.refused({ args = { "--app", app.path, "--workers", "1" } })
    assert.equal(1, status)
    assert.truthy(log:find("scripts/x.lua:1: unexpected symbol", 1, true), log)
    assert.truthy(log:find("nothing was started", 1, true), log)
  end)

  it("skips stored generations that are damaged", function()
    local app, data = reload_app.versions("A", "B", "C"), server.folder()
    local srv = app:start({ data = data })
    for _, name in ipairs({ "B", "C" }) do
      app:use(name)
      reload_app.reload(srv)
    end
    srv:stop()
    assert.same({ 1, 2, 3 }, stored(data))
    srv = app:start({ data = data })
    srv:get("/generation"):expect({ body = "3" }) -- the same files are no new generation
    srv:stop()
    damage(data .. "/generations/3", function(bytes)
      return bytes:sub(1, #bytes // 2) .. "!" .. bytes:sub(#bytes // 2 + 2)
    end)
    damage(data .. "/generations/2", function(bytes)
      return bytes:sub(1, -100)
    end)
    reload_app.write(data .. "/generations/4", "")
    reload_app.write(data .. "/generations/.5.new", "half")
    app:add("broken", BROKEN)
    app:use("broken")
    srv = app:start({ data = data })
    finally(function()
      srv:stop()
    end)
    assert.equal("A", version(srv))
    for number = 2, 4 do
      assert.truthy(srv:log():find("generations/" .. number, 1, true), srv:log())
    end
  end)

end)

describe("`timecapsule rollback`", function()
  local function start(...)
    local app = reload_app.versions(...)
    local srv = app:start()
    for i, name in ipairs({ ... }) do
      if i > 1 then
        app:use(name)
        reload_app.reload(srv)
      end
    end
    return app, srv
  end

  it("goes back to the generation before, says what that changes, and goes back again until there is none", function()
    local _, srv <close> = start("A", "B", "C")
    local status, output = reload_app.command(srv, "rollback")
    assert.equal(0, status, output)
    assert.truthy(output:find("^generation 4 "), output)
    assert.truthy(output:find("changed scripts/main.lua", 1, true), output)
    assert.equal("B", version(srv))
    srv:get("/static/version.txt"):expect({ body = "asset version=B\n" })
    assert.equal(5, (reload_app.reload(srv, "rollback")))
    assert.equal("A", version(srv))
    status, output = reload_app.command(srv, "rollback")
    assert.equal(1, status)
    assert.truthy(output:find("there is no earlier generation", 1, true), output)
    assert.equal("A", version(srv))
    -- The files are still of C: reloading takes them up again.
    assert.equal(6, (reload_app.reload(srv)))
    assert.equal("C", version(srv))
    assert.equal(7, (reload_app.reload(srv, "rollback")))
    assert.equal("A", version(srv))
  end)

  it("takes settings back too, those in the file, and does not mind one that cannot be read", function()
    local app, data = reload_app.versions("A", "B"), server.folder()
    local config = app.folder .. "/settings"
    local args = { "--config", config }
    reload_app.write(config, "label = first\nextra = 1\n")
    local srv = app:start({ data = data, args = args })
    finally(function()
      srv:stop()
    end)
    app:use("B")
    reload_app.reload(srv)
    reload_app.write(config, "label = second\n")
    local _, output = reload_app.reload(srv)
    assert.matches("^generation 3 [^\n]+\nchanged setting label\nremoved setting extra\n$", output)
    assert.equal("second 0", srv:get("/setting").body)

    reload_app.write(config, "\nlabel\n")
    local status
    status, output = reload_app.command(srv, "rollback")
    assert.equal(0, status, output)
    assert.matches("^generation 4 [^\n]+\nwarning: [^\n]+settings:2[^\n]+\nadded   setting extra\nchanged setting label\n$",
      output)
    assert.equal("first 1", srv:get("/setting").body)
    srv:get("/of/B"):expect({ status = 200 })

    -- A start takes back what the file says, if that is good.
    for _, case in ipairs({ { "extra = 77\n", "first 1" }, { "extra = 7\n", "version=B 7" } }) do
      local text, shown = table.unpack(case)
      srv:stop()
      reload_app.write(config, text)
      srv = app:start({ data = data, args = args })
      assert.equal(shown, srv:get("/setting").body)
      assert.equal(text:find("77") ~= nil, srv:log():find("THE FILES HAVE FAULTS", 1, true) ~= nil)
    end
  end)

  it("works while the files are broken, which `status` still says, and outlives a restart", function()
    local app, data = reload_app.versions("A", "B"), server.folder()
    local srv = app:start({ data = data })
    finally(function()
      srv:stop()
    end)
    app:use("B")
    reload_app.reload(srv)
    app:add("broken", BROKEN)
    app:use("broken")
    assert.is_false((srv:control("reload")))
    assert.equal(3, (reload_app.reload(srv, "rollback")))
    assert.equal("A", version(srv))
    local status = select(2, srv:control("status"))
    assert.truthy(status:find("reload       failed", 1, true), status)
    assert.is_false((srv:control("rollback")))
    srv:stop()

    srv = app:start({ data = data })
    assert.equal("A", version(srv))
    app:use("B")
    reload_app.reload(srv)
    status = select(2, srv:control("status"))
    assert.is_nil(status:find("failed", 1, true), status)
  end)

  it("skips a stored generation that is damaged; four are kept, readable by their owner alone", function()
    local _, srv <close> = start("A", "B", "C", "D", "E")
    assert.same({ 2, 3, 4, 5 }, stored(srv.data))
    assert.equal("rwx------", lfs.attributes(srv.data .. "/generations", "permissions"))
    assert.equal("rw-------", lfs.attributes(srv.data .. "/generations/5", "permissions"))
    damage(srv.data .. "/generations/4", function(bytes)
      return bytes:sub(1, -2) .. string.char(bytes:byte(-1) ~ 1)
    end)
    local _, output = reload_app.reload(srv, "rollback")
    assert.equal("C", version(srv))
    assert.truthy(output:find("warning: skipped: ", 1, true), output)
    assert.truthy(output:find("generations/4: it is damaged", 1, true), output)
  end)

  it("goes back past a migration", function()
    local app, data = reload_app.versions("A"), server.folder()
    local srv = app:start({ data = data })
    finally(function()
      srv:stop()
    end)
    app:add("B", { ["sql/migrations/0002_more.sql"] = "CREATE TABLE more (x BIGINT NOT NULL);\n" })
    app:use("B")
    assert.equal(0, (server.run({ args = { "migrate", "--app", app.path, "--data", data } })))
    reload_app.reload(srv)
    assert.equal(3, (reload_app.reload(srv, "rollback")))
    assert.equal("A", version(srv))
    srv:stop()

    -- A start does so only where it has to.
    app:use("A")
    local status, log = server.refused({ data = data, args = { "--app", app.path, "--workers", "1" } })
    assert.equal(1, status)
    assert.truthy(log:find("the database is newer than this program", 1, true), log)
    os.remove(app.path)
    srv = app:start({ data = data })
    assert.equal("A", version(srv))
  end)
end)
