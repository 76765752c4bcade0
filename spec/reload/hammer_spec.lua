-- Reloads between two versions while clients hammer away: nobody sees a mix, an error or a
-- connection that ends.
local reload_app = require("spec.support.reload_app")
local socket = require("socket")

local SOAK = os.getenv("SOAK")
local SECONDS = SOAK and 60 or 4
local EVERY = 0.2
local LEAST = SOAK and SECONDS / EVERY / 2 or 2 -- a machine that does much else reloads seldom

describe("reloading under load", function()
  it("answers every request from one version, and loses none", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start({ args = { "--log-level", "warn" } })
    local counts = reload_app.hammer(srv, { connections = 24, seconds = SECONDS,
      paths = { "/page", "/of/A", "/of/B", "/slow?s=0.05", "/static/version.txt", "/generation" },
      uploads = { "/upload:60000" } })

    local began, reloads, connected = socket.gettime(), 0, nil
    while socket.gettime() < began + SECONDS - 0.1 do
      app:use(reloads % 2 == 0 and "B" or "A")
      assert.equal(reloads + 2, reload_app.reload(srv))
      reloads = reloads + 1
      if socket.gettime() < began + SECONDS - 0.5 then -- the clients are surely there
        connected = select(2, srv:control("status")):match("connections%s+(%d+)")
      end
      socket.sleep(math.max(0, began + reloads * EVERY - socket.gettime()))
    end

    local seen, line = counts()
    print(("\n%d reloads: %s"):format(reloads, line))
    assert.equal(0, seen.errors, line)
    assert.equal(0, seen.reconnects, line)
    assert.equal("24", connected, line)
    assert.is_true(seen.versions.A > 100 and seen.versions.B > 100, line)
    assert.same({ ["200"] = seen.statuses["200"], ["404"] = seen.statuses["404"] }, seen.statuses)
    assert.is_true(reloads >= LEAST, reloads .. " reloads")
  end)
end)
