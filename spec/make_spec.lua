--- `make run` in a tree where root once built (sudo make run): one line says what to do, before cmake
--- and the server tell of it in many.
local files = require("spec.support.files")
local process = require("spec.support.process")

it("make run names what is another account's", function()
  local tree = files.folder({ Makefile = files.read("Makefile"), ["deploy/packages"] = "#!/bin/sh\n",
    ["bin/cmake"] = "#!/bin/sh\n", ["build/release/timecapsule"] = "#!/bin/sh\necho served\n" })
  process.output(("cd %s && chmod 755 .. && mkdir var && chmod 755 deploy/packages bin/cmake build/release/timecapsule "
    .. "&& chmod 777 . build build/release var"):format(tree))
  local function run()
    return process.output(("cd %s && PATH=$PWD/bin:$PATH env -u MAKELEVEL -u MAKEFLAGS %s make run 2>&1 || true")
      :format(tree, process.AS_ANOTHER))
  end
  for _, folder in ipairs({ "build", "build/release", "var" }) do
    process.output(("cd %s && chmod 555 %s"):format(tree, folder))
    local told = run()
    process.output(("cd %s && chmod 777 %s"):format(tree, folder))
    assert.truthy(told:find("^" .. folder .. " belongs to another account: sudo chown %-R [^ ]+: " .. folder .. "\n"), told)
  end
  assert.equal("served\n", run())
end)
