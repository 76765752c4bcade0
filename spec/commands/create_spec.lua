--- Only `serve` and `migrate` make anything: another command with a mistyped --data says so and
--- leaves nothing behind.  `serve` itself looks at its addresses first.
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local function says(output, ...)
  for _, text in ipairs({ ... }) do
    assert.is_truthy(output:find(text, 1, true), ("no %q in:\n%s"):format(text, output))
  end
end

local function entries(folder)
  local names = {}
  for name in lfs.dir(folder) do
    names[#names + 1] = name ~= "." and name ~= ".." and name or nil
  end
  return table.concat(names, " ")
end

describe("a data folder that is not there", function()
  for _, words in ipairs({ { "remind" }, { "hello", "--site", "starter" }, { "status" }, { "reload" } }) do
    it("is named by " .. words[1] .. ", and not made", function()
      local folder = process.folder()
      local data = folder .. "/mistyped"
      local status, output = server.run({ args = { words[1], "--data", data, table.unpack(words, 2) } })
      assert.equal(1, status, output)
      says(output, data, "--data names another")
      assert.equal("", entries(folder))
    end)
  end

  it("is made by migrate, and what lies there then is enough", function()
    local data = process.folder() .. "/new"
    local status, output = server.run({ args = { "migrate", "--data", data } })
    assert.equal(0, status, output)
    says(output, "applied")
    status, output = server.run({ args = { "remind", "--data", data } })
    assert.equal(0, status, output)
    assert.equal("capsules.db", entries(data))
  end)
end)

it("an empty data folder gets no database from a command", function()
  local data = process.folder()
  local status, output = server.run({ args = { "remind", "--data", data } })
  assert.equal(1, status, output)
  says(output, "there is no database '" .. data .. "/capsules.db'")
  assert.equal("", entries(data))
end)

it("status tells where the server of `make run` is", function()
  local status, output = server.run({ args = { "status", "--data", process.folder() } })
  assert.equal(1, status)
  says(output, "no server runs on the data folder", "`make run` uses ./var")
end)

describe("a data folder that cannot be had", function()
  it("is told when it is a file", function()
    local file = process.folder() .. "/notes"
    process.output(": >" .. file)
    local status, output = server.refused({ data = file })
    assert.equal(1, status, output)
    says(output, "cannot make the data folder " .. file .. ": Not a directory", "--data names another")
  end)

  it("is told before the address when another server has it", function()
    local srv = server.start()
    local address = srv.url:match("^http://(.*)$")
    local status, output = server.refused({ data = srv.data, args = { "--listen", address } })
    srv:stop()
    assert.equal(1, status, output)
    says(output, "another server runs on this data folder", "by --data")
  end)

  it("is told as another account's, and not as one that is not there", function()
    local folder = process.folder()
    local data = folder .. "/data"
    assert.equal(0, (server.run({ args = { "migrate", "--data", data } })))
    local shut = "chmod 0 " .. data .. ";"
    process.output("chmod 755 " .. folder)
    for command, words in pairs({
      remind = "cannot look for the database",
      serve = "cannot create the database",
    }) do
      local output = process.output(("%s %s %s %s --data %s --listen 127.0.0.1:0 --admin-listen off 2>&1 || true")
        :format(shut, process.AS_ANOTHER, server.program(), command, data))
      says(output, words, "Permission denied", "as the account that owns its folder")
    end
    process.output("chmod 700 " .. data)
  end)
end)

describe("an address that cannot be had", function()
  local function refused(option, address, ...)
    local folder = process.folder()
    local status, output = server.refused({ data = folder .. "/data", args = { option, address } })
    assert.equal(1, status, output)
    says(output, option .. ": cannot listen on " .. address, ...)
    assert.equal("", entries(folder), "something was made")
  end

  it("is told with its option before anything is made", function()
    local other = assert(socket.bind("127.0.0.1", 0))
    local _, port = other:getsockname()
    refused("--listen", "127.0.0.1:" .. port, "another program listens there", "choose another port")
    refused("--admin-listen", "127.0.0.1:" .. port, "another program listens there")
    other:close()
    refused("--listen", "no.such.host.invalid:80")
    refused("--admin-listen", "192.0.2.1:80", ":PORT alone means all it has")
  end)
end)
