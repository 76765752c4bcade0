--- What goes wrong between the host and a mail server: each failure is of the right kind, told in the
--- right words, and holds nobody else up.
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")
local socket = require("socket")

--- A worker that is held up is so for two seconds or more (sink and deadlines); a busy machine's page takes less.
local HELD_UP_S = 1.5

--- Asks for something else while a letter waits; how long the slowest answer took.
local function slowest_page(srv, times)
  local slowest = 0
  for _ = 1, times do
    local before = socket.gettime()
    srv:get("/hello"):expect({ status = 200 })
    slowest = math.max(slowest, socket.gettime() - before)
    socket.sleep(0.02)
  end
  return slowest
end

--- Begins to send; the connection's response() is what became of it.
local function begin(srv, letter)
  local conn = srv:connect()
  conn:ask({ method = "POST", path = "/send", headers = { ["Content-Type"] = "application/json" },
    body = require("cjson").encode(smtp.with_defaults(letter)) })
  return conn
end

--- Until the server has counted so many of something: what follows an answer takes a moment more.
local function await(sink, what, count)
  process.wait_for(function()
    return sink:count(what) >= count
  end)
  assert.equal(count, sink:count(what))
end

--- A port that nobody listens on.
local function closed_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return port
end

describe("a mail server's reply", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = smtp.app({ "--mail", sink:url(nil, "timeout=2") })
  end)

  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  local replies = {
    { to = "rcpt-450@example.org", kind = "temporary", words = "did not take the recipient: 450 4.2.1 <r***@example.org>" },
    { to = "rcpt-421@example.org", kind = "temporary", words = "the recipient: 421" },
    { to = "rcpt-550@example.org", kind = "permanent", words = "the recipient: 550" },
    { to = "rcpt-530@example.org", kind = "auth", words = "530" },
    { to = "data-451@example.org", kind = "temporary", words = "the letter: 451" },
    { to = "data-554@example.org", kind = "policy", words = "the letter: 554" },
    { to = "end-451@example.org", kind = "temporary", words = "the letter: 451 5.6.0 the first line 5.6.0 <e***" },
    { to = "end-421@example.org", kind = "temporary", words = "the letter: 421" },
    { to = "end-552@example.org", kind = "permanent", words = "the letter: 552" },
    { from = "mail-450@example.org", kind = "temporary", words = "the sender: 450" },
    { from = "mail-553@example.org", kind = "policy", words = "the sender: 553" },
    { from = "mail-552@example.org", kind = "policy", words = "the sender: 552" },
    { to = "drop@example.org", kind = "temporary", words = "closed the connection before it took the letter" },
  }
  for _, case in ipairs(replies) do
    it(("%s is %s"):format(case.to or case.from, case.kind), function()
      local out = smtp.send(srv, { to = case.to, from = case.from })
      assert.equal(case.kind, out.kind)
      assert.truthy(out.message:find(case.words, 1, true), out.message)
      assert.is_nil(case.to and out.message:find(case.to, 1, true), out.message)
      assert.is_truthy(smtp.send(srv, {}).receipt, "the next letter does not go")
    end)
  end

  it("leaves the connection in use where a letter was refused", function()
    smtp.send(srv, {})
    local before, resets = sink:count("connect"), sink:count("rset")
    assert.equal("permanent", smtp.send(srv, { to = "rcpt-550@example.org" }).kind)
    await(sink, "rset", resets + 1)
    socket.sleep(0.1) -- for its answer, before which the connection is not free
    assert.equal("permanent", smtp.send(srv, { to = "end-554@example.org" }).kind)
    assert.is_truthy(smtp.send(srv, {}).receipt)
    assert.equal(before, sink:count("connect"))
    assert.equal(resets + 1, sink:count("rset"))
  end)

  it("that comes to a kept connection's end is not the letter's fault", function()
    assert.is_truthy(smtp.send(srv, { to = "once@example.org" }).receipt)
    local before = sink:count("connect")
    socket.sleep(0.2) -- the server has closed by now
    assert.is_truthy(smtp.send(srv, {}).receipt)
    assert.equal(before + 1, sink:count("connect"))
  end)

  it("that never comes is temporary, and pages are served meanwhile", function()
    local conn = begin(srv, { to = "hang@example.org" })
    assert.is_true(slowest_page(srv, 20) < HELD_UP_S)
    local out = conn:response():json()
    conn:close()
    assert.equal("temporary", out.kind)
    assert.truthy(out.message:find("did not take the letter within 2 s", 1, true), out.message)
    assert.is_true(out.seconds >= 1.9)
    assert.is_truthy(smtp.send(srv, {}).receipt)
  end)

  it("is waited for by several letters at once", function()
    local conns, before = {}, sink:count("connect")
    for i = 1, 4 do
      conns[i] = begin(srv, { to = "slow@example.org" })
    end
    for _, conn in ipairs(conns) do
      assert.is_truthy(conn:response():json().receipt)
      conn:close()
    end
    assert.is_true(sink:count("connect") >= before + 3, "one after the other")
  end)

  it("is given up at the request's deadline, before and after it has connected", function()
    local silent = smtp.start({ words = { "--greeting", "" } })
    local apps = { smtp.app({ "--mail", sink:url() }), smtp.app({ "--mail", silent:url() }) }
    local conns = {}
    for i, app in ipairs(apps) do
      conns[i] = begin(app, { to = "hang@example.org" })
    end
    for i, app in ipairs(apps) do
      assert.is_true(slowest_page(app, 5) < HELD_UP_S)
      conns[i]:response():expect({ status = 503 })
      conns[i]:close()
      assert.equal("1", app:get("/closed?name=send").body)
      app:stop()
    end
    silent:stop()
  end)

  it("is waited for although the client has gone", function()
    local before = sink:letters()
    local conn = begin(srv, { to = "slow@example.org" })
    socket.sleep(0.1)
    conn:close()
    assert.is_truthy(sink:envelope(before + 1))
  end)
end)

describe("more letters than connections", function()
  it("wait for their turn", function()
    local sink = smtp.start()
    local srv = smtp.app({ "--mail", sink:url(nil, "connections=2") })
    local conns = {}
    for i = 1, 6 do
      conns[i] = begin(srv, { to = "slow@example.org" })
    end
    for _, conn in ipairs(conns) do
      assert.is_truthy(conn:response():json().receipt)
      conn:close()
    end
    assert.equal(2, sink:count("connect"))
    srv:stop()
    assert.equal(2, sink:count("quit"))
    sink:stop()
  end)
end)

describe("a mail server that cannot be used", function()
  local function fails(url, env)
    local srv = smtp.app({ "--mail", url }, env)
    local conn = begin(srv, {})
    local slowest = slowest_page(srv, 5)
    local out = conn:response():json()
    conn:close()
    assert.is_true(slowest < HELD_UP_S)
    assert.is_true(smtp.send(srv, {}).kind == out.kind, "another kind the second time")
    srv:stop()
    return out
  end

  it("because nobody listens is a temporary failure", function()
    local out = fails("smtp://127.0.0.1:" .. closed_port())
    assert.equal("temporary", out.kind)
    assert.truthy(out.message:find("cannot be used: Failed to connect", 1, true), out.message)
  end)

  it("because there is no such host is a temporary failure", function()
    local out = fails("smtp://mail.invalid:25?connect-timeout=3&timeout=3")
    assert.equal("temporary", out.kind)
    assert.truthy(out.message:find("mail.invalid", 1, true), out.message)
  end)

  local greetings = {
    { "421 4.3.2 too busy", "temporary", "421 4.3.2 too busy" },
    { "554 5.7.1 you are on a list", "auth", "554 5.7.1 you are on a list" },
    { "HTTP/1.1 400 Bad Request", "temporary", "" },
    { "", "temporary", "127.0.0.1" }, -- ours or libcurl's, whichever notices first
  }
  for _, case in ipairs(greetings) do
    it(("because it greets with '%s'"):format(case[1]), function()
      local sink = smtp.start({ words = { "--greeting", case[1] } })
      local out = fails(sink:url(nil, "timeout=1&connect-timeout=1"))
      sink:stop()
      assert.equal(case[2], out.kind)
      assert.truthy(out.message:find(case[3], 1, true), out.message)
    end)
  end

  -- libcurl hears the greeting, the host itself what follows; either would listen for ever.
  for _, line in ipairs({ "220-hello", "250-and", "no reply at all" }) do
    it(("because it says '%s' without an end holds nobody up"):format(line), function()
      local sink = smtp.start({ words = { "--flood", line } })
      local srv <close> = smtp.app({ "--mail", sink:url(nil, "timeout=60&connect-timeout=60") })
      local conn = begin(srv, { to = "ada@example.org" })
      local slowest = slowest_page(srv, 20)
      local out = conn:response():json()
      sink:stop()
      assert.equal("temporary", out.kind)
      assert.is_true(slowest < 10, slowest)
    end)
  end
end)
