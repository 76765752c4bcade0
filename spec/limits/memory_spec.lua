--- Scripts that want more memory than there is for them: each fails alone.
local limits_app = require("spec.support.limits_app")

-- What a handler fills memory with.
local FILLERS = {
  { "a table that grows for ever", "local t = {} for i = 1, math.huge do t[i] = { i } end" },
  { "a table of numbers, which is one block", "local t = {} for i = 1, math.huge do t[i] = i end" },
  { "a string that doubles", "local s = 'x' while true do s = s .. s end" },
  { "a table filled inside pcall, again and again",
    "local t = {} while true do pcall(function() while true do t[#t + 1] = ('x'):rep(1000) .. #t end end) end" },
  { "pieces that are joined", "local t = {} for i = 1, 60000 do t[i] = ('x'):rep(300) end return #table.concat(t)" },
  { "long strings inside xpcall, whose handler goes on",
    "xpcall(function() local t = {} while true do t[#t + 1] = ('x'):rep(10000) .. #t end end, " ..
    "function(why) return { why } end) return 'swallowed'" },
  { "coroutines that are kept",
    "local t = {} while true do t[#t + 1] = coroutine.create(print) coroutine.resume(t[#t], 1) end" },
}

describe("memory", function()
  local srv

  lazy_setup(function()
    srv = limits_app.start({ "--limit-time", "60s", "--limit-cpu", "20s", "--limit-hold", "20s", "--log-level", "warn" })
  end)

  lazy_teardown(function()
    srv:stop()
  end)

  for _, case in ipairs(FILLERS) do
    it("ends " .. case[1], function()
      local before = #srv:log()
      limits_app.run(srv, case[2]):expect({ status = 503, body = "limit" })
      assert.matches("a request was over a limit request=%x+ route=/run generation=1 .* limit=memory at=run:1",
        srv:log():sub(before + 1))
      assert.equal("1000", limits_app.value(srv, "local t = {} for i = 1, 1000 do t[i] = 'row' .. i end return #t"))
    end)
  end

  it("ends recursion without end", function()
    local res = limits_app.run(srv, "local function f(n) return 1 + f(n + 1) end return f(1)")
    assert.is_true(res.status == 500 or res.status == 503)
    srv:get("/hello"):expect({ status = 200 })
  end)

  it("ends recursion that is caught, again and again", function()
    local res = limits_app.run(srv, "local function f(n) return 1 + f(n + 1) end while true do pcall(f, 1) end")
    res:expect({ status = 503, body = "limit" })
    assert.equal("1000", limits_app.value(srv, "local t = {} for i = 1, 1000 do t[i] = 'row' .. i end return #t"))
  end)

  it("is not charged for what was given back", function()
    assert.equal("60", limits_app.value(srv,
      "local s = 0 for i = 1, 60 do local t = {} for j = 1, 50000 do t[j] = j end s = s + t[1] end return s"))
  end)

  it("leaves a request alone that waits beside one that fills it", function()
    local conn = srv:connect()
    conn:ask({ method = "POST", path = "/run", body = [[
      local clock, rows = require("host.clock"), {}
      for i = 1, 40 do
        for j = 1, 500 do rows[#rows + 1] = "row" .. i .. j end
        clock.sleep(0.01)
      end
      return #rows]] })
    for _ = 1, 3 do
      limits_app.run(srv, FILLERS[1][2]):expect({ status = 503 })
    end
    conn:response():expect({ status = 200, body = "20000" })
    conn:close()
  end)

  it("of scripts that load is bounded too", function()
    local server = require("spec.support.server")
    local status, output = server.refused({ args = { "--app", "spec/fixtures/limits_app", "--workers", "1",
      "--set", "at_load=local t = {} while true do t[#t + 1] = {} end" } })
    assert.equal(1, status)
    assert.matches("run:1: loading takes more than 64 MiB of memory", output)
  end)
end)

describe("an allocation that fails", function()
  it("fails its request and nothing else, whichever it is", function()
    local count = 1000
    local srv <close> = limits_app.start({ "--log-level", "warn" }, { env = { TIMECAPSULE_FAIL_ALLOCATIONS = "on" } })
    local conn = srv:connect()
    local seen = { [200] = 0, [500] = 0, [503] = 0 }
    for _ = 1, count do
      local res = conn:request({ method = "POST", path = "/run", body = [[
        local db, parts = require("host.db"), {}
        local co = coroutine.wrap(function()
          local row = db.one("item.count")
          for i = 1, 300 do parts[i] = ("%d:%s"):format(i, tostring(row.n):rep(40)) end
          coroutine.yield(#parts)
        end)
        local ok, n = pcall(co)
        return (ok and "good " or "bad ") .. tostring(n)]] })
      if not res then -- the connection may be given up, the server may not
        conn:close()
        conn = srv:connect()
      else
        seen[res.status] = seen[res.status] + 1
      end
    end
    conn:close()
    assert.is_true(seen[503] > 50, "few failed: " .. seen[503])
    assert.is_true(seen[200] > 50, "few were answered well: " .. seen[200])
    assert.is_nil(srv:status())
  end)
end)
