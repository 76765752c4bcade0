local clock = require("host.clock")

describe("host.clock", function()
  it("tells the time in whole seconds", function()
    local now = clock.now()
    assert.equal("integer", math.type(now))
    assert.is_true(now > 1700000000)
  end)

  it("measures with a clock that never goes back", function()
    local last = clock.monotonic()
    assert.equal("float", math.type(last))
    for _ = 1, 1000 do
      local now = clock.monotonic()
      assert.is_true(now >= last)
      last = now
    end
  end)

  it("sleeps at least as long as asked, also not at all", function()
    for _, seconds in ipairs({ 0, 0.05 }) do
      local from = clock.monotonic()
      clock.sleep(seconds)
      local slept = clock.monotonic() - from
      assert.is_true(slept >= seconds and slept < seconds + 2, tostring(slept))
    end
  end)

  it("sleeps inside a coroutine of the script's own", function()
    local steps = coroutine.wrap(function()
      clock.sleep(0.01)
      coroutine.yield("first")
      clock.sleep(0.01)
      return "second"
    end)
    assert.equal("first", steps())
    assert.equal("second", steps())
  end)

  it("does not sleep inside table.sort, and says so", function()
    local good, message = pcall(table.sort, { 2, 1 }, function()
      clock.sleep(0)
    end)
    assert.is_false(good)
    assert.is_truthy(message:find("host.clock.sleep", 1, true), message)
  end)

  -- Expected values: Python's zoneinfo.
  it("turns wall times into instants", function()
    local cases = {
      { "1970-01-01 00:00", "UTC", 0 },
      { "1969-12-31 23:59:59", "UTC", -1 },
      { "2038-01-19 03:14:08", "UTC", 2147483648 },
      { "2024-02-29 12:34:56", "Europe/Berlin", 1709206496 }, -- leap day
      { "2028-02-29T00:00", "Asia/Kathmandu", 1835374500 }, -- leap day, +05:45
      { "2400-02-29 00:00:00", "UTC", 13574563200 },
      { "2026-06-15T08:05:09", "Asia/Shanghai", 1781481909 },
      { "2099-12-31 23:59:59", "Asia/Shanghai", 4102415999 },
      { "2099-07-01 12:00", "Europe/Berlin", 4086583200 }, -- summer time, long after 2037
      { "2099-07-01 12:00", "America/New_York", 4086604800 },
      { "2026-03-29 01:59:59", "Europe/Berlin", 1774745999 }, -- the last second before a gap
      { "2026-03-29 03:00", "Europe/Berlin", 1774746000 }, -- the first one after it
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], clock.to_unix(case[1], case[2]), case[1])
    end
  end)

  it("takes the later instant of a wall time that happens twice", function()
    local cases = {
      { "2026-10-25 02:30", "Europe/Berlin", 1792891800 },
      { "2026-11-01 01:30", "America/New_York", 1793514600 },
      { "2026-04-05 01:45", "Australia/Lord_Howe", 1775315700 }, -- by half an hour
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], clock.to_unix(case[1], case[2]), case[1])
    end
  end)

  it("refuses a wall time that is skipped, naming its neighbours", function()
    local cases = {
      { "2026-03-29 02:30", "Europe/Berlin", "2026-03-29 01:59", "2026-03-29 03:00" },
      { "2026-03-29 02:00:00", "Europe/Berlin", "2026-03-29 01:59", "2026-03-29 03:00" },
      { "2099-03-08 02:30", "America/New_York", "2099-03-08 01:59", "2099-03-08 03:00" },
      { "2026-10-04 02:15", "Australia/Lord_Howe", "2026-10-04 01:59", "2026-10-04 02:30" },
    }
    for _, case in ipairs(cases) do
      local at, message, kind, gap = clock.to_unix(case[1], case[2])
      assert.is_nil(at, case[1])
      assert.equal("input", kind)
      assert.same({ before = case[3], after = case[4] }, gap)
      assert.is_truthy(message:find(case[3], 1, true), message)
      assert.is_truthy(message:find(case[4], 1, true), message)
    end
  end)

  it("refuses what is no wall time or no zone", function()
    local cases = {
      { "2026-02-29 00:00", "UTC" }, { "2100-02-29 00:00", "UTC" }, { "2026-13-01 00:00", "UTC" },
      { "2026-00-01 00:00", "UTC" }, { "2026-04-31 00:00", "UTC" }, { "2026-01-01 24:00", "UTC" },
      { "2026-01-01 00:60", "UTC" }, { "2026-01-01 00:00:60", "UTC" }, { "2026-01-01", "UTC" },
      { " 2026-01-01 00:00", "UTC" }, { "2026-01-01 00:00 ", "UTC" }, { "2026-1-1 00:00", "UTC" },
      { "2026-01-01 00:00Z", "UTC" }, { "", "UTC" }, { "2026-01-01 00:00\0", "UTC" },
      { "0000-01-01 00:00", "UTC" }, { "10000-01-01 00:00", "UTC" }, { "2026-01-01 00:00", "Mars/Base" },
      { "2026-01-01 00:00", "" }, { "2026-01-01 00:00", "../../etc/passwd" },
    }
    for _, case in ipairs(cases) do
      local at, message, kind = clock.to_unix(case[1], case[2])
      assert.is_nil(at, case[1] .. " " .. case[2])
      assert.equal("string", type(message))
      assert.equal("input", kind)
    end
  end)

  it("writes an instant in a zone", function()
    local all = "%Y-%m-%d %H:%M:%S %A %e %B %Z %z %:z %%"
    local cases = {
      { 4086590400, "Europe/Berlin", all, "2099-07-01 14:00:00 Wednesday  1 July CEST +0200 +02:00 %" },
      { 1781481909, "Asia/Shanghai", all, "2026-06-15 08:05:09 Monday 15 June CST +0800 +08:00 %" },
      { 1709206496, "UTC", "%Y-%m-%dT%H:%M:%SZ", "2024-02-29T11:34:56Z" },
      { 1792888200, "Europe/Berlin", "%H:%M %Z", "02:30 CEST" }, -- the same wall time …
      { 1792891800, "Europe/Berlin", "%H:%M %Z", "02:30 CET" }, -- … an hour later
      { -1, "UTC", "%Y", "1969" },
      { 0, "UTC", "年", "年" },
      { 0, "UTC", "", "" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[4], clock.format(case[1], case[2], case[3]))
    end
  end)

  it("reads back what it wrote, in every zone", function()
    for _, zone in ipairs(clock.zones()) do
      for _, at in ipairs({ 1709206496, 4102415999 }) do
        local text = clock.format(at, zone, "%Y-%m-%d %H:%M:%S")
        assert.equal(at, clock.to_unix(text, zone), zone)
      end
    end
  end)

  it("refuses to write in no zone, by an unknown pattern, or far away", function()
    for _, case in ipairs({ { 0, "Mars/Base", "%Y" }, { 0, "UTC", "%Q" }, { 0, "UTC", "%" }, { 2 ^ 62 // 1 | 0, "UTC", "%Y" } }) do
      local text, message, kind = clock.format(case[1], case[2], case[3])
      assert.is_nil(text)
      assert.equal("string", type(message))
      assert.equal("input", kind)
    end
  end)

  it("knows zones", function()
    for _, name in ipairs({ "UTC", "Europe/Berlin", "Asia/Shanghai", "America/Argentina/Ushuaia" }) do
      assert.is_true(clock.zone_exists(name), name)
    end
    for _, name in ipairs({ "", "Berlin", "europe/berlin", "Europe/", "/etc/localtime", "../UTC", "Europe/Berlin ",
      "UTC\0", "UTC\0/../x" }) do
      assert.is_false(clock.zone_exists(name), name)
    end
    assert.is_true(clock.zone_exists(clock.zone_system()))
  end)

  it("lists every zone once, sorted, all of them good, a new table each time", function()
    local zones = clock.zones()
    assert.is_true(#zones > 300)
    local seen = {}
    for i, name in ipairs(zones) do
      assert.is_true(clock.zone_exists(name), name)
      assert.is_true(i == 1 or zones[i - 1] < name, name)
      seen[name] = true
    end
    assert.is_true(seen["UTC"] and seen["Europe/Berlin"] and seen["Asia/Shanghai"])
    zones[1] = "changed"
    assert.not_equal("changed", clock.zones()[1])
  end)

  it("raises for misuse, naming function and argument", function()
    local cases = {
      { clock.now, { 1 }, "host.clock.now takes 0 arguments, got 1" },
      { clock.sleep, { -1 }, "#1 to 'host.clock.sleep' (0 to 3600 seconds expected)" },
      { clock.sleep, { 0 / 0 }, "not a finite number" },
      { clock.sleep, { "1" }, "number expected, got string" },
      { clock.to_unix, { "2026-01-01 00:00" }, "host.clock.to_unix takes 2 arguments, got 1" },
      { clock.to_unix, { 5, "UTC" }, "string expected, got number" },
      { clock.format, { "0", "UTC", "%Y" }, "#1 to 'host.clock.format' (integer expected, got string)" },
      { clock.format, { 0.5, "UTC", "%Y" }, "got a fraction" },
      { clock.to_unix, { "2026-01-01 00:00", "UTC\0" }, "it holds a NUL" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(case[1], table.unpack(case[2]))
      assert.is_false(good)
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
  end)
end)
