-- The server is told to stop while something is under way that outlives a worker: a timer, a
-- generation that drains, a handler that asks about other workers or for a reload.
local reload_app = require("spec.support.reload_app")
local socket = require("socket")

--- Beside two timers that wait for their time, one that is always at work.
local MAIN = [[
local clock = require("host.clock")
local host = require("host")
local timer = require("host.timer")

timer.every(300, "before", print)
timer.every(0.05, "long", function() clock.sleep(30) end)
timer.every(300, "after", print)

local routes = {}

routes["/slow"] = function()
  clock.sleep(1.5)
end

--- Longer than the other worker takes to end.
routes["/ask"] = function()
  for _ = 1, 40 do
    assert(host.status().connections >= 1)
    clock.sleep(0.02)
  end
  assert(host.reload())
end

local M = {}

function M.handle(req)
  if routes[req.path] then
    routes[req.path]()
  end
  return { status = 200, body = "done" }
end

function M.failed(_, status, kind)
  return { status = status, body = kind }
end

return M
]]

--- A server of which one worker is busy with that path, and both are then told to stop.
local function stop_during(path, prepare)
  local app = reload_app.versions("plain")
  app:add("busy", { ["scripts/main.lua"] = MAIN })
  app:use("busy")
  local srv = app:start({ args = { "--limit-time", "3s" },
    env = { TIMECAPSULE_DRAIN_MS = "500", TIMECAPSULE_STOP_MS = "1000" } })
  local conn = srv:connect()
  conn:ask({ path = path })
  socket.sleep(0.2)
  if prepare then
    prepare(app, srv)
  end
  srv:kill("TERM")
  assert(conn:response()):expect({ status = 200, body = "done" })
  assert.equal(0, srv:wait())
  conn:close()
  srv:stop()
end

describe("stopping", function()
  it("ends a timer that runs, beside others that do not", function()
    stop_during("/")
  end)

  it("lets a handler ask about a worker that has ended, and for a reload that never comes", function()
    stop_during("/ask")
  end)

  it("cuts nothing when the time of an old generation is over meanwhile", function()
    stop_during("/slow", function(app, srv)
      app:use("plain")
      reload_app.reload(srv)
    end)
  end)
end)
