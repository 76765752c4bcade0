-- A timer of the same name and interval keeps its due times over reloads: it neither skips nor
-- doubles.
local clock = require("host.clock")
local reload_app = require("spec.support.reload_app")
local socket = require("socket")

local SECONDS = os.getenv("SOAK") and 60 or 4
local SHORT = 0.2 -- of spec/fixtures/reload_app
local INTERVAL = os.getenv("SOAK") and 1 or 0.5

local function ticks(srv)
  local list = {}
  for at, generation, done in srv:get("/ticks").body:gmatch("(%S+) (%d+) (%S+)") do
    list[#list + 1] = { at = tonumber(at), generation = tonumber(generation), done = tonumber(done) }
  end
  return list
end

--- Was the whole machine standing for a while, within those due times? `stalls` are pairs of moments.
local function stood(stalls, origin, from, to)
  for _, stall in ipairs(stalls) do
    if (stall[1] - origin) / INTERVAL < to and (stall[2] - origin) / INTERVAL > from then
      return true
    end
  end
  return false
end

--- What is wrong with the runs if the grid of due times goes through that moment: each run belongs to the last due
--- time before it, some come late; none two times, and none is left out but where the run before was still under way
--- or nothing ran at all.
local function fault_with(list, origin, stalls)
  local place
  for i, tick in ipairs(list) do
    local at = (tick.at - origin) / INTERVAL + 1e-6
    local busy_until = i > 1 and (list[i - 1].done - origin) / INTERVAL
    local here = math.floor(at)
    local is_left_out = place and here > place + 1 and busy_until < here - 1
    if place and here <= place or is_left_out and not stood(stalls, origin, place + 1, here) then
      return ("run %d is at %.2f intervals, the one before was at %d until %.2f"):format(i, at, place, busy_until)
    end
    place = here
  end
end

--- Some run is on time, and nobody knows which.
local function expect_grid(list, stalls)
  local fault
  for _, tick in ipairs(list) do
    fault = fault_with(list, tick.at, stalls)
    if not fault then
      return
    end
  end
  error(fault or "there was no run")
end

describe("a timer", function()
  it("runs in every interval once, never twice at a time, in the generation of its time", function()
    local main = reload_app.read("spec/fixtures/reload_app/scripts/main.lua")
      :gsub("timer.every%(" .. SHORT, "timer.every(" .. INTERVAL)
    local app = reload_app.versions("plain")
    for _, name in ipairs({ "A", "B" }) do
      app:add(name, { ["scripts/main.lua"] = main:gsub("@VERSION@", name) })
    end
    app:use("A")
    local srv <close> = app:start()
    local began, reloads, stalls = socket.gettime(), 0, {}
    while socket.gettime() < began + SECONDS do
      app:use(reloads % 2 == 0 and "B" or "A")
      local from = clock.monotonic()
      reload_app.reload(srv)
      reloads = reloads + 1
      socket.sleep(0.05)
      if clock.monotonic() > from + INTERVAL / 2 then
        stalls[#stalls + 1] = { from, clock.monotonic() }
      end
    end
    local list = ticks(srv)
    srv:get("/overlaps"):expect({ body = "0" })
    expect_grid(list, stalls)
    for i = 2, #list do
      assert.is_true(list[i].generation >= list[i - 1].generation)
    end
    assert.is_true(#list >= 0.5 * SECONDS / INTERVAL, #list .. " runs")
    assert.is_true(list[#list].generation > reloads - 5, "the last run was of generation " .. list[#list].generation)
    assert.is_true(reloads > SECONDS / 2, reloads .. " reloads")
    print(("\n%d runs, %d reloads"):format(#list, reloads))
  end)

  it("begins anew with another interval, and ends where it is gone", function()
    local main = reload_app.read("spec/fixtures/reload_app/scripts/main.lua"):gsub("@VERSION@", "B")
    local app = reload_app.versions("A")
    app:add("slow", { ["scripts/main.lua"] = main:gsub("timer.every%(0.2", "timer.every(0.6") })
    app:add("none", { ["scripts/main.lua"] = main:gsub('timer.every%b()', "") })
    local srv <close> = app:start()
    reload_app.eventually("it does not run", function()
      return #ticks(srv) >= 2
    end)

    app:use("slow")
    reload_app.reload(srv)
    local switched = #ticks(srv)
    socket.sleep(0.4)
    assert.is_true(#ticks(srv) - switched <= 1)
    reload_app.eventually("the timer has not begun anew", function()
      return #ticks(srv) > switched
    end, 2)

    app:use("none")
    reload_app.reload(srv)
    socket.sleep(0.1)
    switched = #ticks(srv)
    socket.sleep(0.5)
    assert.equal(switched, #ticks(srv))
  end)

  it("that is running ends in its generation, which waits for it", function()
    local until_told = 'while not shared:get("count") do clock.sleep(0.02) end'
    local main = reload_app.read("spec/fixtures/reload_app/scripts/main.lua"):gsub("@VERSION@", "A")
    local app = reload_app.versions("B")
    app:add("long", { ["scripts/main.lua"] = main:gsub("clock.sleep%(0.03%)", until_told) })
    app:use("long")
    local srv <close> = app:start()
    reload_app.eventually("the timer does not run", function()
      return #ticks(srv) == 1
    end)
    app:use("B")
    reload_app.reload(srv)
    assert.truthy(select(2, srv:control("status")):find("live         2 generations", 1, true))
    srv:get("/count"):expect({ body = "1" })
    reload_app.eventually("the generation of the run has not drained", function()
      return srv:log():find("generation 1 has drained", 1, true)
    end, 3)
    reload_app.eventually("it does not run in the new generation", function()
      local list = ticks(srv)
      return list[#list].generation == 2
    end, 3)
    srv:get("/overlaps"):expect({ body = "0" })
  end)
end)
