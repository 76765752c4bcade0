--- `timecapsule routes`
local server = require("spec.support.server")

describe("the command routes", function()
  it("lists every route with the line that declares it", function()
    local status, output = server.run({ args = { "routes" } })
    assert.equal(0, status)
    assert.matches("POST +/put/undo +put%.undo +scripts/routes/put%.lua:%d+", output)
    assert.matches("GET +/metrics +admin%.metrics +scripts/routes/admin%.lua:%d+", output)
  end)
end)
