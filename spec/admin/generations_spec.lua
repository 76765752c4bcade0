--- The admin's page of generations: what runs, what the files would change, and the acts of a reload by posts.
local admin = require("spec.support.admin")
local cjson = require("cjson")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")

local function title(text)
  return { ["scripts/locales/site/en.lua"] = ('return { ["home.title"] = "%s" }\n'):format(text) }
end

local function start()
  local site = files.folder(title("As it was"))
  files.write(site, { ["static/old.txt"] = "old" })
  local srv = server.start({ args = { "--site", site, "--workers", "1" } })
  return srv, site, admin.sign_in(srv)
end

local function data(browser)
  return browser:json("/generations")
end

--- Does what a button of the page does.
local function act(browser, name, digest, seconds)
  return browser:post("/generations/" .. name, { digest = digest, seconds = seconds })
end

local function audited(srv, name, outcome)
  return process.wait_for(function()
    for _, row in ipairs(cjson.decode((select(2, letters.run(srv, "audit", "--json")))).acts) do
      if row.act == name and row.outcome == outcome then
        return row
      end
    end
  end)
end

describe("the page of generations", function()
  it("says what runs, what is stored, and which files differ now, as the command does", function()
    local srv <close>, site, browser = start()
    local shown = data(browser)
    assert.equal(1, shown.current.number)
    assert.same({}, shown.files)
    assert.equal(shown.current.digest, shown.stored[1].digest)
    browser:get("/generations"):expect_body("Nothing: the files are those of the generation that runs.")
    files.write(site, title("As it may be"))
    files.write(site, { ["static/new.txt"] = "new" })
    assert(os.remove(site .. "/static/old.txt"))
    assert.same({ { what = "added", name = "site/static/new.txt" },
      { what = "changed", name = "site/scripts/locales/site/en.lua" },
      { what = "removed", name = "site/static/old.txt" } }, (function()
      local list = data(browser).files
      for _, file in ipairs(list) do
        file.name = file.name:gsub("^.-/site/", "site/")
      end
      table.sort(list, function(a, b)
        return a.what < b.what
      end)
      return list
    end)())
    browser:get("/generations"):expect_body("added", "changed", "removed")
    local status, output = letters.run(srv, "generations")
    assert.equal(0, status, output)
    assert.truthy(output:find("runs         generation 1 (" .. shown.current.digest, 1, true), output)
    assert.truthy(output:find("added        ", 1, true), output)
  end)

  it("previews, keeps on trial, goes back and rolls back, each with the digest that was seen; all is recorded", function()
    local srv <close>, site, browser = start()
    files.write(site, title("As it may be"))
    local first = data(browser).current.digest
    local page = act(browser, "preview", first):expect({ status = 200 }):expect_body("Generation 2 is in preview.")
    local link = assert(page.body:match('href="' .. srv.url:gsub("%p", "%%%0") .. '(/%?preview=%w+)"'), page.body)
    assert.equal(srv.url .. link, data(browser).preview.link) -- also for who did not wait for the answer
    browser:get("/generations"):expect_body(link)
    local cookie = srv:get(link).headers["set-cookie"]:match("^[^;]+")
    srv:get("/", { Cookie = cookie }):expect_body("As it may be")
    srv:get("/"):expect_body("As it was")
    local shown = data(browser)
    assert.is_nil(shown.preview.link)
    browser:get("/generations"):expect_body("Keep generation 2", "Drop it", "Its link has been followed.")
    assert.is_nil(browser:get("/generations").body:find("?preview=", 1, true))

    act(browser, "accept", shown.preview.digest, "60"):expect({ status = 200 })
    srv:get("/"):expect_body("As it may be")
    assert.equal(1, data(browser).trial.before.number)
    act(browser, "discard", shown.preview.digest):expect({ status = 200 }):expect_body("Generation 1 serves.")
    srv:get("/"):expect_body("As it was")
    browser:get("/generations"):expect_body("a start of the server takes")

    act(browser, "confirm", first, "60"):expect({ status = 200 })
    act(browser, "accept", data(browser).current.digest):expect({ status = 200 })
    local second = data(browser).current.digest
    for _, name in ipairs({ "reload", "confirm", "preview", "rollback" }) do
      act(browser, name, first, "9"):expect({ status = 409 }):expect_body("Nothing was done: somebody else was faster")
    end
    act(browser, "reload", second):expect({ status = 200 }):expect_body("Nothing to do")
    act(browser, "rollback", second):expect({ status = 200 })
    srv:get("/"):expect_body("As it was")
    act(browser, "reload", "x"):expect({ status = 422 }):expect_body("this form was not understood")
    for _, name in ipairs({ "preview", "accept", "discard", "confirm", "rollback" }) do
      local row = assert(audited(srv, "generations_" .. name, "done"), name)
      assert.equal("page", row.via)
      assert.matches("generation %d", row.detail)
    end
    browser:get("/generations"):expect_body("rolled back", "began a preview")
  end)

  it("tells every fault with its excerpt", function()
    local srv <close>, site, browser = start()
    assert.is_nil(srv:log():find("failed"))
    files.write(site, { ["scripts/x.lua"] = "return = 1\n", ["scripts/y.lua"] = "local = 2\n" })
    act(browser, "reload", data(browser).current.digest):expect({ status = 409 })
      :expect_body("scripts/x.lua:1: unexpected symbol near", "1 | return = 1", "scripts/y.lua:1:", "2 faults; nothing was changed")
    browser:get("/generations"):expect_body("The last reload failed:", "1 | return = 1",
      "No generation is stored that one could go back to")
    assert.matches("x%.lua:1", data(browser).failure)
  end)

  it("knows what a command and a signal did, and what ended by itself", function()
    local srv <close>, site, browser = start()
    files.write(site, title("As it may be"))
    assert.equal(0, (server.run({ args = { "reload", "--data", srv.data } })))
    local row = assert(audited(srv, "reload", "done"))
    assert.equal("command", row.via)
    srv:kill("HUP")
    assert(process.wait_for(function()
      return data(browser).acts[1].via == "signal"
    end))
    files.write(site, title("Again"))
    assert(srv:control("reload --confirm 1"))
    assert(process.wait_for(function()
      return data(browser).acts[1].via == "host"
    end))
    browser:get("/generations"):expect_body("the end of its time", "by itself", "SIGHUP", "--confirm 1",
      "nobody kept the generation on trial: the one before serves again")
    assert.matches("^generation 3 %(%x+%)$", data(browser).acts[1].detail)
  end)

  it("records what comes of an act that takes longer than its page waits", function()
    local site = files.folder(title("As it was"))
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1", "--limit-load", "300s" } })
    local browser = admin.sign_in(srv)
    files.write(site, { ["scripts/site.lua"] = "local till = os.time() + 10\nrepeat until os.time() > till\n"
      .. "return function() end\n" })
    act(browser, "preview", data(browser).current.digest):expect({ status = 503 }):expect_body("It goes on")
    local row = assert(audited(srv, "reload", "done"))
    assert.same({ "page", "after its page" }, { row.via, row.actor })
    assert.matches("^%-%-preview %-%-digest %x+$", row.detail)
  end)

  it("tells a failure of before a rollback as that, and what a restart takes", function()
    local srv <close>, site, browser = start()
    files.write(site, title("As it may be"))
    browser:get("/generations"):expect_body("A restart takes the files as they are then")
    act(browser, "reload", data(browser).current.digest):expect({ status = 200 })
    browser:get("/generations"):expect_no_body("A restart takes")
    files.write(site, { ["scripts/x.lua"] = "return = 1\n" })
    act(browser, "reload", data(browser).current.digest):expect({ status = 409 })
    local shown = data(browser)
    assert.is_false(shown.superseded)
    browser:get("/generations"):expect_body("Goes back to the stored generation 1 (" .. shown.previous.digest .. ") of ",
      "generation 2 is the good one, and this leaves it")
    act(browser, "rollback", data(browser).current.digest):expect({ status = 200 })
    assert.is_true(data(browser).superseded)
    browser:get("/generations"):expect_body("Before you went back a reload of the files had failed", "1 | return = 1",
      "You have gone back, and the files on disk have not"):expect_no_body("The last reload failed:")
    assert.matches("before that rollback", select(2, letters.run(srv, "generations")))
    assert.matches("reload +failed before that rollback; the files had faults:\n", select(2, srv:control("status")))
    browser:get("/"):expect_body("a reload failed before the rollback to generation 3: ", "x.lua:1: ")
      :expect_no_body("the last reload failed")
  end)
end)
