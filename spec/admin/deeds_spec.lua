--- What is done by the control socket and by signals is in the audit, with who did it and what came of it.
local admin = require("spec.support.admin")
local process = require("spec.support.process")
local server = require("spec.support.server")

describe("the audit", function()
  it("has what was done by the control socket and by a signal, also while the database was away", function()
    local site = server.folder()
    os.execute("mkdir -p " .. site .. "/scripts")
    local srv <close> = server.start({ args = { "--site", site } })
    local function acts(count)
      local text
      assert(process.wait_for(function()
        text = srv:sql("SELECT via, act, detail, outcome FROM audit WHERE act NOT LIKE 'token%' ORDER BY id")
        return select(2, text:gsub("\n", "\n")) + (text ~= "" and 1 or 0) >= count
      end), text)
      return text
    end
    assert.is_true((srv:control("reload")))
    assert.is_true((srv:control("status")))
    assert.equal("command|reload||done", acts(1))
    assert.equal(process.output("id -un"):gsub("\n", ""), srv:sql("SELECT actor FROM audit WHERE act = 'reload'"))
    local file = assert(io.open(site .. "/scripts/site.lua", "w"))
    file:write("return function(\n")
    file:close()
    assert.is_false((srv:control("reload")))
    srv:kill("HUP")
    local all = acts(3)
    assert.truthy(all:find("\ncommand|reload||[^\n]*site.lua:[^\n]*\n"), all)
    assert.truthy(all:find("\nsignal|reload||asked for$"), all)
    assert.equal("SIGHUP", srv:sql("SELECT actor FROM audit WHERE via = 'signal'"))
    admin.sign_in(srv):get("/audit"):expect({ status = 200 }):expect_body("SIGHUP", "reloaded", "(signal)")
  end)
end)
