--- The build: a tree that is configured once more has nothing to compile again.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

describe("a tree that is configured again", function()
  it("compiles by the same commands", function()
    local folder = server.folder()
    local function commands()
      process.output(("cmake --preset debug -B %s 2>&1"):format(folder))
      return files.read(folder .. "/compile_commands.json")
    end
    local first = commands()
    assert.truthy(first:find("core/base/buf.c", 1, true))
    assert.equal(first, commands())
  end)
end)
