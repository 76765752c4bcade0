-- What has begun before a reload ends in the generation in which it began; what does not end
-- is cut; and there are never more than four generations.
local http = require("spec.support.http")
local reload_app = require("spec.support.reload_app")
local socket = require("socket")

local function live(srv)
  return tonumber(select(2, srv:control("status")):match("live%s+(%d+)"))
end

local function expect_live(srv, count)
  reload_app.eventually(("there are %d generations, not %d"):format(live(srv), count), function()
    return live(srv) == count
  end)
end

--- An upload whose head and first bytes have been sent.
local function begin_upload(srv, bytes)
  local conn = srv:connect()
  conn:send(("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nxx"):format(bytes))
  socket.sleep(0.05)
  return conn
end

local function begin_slow(srv, seconds)
  local conn = srv:connect()
  conn:ask({ method = "GET", path = "/slow?s=" .. seconds })
  socket.sleep(0.05)
  return conn
end

describe("a request that began before the reload", function()
  it("runs to its end in the version in which it began", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    local slow, upload = begin_slow(srv, 0.6), begin_upload(srv, 6)
    app:use("B")
    reload_app.reload(srv)
    assert.equal("B", reload_app.version(srv:get("/page")))
    assert.equal(2, live(srv))

    local res = assert(slow:response()):expect({ status = 200, headers = { ["X-Generation"] = "1" } })
    assert.equal("A", reload_app.version(res))
    upload:send("yyyy")
    assert(upload:response()):expect({ status = 200, body = "version=A took 6 bytes" })
    expect_live(srv, 1)
    assert.truthy(srv:log():find("generation 1 has drained", 1, true))

    -- The connections live on, in the new version.
    assert.equal("B", reload_app.version(slow:request({ path = "/page" })))
    assert.equal("B", reload_app.version(upload:request({ path = "/page" })))
    slow:close()
    upload:close()
  end)

  it("is refused by the version in which it began, if that is how it ends", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    local conn = srv:connect()
    conn:send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nxx")
    socket.sleep(0.05)
    app:use("B")
    reload_app.reload(srv)
    conn:send("yy")
    assert.equal("A", reload_app.version(assert(conn:response()):expect({ status = 404 })))
    conn:close()
  end)
end)

describe("a generation that does not drain", function()
  local env = { TIMECAPSULE_DRAIN_MS = "700" }

  it("is cut at the deadline: handlers, uploads, and answers that nobody takes", function()
    local app = reload_app.versions("A", "B")
    app:add("large", { ["static/large.bin"] = ("x"):rep(4 * 1024 * 1024) })
    app:use("large")
    local srv <close> = app:start({ env = env })
    local slow, upload, deaf = begin_slow(srv, 9), begin_upload(srv, 6), srv:connect()
    deaf.socket:setoption("recv-buffer-size", 4096)
    deaf:ask({ path = "/static/large.bin" })
    socket.sleep(0.1)

    local began = socket.gettime()
    app:use("B")
    reload_app.reload(srv)
    assert.equal(2, live(srv))
    for _, conn in ipairs({ slow, upload }) do
      local answer, why = conn:response() -- the slow one's would have come
      assert.is_nil(answer)
      assert.not_equal("timeout", why)
    end
    assert.is_true(socket.gettime() - began > 0.6)
    expect_live(srv, 1)
    assert.truthy(srv:log():find("generation 1 has not drained in 1 s: what is left is cut", 1, true), srv:log())
    assert.equal("B", reload_app.version(srv:get("/page")))
    for _, conn in ipairs({ slow, upload, deaf }) do
      conn:close()
    end
  end)

  it("makes the fifth reload wait, together with those after it; nothing is cut early", function()
    local app = reload_app.versions("A", "B", "C", "D", "E")
    local srv <close> = app:start()
    local uploads = { begin_upload(srv, 6) }
    for i, version in ipairs({ "B", "C", "D" }) do
      app:use(version)
      assert.equal(i + 1, (reload_app.reload(srv)))
      uploads[i + 1] = begin_upload(srv, 6)
    end
    assert.equal(4, live(srv))

    app:use("E")
    local asks = {}
    for i = 1, 3 do
      asks[i] = http.connect({ path = srv.data .. "/control.sock" })
      asks[i]:send("reload\n")
    end
    asks[1].socket:settimeout(0.5)
    assert.is_nil((asks[1]:response()))
    assert.equal("D", reload_app.version(srv:get("/page")))
    assert.equal(4, live(srv))

    -- The second drains: any of the old ones makes room.
    uploads[2]:send("yyyy")
    assert(uploads[2]:response()):expect({ status = 200, body = "version=B took 6 bytes" })
    for _, ask in ipairs(asks) do
      ask.socket:settimeout(10)
      local answer = ask:rest()
      assert.truthy(answer and answer:find("^ok\ngeneration 5 "), answer)
      ask:close()
    end
    assert.equal("E", reload_app.version(srv:get("/page")))
    for i, version in pairs({ [1] = "A", [3] = "C", [4] = "D" }) do
      uploads[i]:send("yyyy")
      assert(uploads[i]:response()):expect({ body = ("version=%s took 6 bytes"):format(version) })
    end
    expect_live(srv, 1)
    for _, upload in ipairs(uploads) do
      upload:close()
    end
  end)

  it("does not hold up the end of the server", function()
    local app = reload_app.versions("A", "B")
    local srv = app:start()
    local slow = begin_slow(srv, 0.5)
    app:use("B")
    reload_app.reload(srv)
    srv:kill("TERM")
    assert.equal("A", reload_app.version(assert(slow:response())))
    assert.equal(0, srv:wait())
    slow:close()
    srv:stop()
  end)

  it("is forgotten when the server is told to stop in the middle of a reload", function()
    local app = reload_app.versions("A", "B", "C", "D", "E")
    local srv = app:start()
    local uploads = {}
    for i, version in ipairs({ "B", "C", "D", "E" }) do
      uploads[i] = begin_upload(srv, 6)
      app:use(version)
      if i < 4 then
        reload_app.reload(srv)
      end
    end
    local ask = http.connect({ path = srv.data .. "/control.sock" })
    ask:send("reload\n") -- waits for a place
    socket.sleep(0.05)
    srv:kill("TERM")
    assert.equal("error\nthe server is stopping\n", ask:rest())
    for _, upload in ipairs(uploads) do
      upload:close()
    end
    assert.equal(0, srv:wait())
    srv:stop()
  end)
end)
