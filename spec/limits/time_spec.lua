--- Scripts that never end: each ends in its error, and others are served meanwhile.
local limits_app = require("spec.support.limits_app")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

-- What a handler may get stuck in, and the limit that ends it.
local LOOPS = {
  { "a busy loop", "cpu", "while true do end" },
  { "a loop that catches every error", "cpu", "while true do pcall(function() while true do end end) end" },
  { "a loop in pcall in a coroutine", "cpu",
    "local co = coroutine.wrap(function() while true do pcall(function() while true do end end) end end)\nco()" },
  { "a nested coroutine", "cpu", [[
    local function nest(depth)
      if depth == 0 then while true do end end
      coroutine.resume(coroutine.create(nest), depth - 1)
      while true do end
    end
    nest(10)]] },
  { "coroutines without end", "cpu",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end" },
  { "__index", "cpu", "return setmetatable({}, { __index = function() while true do end end }).x" },
  { "an iterator", "cpu", "for _ in function() return 1 end do end" },
  { "an xpcall handler", "cpu", "xpcall(error, function() while true do end end)" },
  { "<close>", "cpu", "local x <close> = setmetatable({}, { __close = function() while true do end end })" },
  { "<close> of a coroutine that is closed", "hold", [[
    local co = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() while true do end end })
      coroutine.yield()
    end)
    coroutine.resume(co)
    coroutine.close(co)]] },
  { "a sort comparator", "hold", [[
    local t = {}
    for i = 1, 10000 do t[i] = i end
    while true do table.sort(t, function(a, b) while true do end end) end]] },
  { "a replacement function", "hold", "return ('x'):gsub('x', function() while true do end end)" },
  { "__tostring", "hold", "return tostring(setmetatable({}, { __tostring = function() while true do end end }))" },
  { "a hostile pattern", "pattern", "while true do pcall(string.find, ('a'):rep(120), 'a*a*a*a*a*b') end" },
}

local loop_it = limits_app.INTERRUPTS and it or function() end

local function start()
  return limits_app.start({ "--workers", "2", "--limit-time", "20s", "--limit-cpu", "200ms", "--limit-hold", "60ms",
    "--log-level", "warn" })
end

--- Asks for /hello until the answer to what `conn` has asked is there; the answers that came, and
--- the longest that one took.
local function probe_until_answered(srv, conn, at_least)
  local count, longest = 0, 0
  conn.socket:settimeout(0)
  repeat
    local began = socket.gettime()
    srv:get("/hello"):expect({ status = 200, body = "hello" })
    longest = math.max(longest, socket.gettime() - began)
    count = count + 1
  until socket.select({ conn.socket }, nil, 0)[1] and count >= at_least
  conn.socket:settimeout(10)
  return conn:response(), count, longest
end

describe("a script that does not end by itself", function()
  local srv

  lazy_setup(function()
    srv = start()
  end)

  lazy_teardown(function()
    srv:stop()
  end)

  for _, case in ipairs(LOOPS) do
    loop_it("is ended in " .. case[1], function()
      local before = #srv:log()
      local conn = srv:connect()
      conn:ask({ method = "POST", path = "/run", body = case[3] })
      local answer, count = probe_until_answered(srv, conn, 200)
      conn:close()
      answer:expect({ status = 503, body = "limit" })
      assert.is_true(count >= 200)
      local line = srv:log():sub(before + 1):match("[^\n]*over a limit[^\n]*")
      assert.matches("request=%x+ route=/run generation=1 ", line)
      assert.matches(" limit=" .. case[2] .. " at=run:%d+", line)
    end)
  end

  it("leaves what it holds closed, and its worker in good order", function()
    for _ = 1, 8 do -- both workers
      srv:get("/hello"):expect({ status = 200 })
    end
    assert.equal("50005000", limits_app.value(srv, [[
      local t, sum = {}, 0
      for i = 1, 10000 do t[i] = i end
      table.sort(t, function(a, b) return a > b end)
      for _, n in ipairs(t) do sum = sum + n end
      return sum]]))
  end)

  loop_it("lets those on its own worker wait no longer than a piece of it", function()
    local single <close> = limits_app.start({ "--limit-time", "60s", "--limit-cpu", "2s", "--log-level", "warn" })
    local conn = single:connect()
    local began = socket.gettime()
    conn:ask({ method = "POST", path = "/run", body = "while true do end" })
    local answer, count, longest = probe_until_answered(single, conn, 1)
    conn:close()
    answer:expect({ status = 503, body = "limit" })
    local whole = socket.gettime() - began
    assert.is_true(count >= 10, "only " .. count .. " were answered meanwhile")
    assert.is_true(longest < whole / 2, ("one waited for %.3f s of %.3f s"):format(longest, whole))
  end)

  it("is told with the error that was there first, where a __close waits", function()
    local short <close> = limits_app.start({ "--limit-time", "300ms" })
    limits_app.run(short, [[
      local clock = require("host.clock")
      local x <close> = setmetatable({}, { __close = function() clock.sleep(60) end })
      error("the cause")]]):expect({ status = 503 })
    assert.truthy(short:log():find("run:3: the cause", 1, true), short:log())
  end)

  it("is a request that waits for ever, too", function()
    local short <close> = limits_app.start({ "--limit-time", "300ms" })
    local before = socket.gettime()
    limits_app.run(short, "require('host.clock').sleep(60)"):expect({ status = 503, body = "timeout" })
    -- The statement is given up first; on a slow machine the request is, before it can say so.
    local res = limits_app.run(short, "return (select(3, require('host.db').one('item.slow', { rows = 50000000 })))")
    assert.equal("timeout", res.body)
    assert.is_true(socket.gettime() - before < 30)
    assert.matches("a request passed its deadline request=%x+ route=/run generation=1 [^\n]* limit=time at=run:1",
      short:log())
  end)

  loop_it("is counted, and what had to be paused", function()
    limits_app.run(srv, "while true do end"):expect({ status = 503 })
    local metrics = limits_app.value(srv, "return require('host.metrics').render()")
    assert.matches('tc_limits_exceeded_total{limit="cpu"} %d', metrics)
    assert.matches("tc_task_pauses_total %d", metrics)
  end)
end)

describe("a timer that does not end", function()
  loop_it("is ended, and comes again", function()
    local srv <close> = limits_app.start({ "--limit-cpu", "50ms", "--set", "at_timer=while true do end" })
    process.wait_for(function()
      return select(2, srv:log():gsub("a timer was over a limit", "")) >= 2
    end)
    assert.matches("a timer was over a limit timer=spec generation=1 [^\n]*limit=cpu at=run:1.*a timer was over",
      srv:log())
    srv:get("/hello"):expect({ status = 200 })
  end)
end)

describe("a command", function()
  local data

  setup(function()
    data = server.folder()
    assert.equal(0, (server.run({ args = { "migrate", "--app", "spec/fixtures/limits_app", "--data", data } })))
  end)

  local function run(source)
    return server.run({ args = { "run", "--app", "spec/fixtures/limits_app", "--data", data, "--limit-cpu", "100ms",
      "--", source } })
  end

  loop_it("that does not end is ended", function()
    local status, output = run("while true do end")
    assert.equal(1, status)
    assert.matches("run:1: it has used more than 100 ms of processor time", output)
  end)

  it("may work for long where it waits now and then", function()
    local status, output = run([[
      local clock = require("host.clock")
      local began = os.clock()
      while os.clock() - began < 0.3 do
        for _ = 1, 1000 do end
        clock.sleep(0)
      end
      print("done")]])
    assert.equal("done\n", output)
    assert.equal(0, status)
  end)
end)

describe("scripts that never have been loaded", function()
  it("are refused, also where they catch the error", function()
    local status, output = server.refused({ args = { "--app", "spec/fixtures/limits_app", "--workers", "1",
      "--limit-load", "500ms", "--set", "at_load=while true do pcall(function() while true do end end) end" } })
    assert.equal(1, status)
    assert.matches("run:1: loading takes more than 500 ms", output)
  end)

  for what, code in pairs({
    ["a coroutine"] = "coroutine.wrap(function() while true do end end)()",
    ["coroutines without end"] = "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    ["a coroutine within one that catches every error"] = "coroutine.wrap(function() while true do pcall("
      .. "coroutine.wrap(function() while true do pcall(function() while true do end end) end end)) end end)()",
  }) do
    it("are refused in " .. what, function()
      local status, output = server.refused({ args = { "--app", "spec/fixtures/limits_app", "--workers", "1",
        "--limit-load", "500ms", "--set", "at_load=" .. code } })
      assert.equal(1, status)
      assert.matches("run:1: loading takes more than 500 ms", output)
    end)
  end
end)
