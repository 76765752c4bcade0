--- `timecapsule version`: the number that CMakeLists.txt gives, and what the program was built by and with.
local files = require("spec.support.files")
local server = require("spec.support.server")

it("the version comes with the facts of the build", function()
  local status, output = server.run({ args = { "version" } })
  assert.equal(0, status)
  local number = assert(files.read("CMakeLists.txt"):match("project%(timecapsule VERSION (%S+)"))
  local first, second, third, rest = output:match("^([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$")
  assert.equal("timecapsule " .. number, first)
  assert.matches("^built by %a+ %d+%.%d+%.%d+", second)
  assert.matches("^with Lua 5%.4%.%d+, libmicrohttpd %d+%.%d+%.%d+, sqlite3 3%.", third)
  assert.equal("", rest)
end)
