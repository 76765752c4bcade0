--- docs/security.md names for each pitfall a spec that is there.
local files = require("spec.support.files")

describe("docs/security.md", function()
  local text = files.read("docs/security.md")

  it("has twenty-four pitfalls, each with what is done and a spec that there is", function()
    local count = 0
    for number, does, shown in text:gmatch("\n| (%d+) |[^|\n]+|([^|\n]+)|([^|\n]+)|") do
      count = count + 1
      assert.equal(count, tonumber(number))
      assert.is_true(#does > 20, number)
      local named = 0
      for path in shown:gmatch("`([^`]+)`") do
        named = named + 1
        assert.is_string(files.read(path), path)
      end
      assert.is_true(named > 0, number)
    end
    assert.equal(24, count)
  end)
end)
