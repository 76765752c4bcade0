-- A server that is killed in the middle of a reload: the next start serves a good generation.
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")
local http = require("spec.support.http")
local socket = require("socket")

local KILLS = os.getenv("SOAK") and 100 or 3

local function version(srv)
  return reload_app.version(srv:get("/page"))
end

--- Asks for a reload that nobody will answer.
local function expect_death(srv)
  local answered, why = pcall(srv.control, srv, "reload")
  assert.is_false(answered)
  assert.truthy(tostring(why):find("no answer", 1, true), why)
  assert.equal(128 + 9, srv:wait())
  srv:stop()
end

describe("a server that dies", function()
  it("at any step of a reload starts with the last good generation, though the files are broken now", function()
    local app, data = reload_app.versions("A", "B"), server.folder()
    app:add("broken", { ["scripts/x.lua"] = "return = 1\n" })
    -- Where it dies, and what it had started with: what one step stores the next one begins with.
    for _, case in ipairs({ { "read", "A", 1 }, { "build", "A", 1 }, { "save", "A", 1 }, { "aside", "A", 1 },
      { "switch", "A", 1 }, { "switched", "B", 2 }, { "answer", "A", 3 }, { nil, "B", 4 } }) do
      local point, name, number = table.unpack(case, 1, 3)
      local srv = app:start({ data = data, env = { TIMECAPSULE_FAIL_POINT = point } })
      finally(function()
        srv:stop()
      end)
      assert.equal(name, version(srv))
      srv:get("/generation"):expect({ body = tostring(number) })
      app:use(name == "A" and "B" or "A")
      if point then
        expect_death(srv)
        app:use("broken")
      else
        assert.equal(number + 1, (reload_app.reload(srv)))
        assert.equal("A", version(srv))
      end
    end
  end)

  it("by SIGKILL at any moment of a reload serves a good generation after", function()
    local app, data = reload_app.versions("A", "B"), server.folder()
    for i = 1, KILLS do
      local srv = app:start({ data = data })
      app:use(i % 2 == 1 and "B" or "A")
      local ask = http.connect({ path = data .. "/control.sock" })
      ask:send("reload\n")
      socket.sleep(0.05 * (i - 1) / KILLS)
      srv:kill("KILL")
      ask:close()
      assert.equal(128 + 9, srv:wait())
      srv:stop()
    end
    local srv <close> = app:start({ data = data })
    assert.equal(KILLS % 2 == 1 and "B" or "A", version(srv))
    for _ = 1, 2 do
      app:use(version(srv) == "A" and "B" or "A")
      reload_app.reload(srv)
    end
  end)
end)
