--- TC_STRESS=N makes the collector of a debug build hostile (core/vm/stress.h): what nobody holds is
--- gone at once.
local files = require("spec.support.files")
local server = require("spec.support.server")

local GARBAGE = [[
it("is collected at once", function()
  local weak = setmetatable({}, { __mode = "k" })
  weak[{}] = true
  local kept = {}
  for i = 1, 100 do
    kept[i] = {}
  end
  assert.is_nil(next(weak))
end)
]]

describe("what a script lets go", function()
  local function run(env)
    local folder = server.folder()
    files.write(folder, { ["garbage_spec.lua"] = GARBAGE })
    return server.run({ args = { "test", folder .. "/garbage_spec.lua" }, env = env })
  end

  it("is collected at once under TC_STRESS", function()
    local status, output = run({ TC_STRESS = "50" })
    assert.equal(0, status, output)
  end)

  it("may stay for a while without", function()
    local status, output
    for _ = 1, 20 do -- a collection may happen to be due
      status, output = run({ TC_STRESS = "" })
      if status == 1 then
        break
      end
    end
    assert.equal(1, status, output)
    assert.truthy(output:find("0 successes / 1 failure", 1, true), output)
  end)
end)
