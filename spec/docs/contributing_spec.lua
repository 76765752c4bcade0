--- docs/contributing.md names what there is, and what it says about gdb holds.
local files = require("spec.support.files")
local server = require("spec.support.server")

local PAGE = files.read("docs/contributing.md")

describe("docs/contributing.md", function()
  it("has a line for every word of the Makefile, and no other", function()
    local known = {}
    for word in files.read("Makefile"):gmatch("\n([%a-]+):[^\n]* ## ") do
      known[word] = true
    end
    for word in PAGE:gmatch("\n| `make ([%a-]+)` |") do
      assert.is_true(known[word], "make " .. word)
      known[word] = nil
    end
    known.help = nil
    assert.is_nil(next(known))
  end)

  it("names files that are there", function()
    local count = 0
    for path in PAGE:gmatch("[%s`(](%l+/[%w_/.]+)") do
      if not path:find("^build/") and not path:find("NAME") then
        path = path:gsub("[.)]$", "")
        assert.is_true(os.rename(path, path) ~= nil, path)
        count = count + 1
      end
    end
    assert.is_true(count > 10)
  end)
end)

-- gdb and a process that may be traced are not everywhere.
if os.getenv("SOAK") then
  describe("lua-stack in gdb", function()
    it("shows a coroutine's functions and lines, and what resumed it", function()
      local folder = server.folder()
      files.write(folder, { ["some_spec.lua"] = [[
it("is stopped", function()
  local function inner()
    require("host.clock").format(5, "UTC", "%Y")
  end
  coroutine.wrap(function()
    inner()
  end)()
end)
]] })
      local gdb = assert(io.popen(("timeout 120 gdb -batch -x spec/support/lua_stack.py -ex 'break zone_format' -ex run"
        .. " -ex lua-stack -ex kill --args %s test %s/some_spec.lua 2>&1 </dev/null"):format(server.program(), folder)))
      local output = gdb:read("a")
      gdb:close()
      local at = 1
      for _, wanted in ipairs({ "(lua_State *) 0x", "[C]: in host.clock.format", "some_spec.lua:3: in function <",
        "some_spec.lua:6: in function <", "resumed by (lua_State *)", "some_spec.lua:1>", "scripts/commands/test.lua:" }) do
        local _, last = output:find(wanted, at, true)
        assert(last, wanted .. " is not in\n" .. output)
        at = last
      end
    end)
  end)
end
