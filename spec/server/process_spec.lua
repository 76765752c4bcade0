-- The program as a process: how it starts, says where it listens, answers on the control
-- socket, and ends.
local http = require("spec.support.http")
local lfs = require("lfs")
local server = require("spec.support.server")

describe("the server", function()
  it("says where it listens, and answers there and to the admin", function()
    local srv <close> = server.start()
    assert.truthy(srv.url:find("^http://127%.0%.0%.1:%d+$"))
    srv:get("/healthz"):expect({ status = 200 })
    srv.admin:get("/healthz"):expect({ status = 200 })
    srv.admin:get("/metrics"):expect({ status = 200 })
  end)

  it("ends with status 0 at SIGTERM and leaves no control socket behind", function()
    local data = server.folder()
    local srv = server.start({ data = data })
    assert.equal("socket", lfs.attributes(data .. "/control.sock", "mode"))
    srv:kill("TERM")
    assert.equal(0, srv:wait())
    srv:stop()
    assert.is_nil(lfs.attributes(data .. "/control.sock", "mode"))
  end)

  it("starts again where it was killed", function()
    local data = server.folder()
    local srv = server.start({ data = data })
    srv:kill("KILL")
    assert.equal(128 + 9, srv:wait())
    srv:stop()
    srv = server.start({ data = data })
    finally(function()
      srv:stop()
    end)
    srv:get("/healthz"):expect({ status = 200 })
  end)

  it("listens on several addresses, also on a Unix socket", function()
    local folder = server.folder()
    local _ <close> = server.start({ args = { "--listen", "127.0.0.1:0",
      "--listen", "unix:" .. folder .. "/http.sock" } })
    local conn = http.connect({ path = folder .. "/http.sock" })
    conn:request({ path = "/healthz" }):expect({ status = 200 })
    conn:close()
  end)

  it("refuses a data folder that another one uses, and says so", function()
    local data = server.folder()
    local srv <close> = server.start({ data = data })
    local status, log = server.refused({ data = data })
    assert.not_equal(0, status)
    assert.truthy(log:find("another server runs on this data folder", 1, true), log)
    srv:get("/healthz"):expect({ status = 200 })
  end)

  it("refuses an address in use, and names the option", function()
    local srv <close> = server.start()
    local status, log = server.refused({ args = { "--listen", srv.url:match("//(.*)") } })
    assert.not_equal(0, status)
    assert.truthy(log:find("listen", 1, true) and log:find("in use", 1, true), log)
  end)

  it("names the option that is wrong and what is allowed", function()
    local cases = {
      { { "--workers", "many" }, "--workers", "0 to 256" },
      { { "--lisen", ":1" }, "--lisen", "did you mean --listen?" },
      { { "--set", "no_such_setting=1" }, "no_such_setting", "--set" },
      { { "--database", "oracle://u@h/d" }, "--database", "mariadb://user" },
    }
    for _, case in ipairs(cases) do
      local status, log = server.refused({ args = case[1] })
      assert.not_equal(0, status)
      assert.truthy(log:find(case[2], 1, true) and log:find(case[3], 1, true), log)
    end
  end)

  it("takes options from the environment, and the command line wins", function()
    local srv = server.start({ args = { "--log-level", "info" },
      env = { TIMECAPSULE_LOG_FORMAT = "json", TIMECAPSULE_LOG_LEVEL = "error" } })
    srv:get("/healthz")
    srv:stop()
    assert.truthy(srv:log():find('{[^\n]*"info"'), srv:log())
  end)
end)

describe("the control socket", function()
  it("answers status, and refuses what it does not know", function()
    local srv <close> = server.start()
    assert.equal("rw-------", lfs.attributes(srv.data .. "/control.sock", "permissions"))
    local ok, text = srv:control("status")
    assert.is_true(ok)
    assert.truthy(text:find("generation", 1, true), text)
    ok = srv:control("dance")
    assert.is_false(ok)
  end)

  it("is what `timecapsule status` asks", function()
    local srv <close> = server.start()
    local status, output = server.run({ args = { "status", "--data", srv.data } })
    assert.equal(0, status)
    assert.truthy(output:find("generation", 1, true), output)
    status = server.run({ args = { "status", "--data", srv.folder } })
    assert.not_equal(0, status)
  end)
end)

describe("the clock", function()
  it("is set by specs in a debug build", function()
    local srv <close> = server.start()
    srv:set_clock("2099-12-31T23:59:58Z")
    local ok, text = srv:control("clock tomorrow")
    assert.is_false(ok)
    assert.equal("clock takes unix seconds\n", text)
  end)

  it("cannot be set in the release program", function()
    local program = lfs.currentdir() .. "/build/release/timecapsule"
    assert.truthy(lfs.attributes(program, "mode"), "there is no release program: make build")
    local srv <close> = server.start({ program = program })
    local ok, text = srv:control("clock 4102444800")
    assert.is_false(ok)
    assert.truthy(text:find("clock", 1, true), text)
    local file = assert(io.open(program, "rb"))
    local bytes = file:read("a")
    file:close()
    assert.is_nil(bytes:find("clock takes unix seconds", 1, true))
  end)
end)
