--- docs/internals.md names files and functions that there are.
local process = require("spec.support.process")

local TEXT = assert(process.read_file("docs/internals.md"))

local function source_of(path)
  return process.read_file("core/" .. path) or process.read_file(path)
end

describe("docs/internals.md", function()
  it("names files that there are", function()
    local count = 0
    for path in TEXT:gmatch("`([%w_]+/[%w_/]+%.[%w]+)") do
      if path:lower() == path and not path:find("/x%.") and not path:find("scripts/commands/") then
        count = count + 1
        assert.truthy(source_of(path), path .. " is not there")
      end
    end
    assert.is_true(count > 30)
  end)

  it("names functions that are where it says", function()
    local count = 0
    for name, path in TEXT:gmatch("`([%w_]+)`[^`]- in%s+`([%w_/]+%.[ch])`") do
      count = count + 1
      assert.truthy(assert(source_of(path), path):find("%f[%w_]" .. name .. "%f[^%w_]"), name .. " in " .. path)
    end
    for path, name in TEXT:gmatch("`([%w_/]+%.[ch]): ([%w_]+)") do
      count = count + 1
      assert.truthy(assert(source_of(path), path):find("%f[%w_]" .. name .. "%f[^%w_]"), name .. " in " .. path)
    end
    assert.is_true(count > 6)
  end)

  it("shows every folder of core/", function()
    for folder in process.output("ls core"):gmatch("%S+") do
      assert.truthy(TEXT:find("┌ " .. folder .. "/", 1, true), folder)
    end
  end)
end)
