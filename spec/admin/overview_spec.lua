--- The overview: what is wrong, worst first, as doctor finds it, beside what runs.
local page = require("admin.page")
local admin = require("spec.support.admin")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

local ORDER = { BROKEN = 1, look = 2, good = 3 }

describe("the overview", function()
  local srv, browser

  lazy_setup(function()
    srv = letters.server("file:" .. process.folder())
    browser = admin.sign_in(srv)
  end)
  lazy_teardown(function()
    srv:stop()
  end)

  it("has what doctor says, the worst first, and what runs", function()
    local data = browser:json("/overview")
    local last = 1
    for _, line in ipairs(data.lines) do
      assert.is_true(ORDER[line.verdict] >= last)
      last = ORDER[line.verdict]
    end
    for _, subject in ipairs({ "options", "files", "disk", "database", "migrations", "secret", "mail", "time zones",
      "descriptors", "clock", "letters" }) do
      assert.not_equal("", admin.lines_of(data, subject), subject)
    end
    local _, said = letters.run(srv, "doctor")
    assert.truthy(said:find(admin.lines_of(data, "descriptors"):match(": (.*)"), 1, true), said)
    assert.equal(1, data.server.generation)
    assert.truthy(data.server.version:find("^%d") and data.server.digest:find("^%x+$") and data.server.disk_free > 0)
    assert.is_true(data.server.rates.requests > 0)
    local database = data.server.database
    assert.equal(0, database.waiting)
    if srv.database then
      assert.equal("mariadb", database.driver)
      assert.matches("^127%.0%.0%.1:%d+$", database.hosts[1].name)
      assert.equal("used", database.hosts[1].state)
      assert.is_true(database.connections >= 1 and database.idle <= database.connections)
      browser:get("/"):expect_body(database.hosts[1].name .. ": in use")
    else
      assert.same({ driver = "sqlite", hosts = {}, waiting = 0 }, database)
    end
    srv:tick("admin.rates")
    srv:tick("admin.rates")
    assert.is_true(browser:json("/overview").server.rates.per_second > 0)
    browser:get("/"):expect({ status = 200 }):expect_body("What runs", data.server.digest, "Up for")
    browser:get("/?lang=zh-CN"):expect({ status = 200 }):expect_body("正在运行", "需要查看", "没有说明访客从哪里访问服务器")
    browser:get("/?lang=en")
  end)

  it("is the command's, too", function()
    local status, output = letters.run(srv, "overview")
    assert.equal(1, status, output)
    assert.truthy(output:find("^look "), output)
    assert.truthy(output:find("good    clock", 1, true), output)
  end)

  it("shows what breaks, at the top, in the reader's language", function()
    assert(process.wait_for(function()
      return srv:sql("SELECT count(*) FROM node WHERE digest <> ''") == "1"
    end))
    srv:sql("INSERT INTO node (name, heartbeat_at, generation, version, started_at, digest, secrets, reload_good) "
      .. "SELECT 'other', heartbeat_at, generation, version, started_at, digest, secrets, 0 FROM node")
    local data = browser:json("/overview")
    assert.equal("nodes", data.lines[1].subject)
    browser:get("/?lang=zh-CN"):expect_body("上次重载失败")
    srv:sql("UPDATE node SET reload_good = 1, heartbeat_at = heartbeat_at - 1000 WHERE name = 'other'")
    assert.matches("^look: other is silent since ", admin.lines_of(browser:json("/overview"), "nodes"))
    srv:sql("UPDATE node SET heartbeat_at = heartbeat_at + 2000 WHERE name = 'other'")
    assert.matches("^look: other was heard at .* later than now", admin.lines_of(browser:json("/overview"), "nodes"))
    srv:sql("UPDATE node SET generation = 0 WHERE name = 'other'")
    assert.equal("", admin.lines_of(browser:json("/overview"), "nodes"))
    srv:sql("DELETE FROM node WHERE name = 'other'")
    assert.equal(0, (letters.run(srv, "reminders", "--pause", "a trial")))
    assert.truthy(admin.lines_of(browser:json("/overview"), "letters"):find("look: letters are paused since .* a trial"))
    assert.equal(0, (letters.run(srv, "reminders", "--resume")))
  end)

  it("tells of a failed reload", function()
    local site = server.folder()
    os.execute("mkdir -p " .. site .. "/scripts")
    local other <close> = server.start({ args = { "--site", site } })
    local file = assert(io.open(site .. "/scripts/site.lua", "w"))
    file:write("return function(\n")
    file:close()
    assert.is_false((other:control("reload")))
    local data = admin.sign_in(other):json("/overview")
    assert.matches("^BROKEN: the last reload failed; generation 1 serves on: %S*site%.lua:%d: ", admin.lines_of(data, "reload"))
    assert.equal("BROKEN", data.lines[1].verdict)
  end)
end)

describe("the overview of a server whose database is away", function()
  it("is shown to who has signed in before, and says so", function()
    local own = mariadb.start()
    local srv <close> = server.start({ database = own:create() })
    local browser = admin.sign_in(srv)
    browser:get("/"):expect({ status = 200 })
    local token = browser:csrf()
    process.output("sleep 1.1") -- as long as what was found stands
    own:kill("STOP")
    browser:submit("/overview/again", { csrf = token }):expect({ status = 200 }):expect_body("is being looked at")
      :expect_no_body("was looked at")
    local data = browser:json("/overview")
    own:kill("CONT")
    assert.equal("BROKEN", data.lines[1].verdict)
    assert.equal(1, select(2, admin.lines_of(data, "database"):gsub("BROKEN: the database [dh]", "")))
    local state = data.server.database.hosts[1].state
    assert.is_true(state == "mute" or state == "unreached", state) -- after the pool has given it up
    own:stop()
  end)

  it("is not shown to whose token it has revoked", function()
    local own = mariadb.start()
    local srv <close> = server.start({ database = own:create() })
    local browser, reader = admin.sign_in(srv), admin.sign_in(srv, "--reader")
    local function ask(token)
      return srv.admin:get("/generations.json", { Authorization = "Bearer " .. token })
    end
    ask(reader.token):expect({ status = 200 })
    ask(browser.token):expect({ status = 200 })
    for _, row in ipairs(browser:json("/tokens").tokens) do
      if row.role == "reader" then
        browser:post("/tokens/revoke", { number = tostring(row.id) }):expect({ status = 200 })
      end
    end
    own:kill("KILL")
    ask(browser.token):expect({ status = 200 })
    browser:get("/generations"):expect({ status = 200 })
    ask(reader.token):expect({ status = 401 })
    reader:get("/generations"):expect({ status = 303 })
    own:stop()
  end)

  it("and every other page is answered in words, which say what goes on without it", function()
    local own = mariadb.start()
    local srv <close> = server.start({ database = own:create() })
    local browser = admin.sign_in(srv)
    srv.admin:get("/audit.json", { Authorization = "Bearer " .. browser.token }):expect({ status = 200 })
    own:kill("KILL")
    local shown = {}
    for _, name in ipairs(page.NAMES) do
      local res = browser:get("/" .. name)
      shown[name] = res.status == 200
      if not shown[name] then
        res:expect({ status = 503 }):expect_body("the database", "This page needs the database", '<a href="/generations">')
      end
    end
    assert.is_true(shown.overview and shown.generations and shown.errors and shown.settings and shown.support)
    assert.is_false(shown.nodes or shown.audit or shown.tokens)
    local function ask(token)
      return srv.admin:get("/generations.json", { Authorization = "Bearer " .. token })
    end
    ask(browser.token):expect({ status = 200 })
    ask(browser.token .. "x"):expect({ status = 503 })
    browser:get("/nodes?lang=zh-CN"):expect_body("此页需要数据库")
    assert.equal(0, browser:json("/overview").server.rates.failed)
    browser:get("/errors"):expect({ status = 200 }):expect_no_body("a page of the admin&#39;s failed",
      "a page of the admin's failed")
    browser:get("/nodes.json"):expect({ status = 503 }):expect_body('"detail":"the database')
    admin.browser(srv, ""):submit("/sign-in", { token = browser.token }):expect({ status = 503 })
      :expect_body("Nobody can sign in while the database is away")
    own:stop()
  end)
end)

describe("what the installation was found to be", function()
  it("is looked at again when an admin asks, and says how old it is", function()
    local srv <close> = server.start()
    local browser = admin.sign_in(srv)
    local data = browser:json("/overview")
    assert.is_true(process.wait_for(function()
      data = browser:json("/overview")
      return not data.judging
    end))
    assert.is_true(data.age >= 0 and data.age < 30)
    assert.matches("look: the data folder %S+ is open to other accounts", admin.lines_of(data, "files"))
    process.output("chmod 700 " .. srv.data)
    process.output("sleep 1.1") -- no sooner than that
    local page_again = browser:post("/overview/again"):expect({ status = 200 })
    page_again:expect_body("was looked at again", "is its owner", "s ago, at")
      :expect_no_body("is open to other accounts")
    assert.is_truthy(process.wait_for(function() -- two within a second
      return browser:post("/overview/again"):expect({ status = 200 }).body:find("was looked at less than a second ago")
    end))
    assert.equal(0, srv:sql("SELECT count(*) FROM audit WHERE act = 'overview_again'") + 0)
    browser:get("/overview?lang=zh-CN"):expect_body("重新检查")
  end)

  it("is not looked at again for a reader, who is told how to", function()
    local srv <close> = server.start()
    local browser = admin.sign_in(srv, "--reader")
    browser:submit("/overview/again", {}):expect({ status = 403 })
    browser:get("/"):expect({ status = 200 }):expect_body("Load the page again"):expect_no_body("/overview/again")
  end)

  it("is one broken line and no news where the database is away", function()
    local own = mariadb.start()
    local srv <close> = server.start({ database = own:create() })
    local browser = admin.sign_in(srv)
    local token = browser:csrf()
    own:kill("KILL")
    local function wait_for(verdict)
      return process.wait_for(function()
        browser:submit("/overview/again", { csrf = token })
        local data = browser:json("/overview")
        return not data.judging and admin.lines_of(data, "secret"):find(verdict .. ": ", 1, true) and data
      end)
    end
    local data = wait_for("look")
    assert.equal("BROKEN", data.lines[1].verdict)
    assert.equal("database", data.lines[1].subject)
    srv:tick("maintenance.look")
    assert.is_truthy(process.wait_for(function()
      return admin.lines_of(browser:json("/overview"), "database"):find("has not answered since", 1, true)
    end))
    assert.equal("look", data.lines[2].verdict)
    assert.equal("look: not looked at: the database is away", admin.lines_of(data, "migrations"))
    local _, said = letters.run(srv, "doctor")
    assert.matches("\nlook    migrations   not looked at: the database is away\n", said)
    process.output("sleep 1.1")
    wait_for("look")
    srv:tick("maintenance.look")
    assert.is_nil(srv:log():find("timer=maintenance.look", 1, true), srv:log())
    local causes = {}
    for cause in srv:log():gmatch("error (the database cannot be reached[^\n]*)") do
      assert.is_nil(causes[cause], srv:log())
      causes[cause] = true
    end
    own:restart()
    assert.is_truthy(wait_for("good"))
    own:stop()
  end)
end)
