--- host.db from a handler's side.
local host_app = require("spec.support.host_app")
local socket = require("socket")

describe("host.db", function()
  local srv

  lazy_setup(function()
    srv = host_app.start()
  end)

  lazy_teardown(function()
    srv:stop()
  end)

  it("brings every kind of value back as it went", function()
    srv:get("/values"):expect({ body = "all the same" })
  end)

  it("answers a write once it is done, and a repeated key as a conflict", function()
    srv:get("/put?name=a&value=b"):expect({ body = "1" })
    srv:get("/get?name=a"):expect({ body = "b" })
    srv:get("/put?name=a&value=c"):expect({ status = 500 }):expect_body("conflict: item.put")
  end)

  it("runs a batch all or not at all", function()
    srv:get("/batch?first=b1&second=b2"):expect({ body = "2 done" })
    srv:get("/batch?first=b3&second=b1"):expect({ body = "conflict" })
    srv:get("/get?name=b3"):expect({ body = "none" })
  end)

  it("commits a transaction whose function returns", function()
    srv:get("/tx?how=ok"):expect({ body = "true|one|two|nil|ok" })
  end)

  it("rolls a transaction back whose function raises, and raises the same", function()
    srv:get("/tx?how=raise"):expect_body("false|", "raised inside", "|none")
    srv:get("/tx?how=end"):expect_body("false|", "raised inside", "|none")
  end)

  it("rolls a transaction back whose function returns nil and a message", function()
    srv:get("/tx?how=fail"):expect({ body = "true|nil|not wanted|state|none" })
  end)

  it("rolls a transaction back whose client has gone, and lends its connection again", function()
    local conn = srv:connect()
    conn:ask({ method = "GET", path = "/hold-tx?name=gone&s=9" })
    socket.sleep(0.2)
    conn:close()
    srv:get("/put?name=after-gone&value=x"):expect({ body = "1" })
    srv:get("/get?name=gone"):expect({ body = "none" })
  end)

  it("rolls a transaction back whose task has ended, though a coroutine still holds it", function()
    srv:get("/forget-tx?name=forgotten"):expect({ body = "true" })
    srv:get("/put?name=forgotten&value=new"):expect({ body = "1" }) -- and not after seconds, with "took too long"
    srv:get("/get?name=forgotten"):expect({ body = "new" })
  end)

  it("ends a transaction that keeps the writer for too long", function()
    srv:get("/hold-tx?name=long&s=4"):expect_body("timeout")
    srv:get("/get?name=long"):expect({ body = "none" })
  end)

  it("refuses at once, inside a transaction, what would wait for that transaction", function()
    for _, what in ipairs({ "exec", "batch", "tx", "child" }) do
      srv:get("/tx-outside?what=" .. what):expect_body("done|1|", "inside db.tx would wait", "tx:exec")
      srv:get("/get?name=inside-" .. what):expect({ body = "x" })
      srv:get("/get?name=child-" .. what):expect({ body = "x" })
    end
    srv:get("/get?name=outside"):expect({ body = "none" })
    srv:get("/tx-outside?what=read"):expect({ body = "done|1|nil" })
  end)

  it("lets nobody else use a transaction's handle", function()
    local conn = srv:connect()
    conn:ask({ method = "GET", path = "/tx-lend" })
    socket.sleep(0.3)
    srv:get("/tx-borrow"):expect_body("this transaction is another request's")
    conn:response():expect({ body = "lent" })
    conn:close()
    srv:get("/tx-borrow"):expect_body("this transaction has ended")
    srv:get("/get?name=borrowed"):expect({ body = "none" })
  end)

  it("copies a string once, however many statements have it, and charges the task for it", function()
    local one = host_app.start({ "--limit-cpu", "10s", "--limit-time", "60s" })
    local function most() -- KiB
      local file <close> = assert(io.open(("/proc/%d/status"):format(one.pid)))
      return tonumber(file:read("a"):match("VmHWM:%s+(%d+)"))
    end
    one:get("/batch-shared?count=1&bytes=4000000"):expect({ body = "1" })
    local before = most()
    one:get("/batch-shared?count=25&bytes=4000000"):expect({ body = "25" })
    local packets = os.getenv("SPEC_DATABASE") == "mariadb" and 100000 or 0 -- that its client makes of them
    assert.is_true(most() - before < packets + 60000, most() - before)
    one:get("/batch-shared?count=3&bytes=4000000&own=1"):expect({ status = 503 })
    one:stop({ any = true })
  end)

  it("names what a call got wrong", function()
    srv:get("/misuse?call=unknown"):expect_body("there is no statement 'item.none'")
    srv:get("/misuse?call=parameter"):expect_body("has no parameter 'nmae'")
    srv:get("/misuse?call=utf8"):expect_body("not valid UTF-8", "sql/queries/item.sql:")
  end)
end)

describe("a full queue", function()
  it("is answered at once with kind limit, and empties", function()
    local srv = host_app.start({}, {
      database_options = { sqlite = "queue=2", mariadb = "queue=2&pool=1" },
    })
    local holder = srv:connect()
    holder:ask({ method = "GET", path = "/hold-tx?name=h&s=0.8" })
    socket.sleep(0.2)
    local conns, full = {}, 0
    for i = 1, 6 do
      conns[i] = srv:connect()
      conns[i]:ask({ method = "GET", path = "/put?name=q" .. i .. "&value=v" })
    end
    for i = 1, 6 do
      local res = conns[i]:response()
      if res.status == 503 then
        res:expect_body("limit: ")
        full = full + 1
      else
        res:expect({ status = 200, body = "1" })
      end
      conns[i]:close()
    end
    holder:response():expect({ body = "committed" })
    holder:close()
    assert.is_true(full >= 3 and full < 6, full .. " were refused")
    srv:get("/put?name=later&value=v"):expect({ status = 200 })
    srv:stop()
  end)
end)
