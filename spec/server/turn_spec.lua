--- Timers of the cluster: of two servers on one MariaDB one runs each turn.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

local NOW = server.unix(2030, 1, 1)

local SITE = [[
local clock = require("host.clock")
local log = require("host.log")
local timer = require("host.timer")

return function()
  timer.every(100, "site.once", function()
    log.warn("once for all")
  end, { cluster = true })
  timer.every(1000, "site.long", function()
    log.warn("long begins")
    clock.sleep(30)
  end, { cluster = true })
  timer.every(100, "site.each", function()
    log.warn("each for itself")
  end)
end
]]

describe("a timer of the cluster", function()
  local servers, site

  before_each(function()
    local base = mariadb.shared():create()
    site, servers = files.folder({ ["scripts/site.lua"] = SITE }), {}
    for i = 1, 2 do
      local args = { "--workers", "1", "--site", site, "--reminders", "off" }
      if i == 2 then
        args[#args + 1] = "--secret-file"
        args[#args + 1] = servers[1].data .. "/secret"
      end
      servers[i] = server.start({ database = base, args = args })
      servers[i]:set_clock(NOW)
    end
  end)
  after_each(function()
    for _, srv in ipairs(servers) do
      srv:stop({ any = true })
      srv:expect_clean()
    end
  end)

  local function count(words)
    local n = 0
    for _, srv in ipairs(servers) do
      local _, times = srv:log():gsub(words, "")
      n = n + times
    end
    return n
  end

  --- Both are due, and the timers that ask nobody have run by now.
  local function both(name)
    for _, srv in ipairs(servers) do
      assert(srv:control("tick " .. name))
    end
    for _, srv in ipairs(servers) do
      srv:tick("site.each")
    end
  end

  local function has(words, times)
    return process.wait_for(function()
      return count(words) >= times
    end)
  end

  it("runs once a turn, on one of them", function()
    for turn = 0, 2 do
      for _, srv in ipairs(servers) do
        srv:set_clock(NOW + turn * 100)
      end
      both("site.once")
      assert.is_truthy(has("once for all", turn + 1))
      both("site.once") -- nine tenths of the interval have not passed
      assert.equal(turn + 1, count("once for all"))
    end
  end)

  it("comes again when nine tenths of its interval have passed, wherever", function()
    both("site.once")
    assert.is_truthy(has("once for all", 1))
    servers[2]:set_clock(NOW + 89)
    both("site.once")
    assert.equal(1, count("once for all"))
    servers[2]:set_clock(NOW + 92)
    assert(servers[2]:control("tick site.once"))
    assert.is_truthy(has("once for all", 2))
  end)

  it("is taken over from one that died, when a run would have ended", function()
    assert(servers[1]:control("tick site.long"))
    assert.is_truthy(has("long begins", 1))
    servers[1]:kill("KILL")
    servers[1]:wait()
    servers[2]:set_clock(NOW + 890)
    assert(servers[2]:control("tick site.long"))
    servers[2]:tick("site.each")
    assert.equal(1, count("long begins"))
    servers[2]:set_clock(NOW + 1000)
    assert(servers[2]:control("tick site.long"))
    assert.is_truthy(has("long begins", 2))
  end)

  it("is left out, and nothing breaks, while the database is away", function()
    local own <close> = mariadb.start()
    local srv <close> = server.start({ database = own:create(), args = { "--workers", "1", "--site", site } })
    own:kill("KILL")
    assert(srv:control("tick site.once"))
    srv:tick("site.each")
    assert.is_nil(srv:log():find("once for all", 1, true))
    own:restart()
    assert.is_truthy(process.wait_for(function()
      assert(srv:control("tick site.once"))
      return srv:log():find("once for all", 1, true)
    end))
  end)
end)

describe("on SQLite a timer of the cluster", function()
  it("runs each time: every turn is that server's", function()
    local site = files.folder({ ["scripts/site.lua"] = SITE })
    local srv <close> = server.start({ database = "sqlite", args = { "--site", site } })
    srv:set_clock(capsules.NOW)
    srv:tick("site.once")
    assert.is_truthy(srv:log():find("once for all", 1, true))
  end)
end)

describe("a timer of the cluster is refused", function()
  for why, declaration in pairs({
    ["10 seconds or more for a timer of the cluster"] = 'every(9, "x", print, { cluster = true })',
    ["48 bytes at most for a timer of the cluster"] = 'every(10, ("x"):rep(49), print, { cluster = true })',
  }) do
    it("where " .. why, function()
      local site = files.folder({ ["scripts/site.lua"] = 'local timer = require("host.timer")\nreturn function()\n'
        .. "  timer." .. declaration .. "\nend\n" })
      local status, output = server.run({ args = { "check", "--site", site } })
      assert.equal(1, status)
      assert.truthy(output:find(why, 1, true), output)
    end)
  end
end)
