--- docs/hosting.md is what it takes: the application it shows is the one that `app new` writes and a whole
--- one, and so is the one with the web modules.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

--- The Lua of the page, one text per block.
local function blocks()
  local all = {}
  for text in assert(process.read_file("docs/hosting.md")):gmatch("\n```lua\n(.-)```") do
    all[#all + 1] = text
  end
  return all
end

local function start(folder)
  local srv = server.start({ args = { "--app", folder, "--workers", "1" } })
  finally(function()
    srv:stop()
  end)
  return srv
end

describe("docs/hosting.md", function()
  it("shows what `app new` writes: an application of ten lines that runs", function()
    local folder = server.folder() .. "/app"
    local status, said = server.run({ args = { "app", "new", folder } })
    assert.equal(0, status, said)
    assert.equal(blocks()[1], process.read_file(folder .. "/scripts/main.lua"))
    local _, lines = blocks()[1]:gsub("\n", "")
    assert.is_true(lines <= 12)
    status, said = server.run({ args = { "check", "--app", folder, "--data", server.folder() } })
    assert.equal(0, status, said)

    local srv = start(folder)
    srv:get("/"):expect({ status = 200 }):expect_body("Hello.")
    srv:get("/x"):expect({ status = 404 }):expect_body("there is nothing at /x")
    assert.is_truthy(srv:sql("SELECT name FROM meta"))
  end)

  it("begins no application in a folder that has something in it", function()
    local folder = files.folder({ ["notes.txt"] = "mine" })
    local status, said = server.run({ args = { "app", "new", folder } })
    assert.equal(1, status)
    assert.truthy(said:find("not empty", 1, true), said)
    assert.equal(2, (server.run({ args = { "app", "new" } })))
  end)

  it("shows what the web modules take", function()
    local folder = files.folder({ ["scripts/locales/en.lua"] = blocks()[2],
      ["scripts/main.lua"] = blocks()[3] })
    process.output(("cp -r scripts/web scripts/text %s/scripts"):format(folder))
    local srv = start(folder)
    local got = srv:get("/hello/you"):expect({ status = 200 })
    assert.equal("you", got:json().hello)
    srv:get("/nowhere"):expect({ status = 404 })
  end)

  it("leaves out what is optional: no commands, a plain page for what fails", function()
    local folder = files.folder({ ["scripts/main.lua"] = 'return { handle = function() error("no") end }\n',
      ["scripts/commands/count.lua"] = "return {}\n" })
    local srv = start(folder)
    srv:get("/"):expect({ status = 500 }):expect_body("500 Internal Server Error")
    local status, said = server.run({ args = { "count", "--app", folder, "--data", srv.data } })
    assert.equal(1, status)
    assert.truthy(said:find("the application has no commands", 1, true), said)
  end)

  it("names the database's file as the application does", function()
    local folder = files.folder({ ["scripts/main.lua"] = blocks()[1],
      ["scripts/config.lua"] = 'return { database = "items.db" }\n' })
    local srv = start(folder)
    assert.truthy(process.read_file(srv.data .. "/items.db"))
    assert.is_nil(process.read_file(srv.data .. "/data.db"))
  end)
end)
