--- What only the running server knows of its troubles: on the overview, as JSON, and by the commands beside it.
local lfs = require("lfs")
local admin = require("spec.support.admin")
local files = require("spec.support.files")
local http = require("spec.support.http")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

local function lines_of(data, subject)
  local found = {}
  for _, line in ipairs(data.lines) do
    if line.subject == subject then
      found[#found + 1] = line.verdict .. ": " .. line.text
    end
  end
  return table.concat(found, "\n")
end

describe("a server that has started though its files have faults", function()
  it("says so, with the first of them, until a reload is good", function()
    local data, site = server.folder(), files.folder({ ["scripts/site.lua"] = "return function() end" })
    local args = { "--site", site }
    server.start({ data = data, args = args }):stop()
    files.write(site, { ["scripts/site.lua"] = "return function(\n" })
    local srv <close> = server.start({ data = data, args = args })
    local browser = admin.sign_in(srv)
    local found = browser:json("/overview")
    assert.matches("^BROKEN: the files had faults at the start; generation 1 serves: %S*site%.lua:%d: ", lines_of(found, "files"))
    assert.equal("BROKEN", found.lines[1].verdict)
    browser:get("/errors"):expect_body("THE FILES HAVE FAULTS", "site.lua:")
    browser:get("/?lang=zh-CN"):expect_body("启动时文件有错；由第 1 版提供服务", "“版本”页面有其中的错误")
    browser:get("/generations?lang=en"):expect_body("The files had faults at the start, and the stored generation")
      :expect_no_body("The last reload failed", "a reload of the files had failed")
    local _, said = letters.run(srv, "doctor")
    assert.matches("\nBROKEN  files        the files had faults at the start; generation 1 serves: ", said)
    assert.matches("\nfiles        had faults at the start:\n%S*site%.lua:%d: ", select(2, srv:control("status")))
    files.write(site, { ["scripts/site.lua"] = "return function() end -- mended" })
    assert(srv:control("reload"))
    assert.is_nil(lines_of(browser:json("/overview"), "files"):find("BROKEN", 1, true))
    assert.is_nil(select(2, srv:control("status")):find("faults at the start", 1, true))
  end)
end)

describe("a server that has gone back after a start with faults", function()
  it("says that they were found at the start: there was no reload", function()
    local data, site = server.folder(), files.folder({ ["scripts/site.lua"] = "return function() end" })
    local args = { "--site", site }
    local first = server.start({ data = data, args = args })
    files.write(site, { ["static/new.txt"] = "new" })
    assert(first:control("reload"))
    first:stop()
    files.write(site, { ["scripts/site.lua"] = "return function(\n" })
    local srv <close> = server.start({ data = data, args = args })
    local browser = admin.sign_in(srv)
    browser:get("/generations"):expect_body("Goes back to the stored generation 1 (", "this leaves it")
    assert(srv:control("rollback"))
    browser:get("/generations"):expect_body("At the start, before you went back, the files had faults")
      :expect_no_body("this leaves it")
    assert.matches("^look: the files had faults at the start, before the rollback to generation %d: ",
      lines_of(browser:json("/overview"), "files"):match("look: the files had[^\n]*"))
    assert.matches("\nfiles        had faults at the start, before that rollback:\n", select(2, srv:control("status")))
  end)
end)

describe("a server that has started though a file cannot be read", function()
  it("says which on a line of its own", function()
    local data, site = server.folder(), files.folder({ ["scripts/site.lua"] = "return function() end" })
    local args = { "--site", site }
    server.start({ data = data, args = args }):stop()
    assert(lfs.mkdir(site .. "/static") and lfs.link("nowhere.txt", site .. "/static/dangling.txt", true))
    local srv <close> = server.start({ data = data, args = args })
    assert.matches("\nfiles        had faults at the start:\n[^\n]*dangling%.txt[^\n]*: No such file or directory\n",
      select(2, srv:control("status")))
  end)
end)

describe("a worker that does not turn", function()
  it("is said first, with its route, also without limits, and a switch that waits for it says so", function()
    local site = files.folder({ ["scripts/site.lua"] = [[
      local space = require("host.shared").space("site.door", { max = 2 })
      return function(app)
        app:get("site.holds", "/holds", function()
          space:set("held", true)
          repeat
            for _ = 1, 1e5 do end -- others want the lock, too
          until space:get("open")
          return { body = "done" }
        end)
        app:get("site.opens", "/opens", function()
          space:set("open", true)
          return { body = tostring(space:get("held")) }
        end)
      end]] })
    local srv <close> = server.start({ args = { "--site", site, "--workers", "2", "--limits", "off" },
      env = { TIMECAPSULE_STALL_MS = "100" } })
    local browser = admin.sign_in(srv)
    local held, asked = srv:connect(), http.connect({ path = srv.data .. "/control.sock" })
    held:ask({ method = "GET", path = "/holds" })
    assert.is_truthy(process.wait_for(function() -- before that the worker might accept another connection
      return select(2, srv:control("status")):find("\nstuck        worker %d, for %d+ s, at site%.holds\n")
    end), srv:log())
    local data = browser:json("/overview")
    assert.matches("^BROKEN: worker %d has not turned for %d+ s, at the route site%.holds$", lines_of(data, "workers"))
    assert.equal("workers", data.lines[1].subject)
    browser:get("/?lang=zh-CN"):expect_body("停在路由 site.holds")
    files.write(site, { ["static/new.txt"] = "another" })
    asked:send("reload\n")
    assert.is_truthy(process.wait_for(function()
      return browser:json("/generations").waits
    end), srv:log())
    browser:get("/generations"):expect_body("It waits for worker")
    assert.matches("\nreload       waits for worker %d to turn, for %d+ s\n", select(2, srv:control("status")))
    assert.is_truthy(process.wait_for(function()
      return lines_of(browser:json("/overview"), "reload"):find("look: a switch waits for worker", 1, true)
    end))
    srv:get("/opens"):expect({ status = 200 })
    assert.equal("done", held:response("GET").body)
    assert.matches("^ok\n", (asked:rest()))
    assert.is_true(process.wait_for(function()
      data = browser:json("/overview")
      return lines_of(data, "workers") == "" and lines_of(data, "reload") == ""
    end))
  end)
end)

describe("the overview", function()
  it("says that the site is closed or read-only, and by whom", function()
    local srv <close> = server.start()
    local browser = admin.sign_in(srv)
    browser:post("/maintenance/set", { mode = "read-only" }):expect({ status = 200 })
    assert.matches("^look: The site is read%-only since .*, by ", lines_of(browser:json("/overview"), "maintenance"))
    browser:post("/maintenance/set", { mode = "closed" }):expect({ status = 200 })
    browser:get("/"):expect_body("The site is closed since", "maintenance open")
    assert.matches("look    maintenance  The site is closed since", (select(2, letters.run(srv, "overview"))))
    browser:post("/maintenance/set", { mode = "open" })
    assert.equal("", lines_of(browser:json("/overview"), "maintenance"))
    local set <close> = server.start({ args = { "--set", "maintenance=closed" } })
    assert.matches("^look: The site is closed by the setting", lines_of(admin.sign_in(set):json("/overview"), "maintenance"))
  end)

  it("says when maintenance was to be over and is not, and visitors are told to come back as if nobody had said when",
    function()
      local srv <close> = server.start()
      local browser = admin.sign_in(srv)
      browser:post("/maintenance/set", { mode = "closed", minutes = "5" }):expect({ status = 200 })
      srv:set_clock(os.time() + 900)
      assert.matches("\nlook: That was expected to be over at ", lines_of(browser:json("/overview"), "maintenance"))
      srv:get("/"):expect({ status = 503, ["Retry-After"] = "600" })
    end)

  it("says which way the clock was set while the server ran, until it is set back", function()
    local srv <close> = server.start()
    local browser = admin.sign_in(srv)
    assert.is_nil(lines_of(browser:json("/overview"), "clock"):find("set", 1, true))
    srv:set_clock(os.time() + 10800)
    local data = browser:json("/overview")
    assert.matches("look: it was set forward by 10[78]%d%d s while the server ran", lines_of(data, "clock"))
    browser:get("/?lang=zh-CN"):expect_body("时钟被拨快了")
    srv:set_clock(os.time())
    assert.is_nil(lines_of(browser:json("/overview"), "clock"):find("set", 1, true))
    srv:set_clock(os.time() - 7200)
    assert.matches("look: it was set back by 7[12]%d%d s", lines_of(admin.sign_in(srv):json("/overview"), "clock"))
  end)

  it("says that this clock and that of the database's server differ", function()
    local own = mariadb.start()
    local srv <close> = server.start({ database = own:create() })
    srv:set_clock(os.time() + 10800)
    local data = admin.sign_in(srv):json("/overview")
    assert.matches("BROKEN: this machine's clock is 10[78]%d%d s ahead of that of 127%.0%.0%.1:", lines_of(data, "clock"))
    own:stop()
  end)

  it("says what a restart would do otherwise: a generation on trial, and one that was gone back from", function()
    local site = files.folder({ ["scripts/site.lua"] = "return function() end" })
    local srv <close> = server.start({ args = { "--site", site } })
    local browser = admin.sign_in(srv)
    assert.equal("", lines_of(browser:json("/overview"), "reload"))
    files.write(site, { ["scripts/site.lua"] = "return function() end -- another" })
    assert(srv:control("reload --confirm 60"))
    assert.matches("^look: generation 2 is on trial: in %d+ s generation 1 serves again$",
      lines_of(browser:json("/overview"), "reload"))
    assert(srv:control("reload --accept"))
    assert.equal("", lines_of(browser:json("/overview"), "reload"))
    assert(srv:control("rollback"))
    assert.matches("^look: generation 3 has the files of generation 1, by a rollback: a restart takes those",
      lines_of(browser:json("/overview"), "reload"))
  end)

  it("says how many requests were refused lately, and by which limit", function()
    local srv <close> = server.start({ args = { "--trusted-proxy", "10.0.0.1", "--set", "puts_per_minute=2" } })
    local browser = admin.sign_in(srv)
    assert.equal("", lines_of(browser:json("/overview"), "refusals"))
    assert.is_true(process.wait_for(function() -- a minute may begin between
      return srv:post("/put", { name = "" }).status == 429
    end))
    assert.matches("^look: 1 requests were refused .* puts_per_minute 1$", lines_of(browser:json("/overview"), "refusals"))
    browser:get("/"):expect_body("a limit that is too low", "night 12"):expect_no_body("proxy that is not named")
    srv:get("/", { ["X-Forwarded-For"] = "203.0.113.7" })
    browser:get("/"):expect_body("proxy that is not named")
  end)

  it("says that most requests come by a proxy that is not named, and not that some do", function()
    local forwarded = { ["X-Forwarded-For"] = "203.0.113.7" }
    local srv <close> = server.start()
    local browser = admin.sign_in(srv)
    srv:tick("admin.rates")
    for _ = 1, 10 do
      srv:get("/")
    end
    srv:get("/", forwarded)
    assert.equal("", lines_of(browser:json("/overview"), "proxy"))
    for _ = 1, 200 do
      srv:get("/", forwarded)
    end
    assert.matches("^look: 201 of %d+ requests .* came from this machine, which %-%-trusted%-proxy does not name$",
      lines_of(browser:json("/overview"), "proxy"))
    local named <close> = server.start({ args = { "--trusted-proxy", "127.0.0.1" } })
    named:tick("admin.rates")
    named:get("/", forwarded)
    assert.equal("", lines_of(admin.sign_in(named):json("/overview"), "proxy"))
  end)
end)
