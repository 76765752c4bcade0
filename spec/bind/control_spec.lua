--- host.control: what a script asks of the running server, inside it and beside it.
local control = require("host.control")
local files = require("spec.support.files")
local server = require("spec.support.server")

local MAIN = [[
local control = require("host.control")
return {
  handle = function(req)
    local text, message, kind = control.ask(req.query.line)
    return { status = text and 200 or 409, body = text or (kind .. ": " .. message) }
  end,
}
]]

local function start()
  local app = server.folder()
  files.write(app, { ["scripts/main.lua"] = MAIN })
  return server.start({ args = { "--app", app } }), app
end

describe("host.control", function()
  it("gives a handler what the control socket answers", function()
    local srv <close> = start()
    for _, line in ipairs({ "status", "generations" }) do
      local answer = srv:get("/?line=" .. line):expect({ status = 200 }).body
      assert.matches("%f[%w]1 %(?%x+", answer, line)
    end
    assert.matches('^{"version":"', srv:get("/?line=version"):expect({ status = 200 }).body)
    assert.matches('^{"options":', srv:get("/?line=settings"):expect({ status = 200 }).body)
    assert.equal("[]", srv:get("/?line=errors"):expect({ status = 200 }).body)
    assert.equal("null", srv:get("/?line=file+nothing"):expect({ status = 200 }).body)
  end)

  it("reloads, and tells the kind where that is refused", function()
    local srv <close>, app = start()
    srv:get("/?line=rollback"):expect({ status = 409 }):expect_body("state: ")
    srv:get("/?line=reload+--digest+0000000000000000"):expect({ status = 409 }):expect_body("conflict: ")
    srv:get("/?line=reload+--nonsense"):expect({ status = 409 }):expect_body("input: ")
    srv:get("/?line=nonsense"):expect({ status = 409 }):expect_body("does not know the command 'nonsense'")
    files.write(app, { ["scripts/other.lua"] = "return 1" })
    srv:get("/?line=reload"):expect({ status = 200 }):expect_body("generation 2 (")
  end)

  it("says that no server runs where a command has none beside it", function()
    local text, message, kind = control.ask("status")
    assert.is_nil(text)
    assert.equal("state", kind)
    assert.matches("^no server runs on the data folder ", message)
  end)

  it("raises for what is no line", function()
    for _, line in ipairs({ "two\nlines", ("x"):rep(1001) }) do
      local good, message = pcall(control.ask, line)
      assert.is_false(good)
      assert.truthy(message:find("#1 to 'host.control.ask' (one line of 1000 bytes at most is expected", 1, true), message)
    end
  end)
end)
