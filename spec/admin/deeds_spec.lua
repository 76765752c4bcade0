--- What is done by the control socket and by signals is in the audit, with who did it and what came of it.
local page = require("admin.page")
local i18n = require("text.i18n")
local admin = require("spec.support.admin")
local http = require("spec.support.http")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
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

  it("has what a page did while the database was away: the page says that it will, and shows it meanwhile", function()
    local own = mariadb.start()
    local site = files.folder({ ["static/old.txt"] = "old" })
    local srv <close> = server.start({ database = own:create(), args = { "--site", site } })
    local browser = admin.sign_in(srv)
    local token, digest = browser:csrf(), browser:json("/generations").current.digest
    own:kill("KILL")
    files.write(site, { ["static/new.txt"] = "new" })
    browser:submit("/generations/reload", { csrf = token, digest = digest }):expect({ status = 200 })
      :expect_body("The server keeps it, and the audit has it once it does", "(not recorded yet)")
    assert.is_true(browser:json("/generations").acts[1].waits)
    browser:submit("/generations/reload", { csrf = token, digest = digest, lang = "zh-CN" }, { ["Accept-Language"] = "zh-CN" })
      :expect({ status = 409 }):expect_body("等数据库恢复就写入操作记录")
    assert.is_nil(srv:log():find("an act of an admin was not recorded", 1, true))
    own:restart()
    local rows
    assert(process.wait_for(function()
      rows = srv:sql("SELECT via, act, outcome FROM audit WHERE act = 'generations_reload' ORDER BY id")
      return select(2, rows:gsub("\n", "")) == 1
    end), rows)
    assert.matches("^page|generations_reload|done\npage|generations_reload|Nothing was done", rows)
    local now = browser:json("/generations").acts[1]
    assert.same({ "generations_reload", nil }, { now.act, now.waits })
    own:stop()
  end)

  it("waits for a deed whose number is taken before it is put down", function()
    local site = files.folder({ ["scripts/site.lua"] = [[
      local space = require("host.shared").space("admin.deeds")
      return function(app)
        app:get("site.takes", "/takes", function() return { body = tostring(space:incr("last")) } end)
        app:get("site.puts", "/puts/:number", function(req)
          space:set(req.params.number, "1900000000\thost\ta\treload\tlate\tdone\t")
          return { body = "put" }
        end)
      end]] })
    local srv <close> = server.start({ args = { "--site", site } })
    local number = srv:get("/takes"):expect({ status = 200 }).body
    srv:tick("admin.deeds")
    srv:get("/puts/" .. number):expect({ status = 200 })
    assert(process.wait_for(function()
      return srv:sql("SELECT count(*) FROM audit WHERE detail = 'late'") == "1"
    end))
  end)

  it("has that a second signal stopped it at once", function()
    local site = files.folder({ ["scripts/site.lua"] = [[
      return function(app)
        app:get("site.holds", "/holds", function() while true do end end)
      end]] })
    local data = server.folder()
    local srv = server.start({ data = data, args = { "--site", site, "--workers", "1", "--limits", "off" },
      env = { TIMECAPSULE_STALL_MS = "100" } })
    srv:connect():ask({ method = "GET", path = "/holds" })
    assert(process.wait_for(function()
      return srv:log():find("a worker does not turn", 1, true)
    end), srv:log())
    files.write(site, { ["static/new.txt"] = "another" })
    local asked = http.connect({ path = data .. "/control.sock" })
    asked:send("reload\n")
    assert(process.wait_for(function()
      return select(2, srv:control("status")):find("\nreload       waits for worker 0 to turn", 1, true)
    end), srv:log())
    srv:kill("TERM")
    assert(process.wait_for(function()
      return srv:log():find("stopping: requests that run are finished", 1, true)
    end), srv:log())
    assert(process.wait_for(function()
      if not srv:status() then
        srv:kill("TERM")
      end
      return srv:status()
    end))
    srv = server.start({ data = data, database = srv.database, args = { "--site", site } })
    local rows
    assert(process.wait_for(function()
      rows = srv:sql("SELECT via, actor, act FROM audit WHERE act LIKE 'stop%' OR act = 'switch_left' ORDER BY id")
      return rows:find("at_once", 1, true)
    end), rows)
    assert.equal("signal|SIGTERM|stop\nhost|the stop|switch_left\nsignal|SIGTERM|stop_at_once", rows)
    srv:stop()
  end)

  it("names the account where the environment names nobody", function()
    local srv <close> = server.start()
    local place, env = letters.same_place(srv)
    env = env or {}
    env.SUDO_USER, env.USER, env.LOGNAME = "", "", ""
    local args = table.move(place, 1, #place, 4, { "admin-token", "--data", srv.data })
    assert.equal(0, (server.run({ args = args, env = env })))
    assert.equal(process.output("id -un"):gsub("\n", ""), srv:sql("SELECT actor FROM audit WHERE act = 'tokens_make'"))
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
    local names = { "sign_in", "sign_out", "reload", "rollback", "upgrade", "stop", "stop_at_once", "switch_left",
      "trial_lapsed", "preview_lapsed", "migrate", "backup", "restore", "secret_add", "secret_rotate", "secret_lost",
      "import", "export", "tokens_make" }
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

describe("what waits in the data folder for the audit", function()
  local LINE = "1900000000\tpage\tAda\treload\t%d\tdone\t\n" -- as an earlier version put it down

  --- The acts that a server started on it records, once the stop is among them.
  local function recorded(data, database, stop)
    local srv <close> = server.start({ data = data, database = database })
    local acts
    assert(process.wait_for(function()
      acts = srv:sql("SELECT act, detail FROM audit WHERE act NOT LIKE 'tokens%' ORDER BY id")
      return ("\n" .. acts .. "\n"):find("\n" .. stop .. "|\n", 1, true)
    end), acts)
    return acts
  end

  it("is not lost to what another process has to keep", function()
    local data = server.folder()
    local srv = server.start({ data = data })
    files.write(data, { deeds = LINE:format(1) }) -- as one does that this one has replaced
    srv:stop()
    assert.equal("reload|1\nstop|", recorded(data, srv.database, "stop"))
  end)

  it("is recorded once, though nobody could know whether it was recorded before", function()
    local data = server.folder()
    local srv = server.start({ data = data })
    srv:stop()
    local line = assert(files.read(data .. "/deeds"))
    assert.matches("^%d+\tsignal\tSIGTERM\tstop\t\tdone\t%w%w%w%w%w%w%w%w%w+\t\n$", line)
    files.write(data, { deeds = line .. line .. "1900000000\tpage\tAda\tlast\t\tdone\t\n" })
    assert.equal("stop|\nlast|", recorded(data, srv.database, "last"))
  end)

  it("ends the sessions that it names, whatever its detail says", function()
    local data = server.folder()
    local srv = server.start({ data = data })
    admin.sign_in(srv)
    srv:stop()
    files.write(data, { deeds = "1900000000\tpage\tAda\tsign_out\ttoken 1, session 7\tdone\ttoken\t1 3\t\n" })
    srv = server.start({ data = data, database = srv.database })
    assert(process.wait_for(function()
      return srv:sql("SELECT act FROM audit WHERE act = 'sign_out'") ~= ""
    end))
    assert.equal("4", srv:sql("SELECT sessions FROM admin_token"))
    srv:stop()
  end)

  it("is not lost to two signals during a start", function()
    local site = files.folder({ ["scripts/site.lua"] = [[
      require("host.log").info("the site loads")
      while true do end]] })
    local data, folder = server.folder(), process.make_folder()
    files.write(data, { deeds = LINE:format(1) })
    local leash = process.guard(folder, { server.program(), "serve", "--data", data, "--site", site,
      "--listen", "127.0.0.1:0", "--admin-listen", "off", "--limits", "off" })
    finally(function() leash:close() end)
    assert(process.wait_for(function()
      return (files.read(folder .. "/log") or ""):find("the site loads", 1, true)
    end), files.read(folder .. "/log"))
    assert(process.wait_for(function()
      os.execute(("kill -TERM %d 2>/dev/null"):format(files.read(folder .. "/pid")))
      return files.read(folder .. "/status")
    end))
    assert.equal("reload|1\nstop|\nstop_at_once|", recorded(data, nil, "stop_at_once"))
  end)

  it("is not lost to a start that fails when it has read it", function()
    local data = server.folder()
    local srv = server.start({ data = data })
    srv:stop()
    local text = assert(files.read(data .. "/deeds")) .. LINE:format(1)
    files.write(data, { deeds = text })
    local status, log = server.refused({ data = data, database = srv.database, -- replaces one whose socket is none
      env = { TC_HANDOVER = "channel 0\npublic\t0\thttp://127.0.0.1:1\t-" } })
    assert.equal(1, status, log)
    assert.equal(text, files.read(data .. "/deeds"), log)
    assert.truthy(log:find("cannot listen on", 1, true), log)
  end)

  it("is as much as may wait: the oldest", function()
    local data, lines = server.folder(), {}
    for i = 1, 254 do
      lines[i] = LINE:format(i)
    end
    local srv = server.start({ data = data })
    files.write(data, { deeds = table.concat(lines) })
    srv:stop()
    assert.equal(table.concat(lines), files.read(data .. "/deeds"))
    assert.truthy(srv:log():find("too much waits", 1, true), srv:log())
  end)
end)
