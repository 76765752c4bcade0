--- What is done by the control socket and by signals is in the audit, with who did it and what came of it.
local page = require("admin.page")
local i18n = require("text.i18n")
local admin = require("spec.support.admin")
local letters = require("spec.support.letters")
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
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
        text = srv:sql("SELECT via, act, detail, outcome FROM audit WHERE act NOT LIKE 'tokens%' ORDER BY id")
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
    assert.truthy(all:find("\nsignal|reload||[^\n]*site.lua:[^\n]*$"), all)
    assert.equal("SIGHUP", srv:sql("SELECT actor FROM audit WHERE via = 'signal'"))
    os.remove(site .. "/scripts/site.lua")
    srv:kill("HUP")
    assert.matches("\nsignal|reload||done$", acts(4))
    assert.is_true((srv:control("errors"))) -- asks, and is no deed
    admin.sign_in(srv):get("/audit"):expect({ status = 200 }):expect_body("SIGHUP", "reloaded", "(signal)")
  end)

  it("has that a signal stopped it, and what could not be recorded before that", function()
    local data = server.folder()
    local srv = server.start({ data = data, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
    srv:set_clock(server.unix(2030, 1, 1))
    srv:stop()
    srv = server.start({ data = data, database = srv.database })
    local row
    assert(process.wait_for(function()
      row = srv:sql("SELECT at - at % 86400, via, actor, act, outcome FROM audit WHERE act = 'stop'")
      return row ~= ""
    end))
    assert.equal(server.unix(2030, 1, 1) .. "|signal|SIGTERM|stop|done", row)
    admin.sign_in(srv):get("/audit"):expect({ status = 200 }):expect_body("stopped the server", "SIGTERM")
    assert.is_nil(files.read(data .. "/deeds"))
    srv:stop()
  end)

  it("has what was done by commands, without a server too, and with what came of it", function()
    local srv = server.start({ data = server.folder() })
    local kept = server.folder()
    local function run(expected, ...)
      local status, output = letters.run(srv, ...)
      assert.equal(expected, status, output)
      return output
    end
    srv:set_clock(capsules.NOW)
    capsules.put(srv)
    run(0, "secret", "add")
    run(0, "secret")
    run(2, "secret", "nonsense")
    run(0, "export", kept .. "/all", "--with-secret")
    run(2, "import", kept .. "/all")
    run(0, "import", kept .. "/all", "--dry-run")
    run(0, "migrate")
    if not srv.database then
      run(0, "backup", kept .. "/copy.db")
    end
    srv:stop()
    run(2, "restore", kept .. "/nothing.db")
    local expected = { "secret_add||done", ("export|%s/all, with the secret|done"):format(kept),
      ("import|%s/all|this database is not empty: an export comes into a new one (--data or --database names it)")
        :format(kept), "migrate||done", ("backup|%s/copy.db|done"):format(kept),
      ("restore|%s/nothing.db|failed (status 2)"):format(kept) }
    if srv.database then
      table.remove(expected, 5)
    end
    assert.same(table.concat(expected, "\n"), srv:sql("SELECT act, detail, outcome FROM audit ORDER BY id"))
  end)

  it("has a sentence for all that is done", function()
    local names = { "sign_in", "reload", "rollback", "upgrade", "stop", "migrate", "backup", "restore", "secret_add",
      "secret_rotate", "secret_lost", "import", "export", "tokens_make" }
    for _, name in ipairs(page.NAMES) do
      for act, how in pairs(page.of(name).acts or {}) do
        names[#names + 1] = not how.looks and name .. "_" .. act or nil
      end
    end
    for _, name in ipairs(names) do
      assert.is_true(i18n.has("audit.act_" .. name), name)
    end
  end)
end)
