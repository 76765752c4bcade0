--- Who may see the admin's pages: by a token, a one-time link, for twelve hours; readers look only.
local admin = require("spec.support.admin")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

describe("the admin's pages", function()
  local srv, token, link, printed

  setup(function()
    srv = server.start()
    token, link, printed = admin.token(srv, "--for", "Ada")
  end)
  teardown(function()
    srv:stop()
  end)

  it("are for who has signed in", function()
    local nobody = admin.browser(srv, "")
    nobody:get("/"):expect({ status = 303, header = { location = "/sign-in" } })
    nobody:get("/audit.json"):expect({ status = 401, header = { ["www-authenticate"] = "Bearer",
      ["content-type"] = "application/problem+json" } })
    nobody:get("/sign-in"):expect({ status = 200, header = { ["cache-control"] = "no-store" } })
    srv:get("/sign-in"):expect({ status = 404 })
  end)

  it("are opened by a token, of which the database has a hash alone", function()
    local res = admin.browser(srv, ""):submit("/sign-in", { token = " " .. token .. "\n" })
    res:expect({ status = 303, header = { location = "/", ["set-cookie"] = { has = "SameSite=Strict; HttpOnly" } } })
    local browser = admin.browser(srv, "admin_session=" .. res:cookie("admin_session"))
    browser:get("/"):expect({ status = 200, header = { ["cache-control"] = "no-store" } }):expect_body("Signed in as Ada")
    assert.equal("0", srv:sql("SELECT count(*) FROM admin_token WHERE hash = '" .. token .. "'"))
    assert.truthy(printed:find("Ada", 1, true))
    for _, secret in ipairs({ token, link }) do
      assert.is_nil(srv:log():find(secret, 1, true))
    end
  end)

  it("are opened by a link once", function()
    local browser = admin.browser(srv, "")
    local page = browser:get("/sign-in?once=" .. link):expect({ status = 200 })
    assert.equal(link, page:field("once"))
    browser:submit("/sign-in", { once = link }):expect({ status = 303 })
    browser:get("/"):expect({ status = 200 })
    admin.browser(srv, ""):submit("/sign-in", { once = link }):expect({ status = 403 })
      :expect_body("This link has been used")
  end)

  it("are not opened by a link that is older than an hour", function()
    local _, late = admin.token(srv)
    srv:sql("UPDATE admin_token SET link_until = " .. os.time() - 1 .. " WHERE link_hash IS NOT NULL")
    admin.browser(srv, ""):submit("/sign-in", { once = late }):expect({ status = 403 })
  end)

  it("answer wrong tokens later and later, and right ones at once", function()
    local function seconds(typed, status)
      local began = socket.gettime()
      admin.browser(srv, ""):submit("/sign-in", { token = typed }):expect({ status = status })
      return socket.gettime() - began
    end
    local first, second = seconds("tca_wrong", 403), seconds("x", 403)
    assert.is_true(first >= 0.5 and second >= 1, ("%.2f %.2f"):format(first, second))
    local quickest = math.huge
    for _ = 1, 5 do
      quickest = math.min(quickest, seconds(token, 303))
    end
    assert.is_true(quickest < second)
  end)

  it("are closed by signing out, for twelve hours' silence, and when the token is revoked", function()
    local browser = admin.sign_in(srv)
    browser:submit("/sign-out", { csrf = "no" }):expect({ status = 303 })
    browser:get("/"):expect({ status = 200 }) -- another page could not sign anybody out
    browser:post("/sign-out"):expect({ status = 303 })
    browser:get("/"):expect({ status = 303 })

    browser = admin.sign_in(srv)
    local left = admin.browser(srv, browser.cookie)
    srv:set_clock(os.time() + 11 * 3600)
    browser:get("/"):expect({ status = 200 })
    srv:set_clock(os.time() + 13 * 3600)
    browser:get("/"):expect({ status = 200 }) -- it was used meanwhile
    left:get("/"):expect({ status = 303 })
    srv:set_clock(os.time())

    local mine = admin.token(srv, "--for", "Bob")
    browser = admin.browser(srv, "")
    browser:submit("/sign-in", { token = mine }):expect({ status = 303 })
    local id = srv:sql("SELECT id FROM admin_token WHERE name = 'Bob'")
    local status, listed = letters.run(srv, "admin-token", "--list")
    assert.equal(0, status)
    assert.truthy(listed:find(id .. "\tadmin\tBob\tmade [%d-]+ [%d:]+\tused [%d-]+ [%d:]+\tgood\n"), listed)
    assert.equal(0, (letters.run(srv, "admin-token", "--revoke", id)))
    browser:get("/"):expect({ status = 303 })
    assert.truthy(select(2, letters.run(srv, "admin-token", "--list")):find("\tBob\tmade [^\n]+\trevoked "))
    assert.equal(1, (letters.run(srv, "admin-token", "--revoke", id)))
    assert.equal(1, (letters.run(srv, "admin-token", "--revoke", "me")))
  end)

  it("are listed, and revoked, by a page", function()
    admin.token(srv, "--reader", "--for", "Cleo")
    local browser = admin.sign_in(srv)
    local function cleo()
      for _, row in ipairs(browser:json("/tokens").tokens) do
        if row.name == "Cleo" then
          return row
        end
      end
    end
    local row = cleo()
    assert.same({ "reader" }, { row.role, row.used_at, row.revoked_at })
    local _, printed_list = letters.run(srv, "tokens", "--json")
    assert.same(browser:json("/tokens"), require("cjson").decode(printed_list))
    browser:get("/tokens"):expect({ status = 200 }):expect_body("Cleo", "look", "never", "Revoke")
    browser:get("/tokens?lang=zh-CN"):expect({ status = 200 }):expect_body("令牌", "只能查看", "吊销")
    browser:get("/tokens?lang=en")
    browser:post("/tokens/revoke", { number = tostring(row.id) }):expect({ status = 200 })
      :expect_body(("Token %d is revoked"):format(row.id))
    browser:post("/tokens/revoke", { number = tostring(row.id) }):expect({ status = 404 })
    browser:post("/tokens/revoke", { number = "me" }):expect({ status = 422 })
    assert.is_number(cleo().revoked_at)
    local act = browser:json("/audit").acts[2]
    assert.same({ "page", "tokens_revoke", ("token %d"):format(row.id), "done" },
      { act.via, act.act, act.detail, act.outcome })
  end)

  it("are for programs by the token in a header", function()
    local function ask(sent)
      return srv.admin:get("/audit.json", { Authorization = "Bearer " .. sent })
    end
    assert.truthy(ask(token):expect({ status = 200 }):json().acts[1].act)
    ask("tca_wrong"):expect({ status = 401 })
  end)

  it("leave health and metrics to everybody on this machine", function()
    for _, path in ipairs({ "/healthz", "/readyz", "/metrics" }) do
      srv.admin:get(path):expect({ status = 200 })
    end
  end)

  it("record who signed in and who made a token, on the page, as JSON and by the command", function()
    local browser = admin.sign_in(srv)
    browser:get("/audit"):expect({ status = 200 }):expect_body("signed in", "made a token", "token 1, admin, for Ada")
    browser:get("/audit?lang=zh-CN"):expect({ status = 200 }):expect_body("操作记录", "生成了令牌")
    local acts = browser:json("/audit").acts
    assert.same({ "page", "sign_in", "done" }, { acts[1].via, acts[1].act, acts[1].outcome })
    assert.same({ "command", "tokens_make" }, { acts[2].via, acts[2].act })
    local status, output = letters.run(srv, "audit")
    assert.equal(0, status)
    assert.truthy(output:find("\tcommand\t[^\t]+\ttokens_make\ttoken 1, admin, for Ada\tdone\n"), output)
    assert.same(acts[2], require("cjson").decode((select(2, letters.run(srv, "audit", "--json")))).acts[2])
  end)

  it("forget acts after a year", function()
    srv:sql("UPDATE audit SET at = at - 366 * 86400 - 60 WHERE id = 1")
    srv:tick("admin.audit")
    assert.equal("0", srv:sql("SELECT count(*) FROM audit WHERE id = 1"))
    assert.not_equal("0", srv:sql("SELECT count(*) FROM audit"))
  end)
end)

describe("signing out of the admin's pages", function()
  it("ends every copy of the session's cookie, over a restart too", function()
    local data = server.folder()
    local srv = server.start({ data = data })
    local browser = admin.sign_in(srv)
    local copy = browser.cookie
    local function get(path)
      return admin.browser(srv, copy):get(path or "/")
    end
    get():expect({ status = 200 })
    browser:post("/sign-out"):expect({ status = 303 })
    get():expect({ status = 303, header = { location = "/sign-in" } })
    srv:set_clock(os.time() + 3600) -- it is not written again either
    assert.is_nil(get("/sign-in"):cookie("admin_session"))
    assert.is_nil(get():cookie("admin_session"))
    srv:stop()
    srv = server.start({ data = data, database = srv.database })
    get():expect({ status = 303 })
    browser.srv = srv
    browser:sign_in():get("/"):expect({ status = 200 })
    browser:get("/audit"):expect_body("signed out")
    srv:stop()
  end)

  it("is known to this process while the database is away, said to be, and recorded when it is back", function()
    local own = mariadb.start()
    local srv <close> = server.start({ database = own:create() })
    local browser = admin.sign_in(srv)
    local copy, token = admin.browser(srv, browser.cookie), browser:csrf()
    own:kill("KILL")
    copy:get("/"):expect({ status = 200 })
    browser:submit("/sign-out", { csrf = token }):expect({ status = 200 })
      :expect_body("The database takes no record of it now")
    copy:get("/"):expect({ status = 303 })
    own:restart()
    assert(process.wait_for(function()
      return srv:sql("SELECT sessions FROM admin_token") == "1"
    end))
    assert.equal("done", srv:sql("SELECT outcome FROM audit WHERE act = 'sign_out'"))
    copy:get("/"):expect({ status = 303 })
    browser:sign_in():get("/"):expect({ status = 200 })
    own:stop()
  end)
end)

describe("the admin's pages after a restart with the database away", function()
  it("say why nobody can sign in", function()
    local own = mariadb.start()
    local data = server.folder()
    local srv = server.start({ data = data, database = own:create() })
    local browser = admin.sign_in(srv)
    browser:get("/sign-in"):expect({ status = 200 }):expect_no_body("the database is away")
    srv:stop()
    own:kill("KILL")
    srv = server.start({ data = data, database = srv.database })
    browser.srv = srv
    browser:get("/"):expect({ status = 303, header = { location = "/sign-in" } })
    browser:get("/sign-in"):expect({ status = 503 })
      :expect_body("Nobody can sign in while the database is away", "Another restart does not help")
    browser:get("/sign-in?lang=zh-CN"):expect({ status = 503 }):expect_body("要等数据库恢复")
    srv.admin:get("/generations.json", { Authorization = "Bearer " .. browser.token }):expect({ status = 503 })
      :expect_body("Nobody can sign in while the database is away")
    srv:stop({ any = true })
    own:stop()
  end)
end)

describe("/metrics", function()
  it("are for other machines by a token of --metrics-token-file", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("# prometheus\nscrape-me-please\n")
    file:close()
    local srv <close> = server.start({ args = { "--metrics-token-file", path, "--trusted-proxy", "127.0.0.1" } })
    local elsewhere = { ["X-Forwarded-For"] = "192.0.2.7" }
    srv.admin:get("/metrics"):expect({ status = 200 })
    srv.admin:get("/metrics", elsewhere):expect({ status = 403 }):expect_no_body("tc_uptime")
    srv.admin:get("/healthz", elsewhere):expect({ status = 200 })
    elsewhere.Authorization = "Bearer scrape-me-please"
    srv.admin:get("/metrics", elsewhere):expect({ status = 200 })
    elsewhere.Authorization = "Bearer scrape-me"
    srv.admin:get("/metrics", elsewhere):expect({ status = 403 })
    os.remove(path)
  end)
end)
