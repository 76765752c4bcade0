--- What is done once a day goes by the wall clock in the server's zone, also over days on which clocks change and after
--- the clock was set.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local SITE = [[
local timer = require("host.timer")
timer.daily("03:00", "site.three", function() end)
timer.daily("02:30", "site.skipped", function() end)
return function() end
]]

local function awaits(srv, name, count)
  assert.truthy(process.wait_for(function()
    return srv:runs(name) >= count
  end), name)
  socket.sleep(1.2)
  assert.equal(count, srv:runs(name))
end

describe("a daily timer", function()
  it("runs once a day at its time, at the first moment after one that a change of clocks skips", function()
    local site = files.folder({ ["scripts/site.lua"] = SITE })
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1", "--time-zone", "Europe/Berlin" } })
    assert.equal(0, srv:runs("site.three"))
    srv:set_clock("2030-01-01T01:45:00Z") -- 02:45 there
    awaits(srv, "site.three", 1) -- what is due since the real clock, once
    srv:set_clock("2030-01-01T02:00:01Z")
    awaits(srv, "site.three", 2)
    srv:set_clock("2030-01-01T20:00:00Z")
    awaits(srv, "site.three", 2)
    srv:set_clock("2030-01-02T02:00:01Z")
    awaits(srv, "site.three", 3)
    local skipped = srv:runs("site.skipped")
    srv:stop_clock("2030-03-31T00:59:59Z") -- clocks jump from 02:00 to 03:00 at 01:00 UTC
    awaits(srv, "site.skipped", skipped + 1) -- what is due since January, once
    srv:set_clock("2030-03-31T01:00:01Z")
    awaits(srv, "site.skipped", skipped + 2)
  end)

  it("is declared with a time of the day, while loading", function()
    for time, want in pairs({ ['"3:00"'] = "a time of the day such as", ['"24:00"'] = "a time of the day",
      ['"03:60"'] = "a time of the day", ['"03:00:00"'] = "a time of the day" }) do
      local site = files.folder({ ["scripts/site.lua"] = 'require("host.timer").daily(' .. time
        .. ', "site.x", function() end)\nreturn function() end\n' })
      local status, output = server.run({ args = { "check", "--site", site } })
      assert.equal(1, status)
      assert.truthy(output:find(want, 1, true), output)
      assert.truthy(output:find("scripts/site.lua:1:", 1, true), output)
    end
  end)
end)
