-- SIGTERM in the middle of everything: what was sent is answered, nothing is reset; a second one ends at once.
local host_app = require("spec.support.host_app")
local http = require("spec.support.http")
local process = require("spec.support.process")
local socket = require("socket")

--- That many connections, each after `begin`.
local function connections(srv, count, begin)
  local list = {}
  for i = 1, count do
    list[i] = srv:connect()
    begin(list[i])
  end
  return list
end

local function expect_answer(conn, body)
  local answer, why = conn:response()
  assert(answer, why):expect({ status = 200, header = { connection = "close" }, body = body })
end

--- It has ended by itself, and not because its time was over.
local function expect_good_end(srv)
  assert.equal(0, srv:wait())
  assert.is_nil(srv:log():find("takes too long", 1, true), srv:log())
end

--- Closed in order, with nothing more on it: a reset would be another word.
local function expect_end(conn)
  local byte, why = conn.socket:receive(1)
  assert.is_nil(byte)
  assert.equal("closed", why)
  conn:close()
end

--- Clients that ask for one thing after the other as quickly as they can; step() returns false when all have been
--- told that it was their last.
local function busy_clients(srv, count)
  local open, socks, served = {}, {}, 0
  local function ask(conn)
    conn:ask({ path = "/hello" })
  end
  for _, conn in ipairs(connections(srv, count, ask)) do
    open[conn.socket] = conn
  end
  local function listen(sock)
    local answer, why = open[sock]:response()
    assert(answer, why):expect({ status = 200, body = "hello" })
    served = served + 1
    if answer.headers.connection ~= "close" then
      return ask(open[sock])
    end
    expect_end(open[sock])
    open[sock] = nil
  end
  return function()
    socks = {}
    for sock in pairs(open) do
      socks[#socks + 1] = sock
    end
    for _, sock in ipairs(#socks > 0 and socket.select(socks, nil, 5) or {}) do
      listen(sock)
    end
    return #socks > 0, served
  end
end

--- A client that connects for each request, until it is refused: it is never left without an answer.
local function connect_and_ask(srv)
  local ok, conn = pcall(srv.connect, srv)
  if not ok then
    return false
  end
  conn:ask({ path = "/hello", headers = { Connection = "close" } })
  assert(conn:response()):expect({ status = 200, body = "hello" })
  conn:close()
  return true
end

describe("stopping", function()
  local srv

  before_each(function()
    srv = host_app.start({ "--workers", "2" })
  end)
  after_each(function()
    srv:stop({ any = true })
  end)

  it("answers what waits, what is being sent and what nobody has read yet", function()
    local idle = connections(srv, 10, function(conn)
      conn:request({ path = "/hello" }):expect({ status = 200 })
    end)
    local fresh = connections(srv, 5, function() end)
    local parked = connections(srv, 20, function(conn)
      conn:ask({ path = "/sleep?s=0.6" })
    end)
    local names = 0
    local writing = connections(srv, 5, function(conn)
      names = names + 1
      conn:ask({ path = "/put?name=" .. names .. "&value=x" })
    end)
    local uploads = connections(srv, 10, function(conn)
      conn:send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234")
    end)
    process.wait_for(function() -- the last of them has been accepted
      return host_app.closed(srv, "sleep", 0) == 0
    end)
    local unread = connections(srv, 30, function(conn)
      conn:ask({ path = "/hello" })
    end)
    srv:kill("TERM")
    for _, conn in ipairs(unread) do
      local answer, why = conn:response() -- some were answered before the signal came
      assert(answer, why):expect({ status = 200, body = "hello" })
      expect_end(conn)
    end
    for _, conn in ipairs(uploads) do
      conn:send("56789")
      expect_answer(conn, "POST\n/echo\n/echo\n0123456789")
      expect_end(conn)
    end
    for _, conn in ipairs(parked) do
      expect_answer(conn, "slept")
      expect_end(conn)
    end
    for _, conn in ipairs(writing) do
      assert(conn:response()):expect({ status = 200, body = "1" })
      expect_end(conn)
    end
    for _, list in ipairs({ idle, fresh }) do
      for _, conn in ipairs(list) do
        expect_end(conn)
      end
    end
    expect_good_end(srv)
    srv:expect_clean()
  end)

  it("loses no answer of clients that ask without a pause", function()
    local step = busy_clients(srv, 16)
    for _ = 1, 50 do
      assert.is_true(step())
      assert.is_true(connect_and_ask(srv))
    end
    srv:kill("TERM")
    local accepted, running, served = true, true, nil
    while running or accepted do
      running, served = step()
      accepted = accepted and connect_and_ask(srv)
    end
    assert.is_true(served > 50)
    expect_good_end(srv)
  end)

  it("lets nobody wait in a queue that is not served any more", function()
    local parked = connections(srv, 1, function(conn)
      conn:ask({ path = "/sleep?s=2" })
    end)[1]
    process.wait_for(function()
      return srv:get("/hello").status == 200
    end)
    srv:kill("TERM")
    local refused = process.wait_for(function()
      local ok, why = pcall(http.connect, srv.address)
      return not ok and tostring(why):find("refused", 1, true)
    end)
    assert.is_truthy(refused)
    assert.is_nil(srv:status()) -- it is still at its work
    expect_answer(parked, "slept")
    expect_good_end(srv)
  end)

  it("waits as long as a request may take, whatever --limit-time says", function()
    local patient = host_app.start({ "--limit-time", "20s" }, { env = { TIMECAPSULE_STOP_MS = "50" } })
    finally(function() patient:stop({ any = true }) end)
    local parked = connections(patient, 1, function(conn)
      conn:ask({ path = "/sleep?s=1.5" })
    end)[1]
    socket.sleep(0.1)
    patient:kill("TERM")
    expect_answer(parked, "slept")
    expect_good_end(patient)
  end)

  it("ends at once when it is told a second time", function()
    local parked = connections(srv, 1, function(conn)
      conn:ask({ path = "/sleep?s=9" })
    end)[1]
    socket.sleep(0.1)
    srv:kill("TERM")
    assert.is_true(process.wait_for(function()
      return srv:log():find("stopping", 1, true) ~= nil
    end))
    socket.sleep(0.2) -- two that come together are one wish, told twice
    assert.is_nil(srv:status())
    srv:kill("INT")
    assert.equal(1, srv:wait())
    assert.truthy(srv:log():find("second signal: ending at once", 1, true), srv:log())
    parked:close()
  end)

  it("ends when it is told a second time although its data folder lets nothing be kept", function()
    local folder = process.make_folder()
    local lock = process.guard(folder, { "flock", "--no-fork", srv.data, "sh", "-c", "echo held; exec sleep 600" })
    finally(function() lock:close() end)
    assert.is_true(process.wait_for(function()
      return process.read_file(folder .. "/log") == "held\n"
    end))
    local parked = srv:connect()
    parked:ask({ path = "/sleep?s=9" })
    process.wait_for(function()
      return host_app.closed(srv, "sleep", 0) == 0
    end)
    srv:kill("TERM")
    assert(process.wait_for(function()
      if not srv:status() then
        srv:kill("TERM")
      end
      return srv:status()
    end))
    assert.equal(128 + 14, srv:status(), srv:log()) -- SIGALRM
    parked:close()
  end)
end)
