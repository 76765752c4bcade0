--- Moments: wall times in zones, instants of the API, and years.
local instant = require("capsule.instant")

describe("capsule.instant", function()
  describe("from a wall time", function()
    it("knows the calendar and the zone", function()
      local cases = {
        { "2030-01-02 03:04", "UTC", 1893553440 },
        { "2030-01-02T03:04", "UTC", 1893553440 },
        { "2030-01-02 03:04:05", "UTC", 1893553445 },
        { "2030-01-02 03:04", "Asia/Shanghai", 1893553440 - 8 * 3600 },
        { "2032-02-29 00:00", "UTC", 1961625600 },
        { "2099-12-31 23:59", "UTC", 4102444740 },
        -- it happens twice that night: the later one
        { "2030-10-27 02:30", "Europe/Berlin", 1919295000 },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[3], instant.from_wall(case[1], case[2]), case[1])
      end
    end)

    it("names the neighbours of a time that the clocks skip", function()
      local unix, why, neighbours = instant.from_wall("2030-03-31 02:30", "Europe/Berlin")
      assert.is_nil(unix)
      assert.equal("gap", why)
      assert.same({ before = "2030-03-31 01:59", after = "2030-03-31 03:00" }, neighbours)
      local _, again = instant.from_wall("2030-03-31T02:30:15", "Europe/Berlin")
      assert.equal("gap", again)
    end)

    it("refuses what is no time", function()
      local refused = {
        "",
        "tomorrow",
        "2030-01-02",
        "2030-13-01 00:00",
        "2030-02-29 00:00",
        "2030-00-10 00:00",
        "2030-01-32 00:00",
        "2030-01-02 24:00",
        "2030-01-02 03:60",
        "2030-01-02 03:04:60",
        "2030-01-02  03:04",
        "2030-01-02 03:04Z",
        "2030/01/02 03:04",
        "1893553440",
        "2030-01-02 03:04\0",
      }
      for _, text in ipairs(refused) do
        local unix, why = instant.from_wall(text, "Europe/Berlin")
        assert.is_nil(unix, text)
        assert.equal("format", why, text)
      end
    end)
  end)

  describe("of the API", function()
    it("is RFC 3339 text or unix seconds", function()
      local cases = {
        { "2030-01-02T03:04:05Z", 1893553445 },
        { "2030-01-02t03:04:05z", 1893553445 },
        { "2030-01-02T03:04:05+00:00", 1893553445 },
        { "2030-01-02T03:04:05-00:00", 1893553445 },
        { "2030-01-02T11:04:05+08:00", 1893553445 },
        { "2030-01-01T21:34:05-05:30", 1893553445 },
        { "2030-01-02T03:04:05.000Z", 1893553445 },
        { "2030-01-02T03:04:05.001Z", 1893553446 },
        { 1893553445, 1893553445 },
        { 1893553445.0, 1893553445 },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], instant.from_api(case[1]), tostring(case[1]))
      end
    end)

    it("is nothing else", function()
      local refused = {
        "2030-01-02T03:04:05",
        "2030-01-02 03:04:05Z",
        "2030-01-02T03:04Z",
        "2030-01-02T03:04:05.Z",
        "2030-01-02T03:04:05+0800",
        "2030-01-02T03:04:05+24:00",
        "2030-02-29T03:04:05Z",
        "2030-01-02T03:04:60Z",
        "1893553445",
        "",
        1893553445.5,
        1e300,
        0 / 0,
        true,
        {},
      }
      for _, value in ipairs(refused) do
        assert.is_nil(instant.from_api(value), tostring(value))
      end
      assert.is_nil(instant.from_api(nil))
    end)

    it("is answered in UTC", function()
      assert.equal("2030-01-02T03:04:05Z", instant.to_api(1893553445))
      assert.equal("2099-12-31T23:59:00Z", instant.to_api(4102444740))
    end)
  end)

  it("adds years by the calendar", function()
    local cases = {
      { "2026-11-22T10:00:00Z", 1, "2027-11-22T10:00:00Z" },
      { "2026-11-22T10:00:00Z", 100, "2126-11-22T10:00:00Z" },
      { "2028-02-29T23:59:59Z", 1, "2029-02-28T23:59:59Z" },
      { "2028-02-29T23:59:59Z", 4, "2032-02-29T23:59:59Z" },
    }
    for _, case in ipairs(cases) do
      local later = instant.years_after(instant.from_api(case[1]), case[2])
      assert.equal(case[3], instant.to_api(later))
    end
  end)
end)
