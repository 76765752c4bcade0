-- What a reload leaves alone, what it takes up, and who may ask for one.
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local function number_of(srv)
  return tonumber(srv:get("/generation").body)
end

local function expect_number(srv, number)
  reload_app.eventually("there is no generation " .. number, function()
    return number_of(srv) == number
  end)
end

describe("a reload", function()
  it("leaves connections open, and shared values as they are", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    local conn = srv:connect()
    for i = 1, 6 do
      assert.equal(i % 2 == 1 and "A" or "B", reload_app.version(conn:request({ path = "/page" })))
      conn:request({ path = "/count" }):expect({ body = tostring(i) })
      app:use(i % 2 == 1 and "B" or "A")
      reload_app.reload(srv)
    end
    conn:close()
  end)

  it("leaves the connection to the mail server open", function()
    local folder, sink <close> = server.folder(), smtp.start()
    assert(os.execute(("cp -r spec/fixtures/mail_app/. '%s'"):format(folder)))
    local srv <close> = server.start({ args = { "--app", folder, "--workers", "1", "--mail", sink:url() } })
    for i = 1, 3 do
      assert.is_truthy(smtp.send(srv, {}).receipt)
      reload_app.write(folder .. "/static/README.txt", tostring(i))
      assert.equal(i + 1, (reload_app.reload(srv)))
    end
    assert.is_truthy(smtp.send(srv, {}).receipt)
    assert.equal(1, sink:count("connect"))
  end)

  it("takes up settings from the file that --config names", function()
    local app = reload_app.versions("A")
    local config = app.folder .. "/settings"
    reload_app.write(config, "extra = 1\n")
    local srv <close> = app:start({ args = { "--config", config } })
    srv:get("/setting"):expect({ body = "version=A 1" })

    reload_app.write(config, "extra = 2\nlabel = mine\n")
    assert.equal(2, (reload_app.reload(srv)))
    srv:get("/setting"):expect({ body = "mine 2" })

    for _, case in ipairs({ { "extra = 77\n", "extra", config .. ":1", "from 0 up to 9" },
      { "\nextar = 2\n", "extar", config .. ":2" }, { "extra\n", config .. ":1", "name = value" },
      { "workers = many\n", "workers", config .. ":1" } }) do
      reload_app.write(config, case[1])
      local ok, output = srv:control("reload")
      assert.is_false(ok)
      for i = 2, #case do
        assert.truthy(output:find(case[i], 1, true), case[i] .. "\nis not in\n" .. output)
      end
      srv:get("/setting"):expect({ body = "mine 2" })
    end
    reload_app.write(config, "extra\n") -- with what else is wrong, judged with the settings of before
    app:add("broken", { ["scripts/x.lua"] = "return (\n", ["scripts/main.lua"] =
      'error(require("host").config.label)\n' })
    app:use("broken")
    local ok, output = srv:control("reload")
    assert.is_false(ok)
    for _, fault in ipairs({ config .. ":1", "scripts/x.lua:", "scripts/main.lua:1: mine\n",
      "\n3 faults; nothing was changed\n" }) do
      assert.truthy(output:find(fault, 1, true), fault .. "\nis not in\n" .. output)
    end
    app:use("A")
    assert.is_false((srv:control("reload")))
    os.remove(config)
    assert.is_false((srv:control("reload")))

    reload_app.write(config, "")
    assert.equal(3, (reload_app.reload(srv)))
    srv:get("/setting"):expect({ body = "version=A 0" })
  end)

  it("names what takes a restart", function()
    local app = reload_app.versions("A", "B")
    local config = app.folder .. "/settings"
    reload_app.write(config, "")
    local srv <close> = app:start({ args = { "--config", config } })
    reload_app.write(config, "log-level = warn\npublic-url = http://example.org\ntime-zone = Asia/Shanghai\n"
      .. "strict = on\nmigrate = on\nlimit-cpu = 2s\nlimit-memory = 8MiB\ntrusted-proxy = 10.0.0.0/8\n")
    local _, output = reload_app.reload(srv)
    for _, name in ipairs({ "log-level", "public-url", "time-zone", "strict", "migrate", "limit-cpu",
      "limit-memory", "trusted-proxy" }) do
      assert.truthy(output:find(name .. " has changed and takes a restart", 1, true), output)
    end
    for _, name in ipairs({ "listen", "workers", "database", "secret-file", "config", "limits", "limit-time" }) do
      assert.is_nil(output:find(name .. " has changed", 1, true), output)
    end
    app:use("B")
    _, output = reload_app.reload(srv)
    assert.truthy(output:find("changed scripts/main.lua", 1, true), output)
    assert.truthy(output:find("time-zone has changed and takes a restart", 1, true), output)
  end)

  it("is asked for by SIGHUP, and by a script", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    app:use("B")
    srv:kill("HUP")
    expect_number(srv, 2)
    assert.equal("B", reload_app.version(srv:get("/page")))
    app:use("A")
    srv:get("/reload"):expect({ body = "true" })
    expect_number(srv, 3)

    app:add("broken", { ["scripts/x.lua"] = "return = 1\n" })
    app:use("broken")
    srv:kill("HUP")
    reload_app.eventually("the log says nothing", function()
      return srv:log():find("scripts/x.lua:1: unexpected symbol", 1, true)
    end)
    assert.truthy(select(2, srv:control("status")):find("reload       failed", 1, true))
    assert.equal(3, number_of(srv))
  end)

  it("counts itself, and says which generation is current", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    local function expect_metrics(...)
      local text = "\n" .. srv:get("/metrics").body
      for _, line in ipairs({ ... }) do
        assert.truthy(text:find("\n" .. line .. "\n", 1, true), line .. "\nis not in\n" .. text)
      end
    end
    expect_metrics("tc_generation 1")
    app:use("B")
    reload_app.reload(srv)
    expect_metrics("tc_generation 2", 'tc_reloads_total{outcome="good"} 1')
    app:add("broken", { ["scripts/x.lua"] = "return = 1\n" })
    app:use("broken")
    srv:control("reload")
    expect_metrics("tc_generation 2", 'tc_reloads_total{outcome="good"} 1', 'tc_reloads_total{outcome="failed"} 1')
  end)
end)

describe("a generation whose migrations the database lacks", function()
  it("is refused, naming `migrate`, and taken once that has run", function()
    local app = reload_app.versions("A")
    local srv <close> = app:start()
    app:add("B", { ["sql/migrations/0002_more.sql"] = "CREATE TABLE more (x BIGINT NOT NULL);\n",
      ["sql/queries/more.sql"] = "-- name: more.all\nSELECT x FROM more;\n" })
    app:use("B")
    local status, output = reload_app.command(srv)
    assert.equal(1, status)
    assert.truthy(output:find("the database is at migration 1", 1, true), output)
    assert.truthy(output:find("need 2: run `timecapsule migrate`", 1, true), output)
    assert.equal("A", reload_app.version(srv:get("/page")))
    assert.truthy(output:find("\n1 fault; nothing was changed\n", 1, true), output)

    -- It is told with whatever else is wrong.
    app:add("worse", { ["sql/migrations/0002_more.sql"] = "CREATE TABLE more (x BIGINT NOT NULL);\n",
      ["sql/queries/more.sql"] = "-- name: more.all\nSELECT x FROM more;\n",
      ["scripts/x.lua"] = 'return (\n', ["scripts/main.lua"] = 'error("no")\n' })
    app:use("worse")
    status, output = reload_app.command(srv)
    assert.equal(1, status)
    for _, fault in ipairs({ "need 2: run `timecapsule migrate`", "scripts/x.lua:", "scripts/main.lua:1: no\n",
      "\n3 faults; nothing was changed\n" }) do
      assert.truthy(output:find(fault, 1, true), output)
    end
    app:use("B")

    status, output = server.run({ args = { "migrate", "--app", app.path, "--data", srv.data } })
    assert.equal(0, status, output)
    assert.equal(2, (reload_app.reload(srv)))
    assert.equal("B", reload_app.version(srv:get("/page")))
    -- Files that lack what the database has are refused as a start would refuse them, and be they those that serve.
    app:use("A")
    status, output = reload_app.command(srv)
    assert.equal(1, status)
    assert.truthy(output:find("the database is newer than this program: it has migration 0002 of 'app'", 1, true), output)
    assert.equal("B", reload_app.version(srv:get("/page")))
    assert.equal(3, (reload_app.reload(srv, "rollback"))) -- an older generation does not mind a newer database
    status, output = reload_app.command(srv)
    assert.equal(1, status)
    assert.truthy(output:find("the database is newer than this program", 1, true), output)
  end)
end)
