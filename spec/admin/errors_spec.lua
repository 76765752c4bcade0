--- Errors and settings: found by the number that a visitor sees, on the page, as JSON and by the command.
local admin = require("spec.support.admin")
local files = require("spec.support.files")
local json = require("host.json")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")

local SITE = {
  ["scripts/site.lua"] = [[
    return function(app)
      app:get("site.fails", "/fails", function()
        error("a fault of a site <b>" .. "x" .. "</b>")
      end)
      app:get("site.refuses", "/refuses", function()
        return nil, "the shelf is empty", "io"
      end)
    end
  ]],
  ["scripts/site_config.lua"] = [[
    return {
      { name = "site_api_key", type = "string", default = "", help = "of a service" },
      { name = "site_colour", type = "string", default = "red", one_of = { "red", "blue" }, help = "of the house" },
      { name = "site_shelves", type = "list", default = { "a", "b" }, help = "in order" },
    }
  ]],
}

describe("the admin's page", function()
  local srv, browser

  setup(function()
    srv = server.start({ args = { "--site", files.folder(SITE), "--set", "site_api_key=planted-in-vain", "--workers", "2",
      "--trusted-proxy", "10.0.0.1", "--trusted-proxy", "10.0.0.2" }, env = { TIMECAPSULE_SITE_COLOUR = "blue" } })
    browser = admin.sign_in(srv)
  end)
  teardown(function()
    srv:stop()
  end)

  --- Has a visitor meet an error; the number that the page shows.
  local function fail(path)
    local res = srv:get(path, { Accept = "text/html" })
    return assert(res.body:match('class="request%-id">(%x+)<'), res.body), res
  end

  it("of errors has none at first", function()
    browser:get("/errors"):expect({ status = 200 }):expect_body("No errors since this server has started")
    local _, output = letters.run(srv, "errors")
    assert.equal("no errors since the start\n", output)
  end)

  it("of errors finds one by the number that a visitor's page shows", function()
    local number, res = fail("/fails")
    assert.equal(500, res.status)
    local other = fail("/refuses")
    browser:get("/errors"):expect({ status = 200 }):expect_body(number, other)
    local page = browser:get("/errors?request=" .. number):expect({ status = 200 })
      :expect_body(number, "site.fails", "a fault of a site &lt;b&gt;", "site.lua:3", "generation")
    page:expect_no_body(other, "the shelf is empty")
    browser:get("/errors?request=" .. other):expect_body("the shelf is empty", "kind=io")
    browser:get("/errors?lang=zh-CN&request=" .. number):expect_body("a fault of a site", "请求编号")
    browser:get("/errors?request=00000000"):expect({ status = 200 }):expect_body("No error of the request 00000000")
  end)

  it("of errors is JSON, and a command asks the running server", function()
    local number = fail("/fails")
    local found = browser:json("/errors").errors
    assert.equal(number, found[1].request)
    assert.equal("site.fails", found[1].route)
    assert.equal(1, found[1].generation)
    assert.matches("a fault of a site", found[1].error)
    local status, output = letters.run(srv, "errors", "--request", number)
    assert.equal(0, status, output)
    assert.matches("a fault of a site", output)
    assert.matches("request " .. number .. ", route site.fails, generation 1", output)
    status, output = letters.run(srv, "errors", "--json", "--request", number)
    assert.equal(0, status, output)
    assert.equal(number, json.decode(output).errors[1].request)
  end)

  it("of errors keeps the last 500, and no reply of theirs is too large", function()
    local last
    for _ = 1, 510 do
      last = srv:get("/fails", { Accept = "text/html" }).body:match('class="request%-id">(%x+)<')
    end
    local found = browser:json("/errors")
    assert.equal(500, #found.errors)
    assert.equal(last, found.errors[1].request)
    browser:get("/errors"):expect({ status = 200 })
  end)

  it("of settings says what each is, where it comes from, and what it takes", function()
    local by_name = {}
    for _, setting in ipairs(browser:json("/settings").settings) do
      by_name[setting.name] = setting
    end
    assert.same({ name = "workers", value = "2", origin = "--workers", default = by_name.workers.default,
      help = by_name.workers.help, restart = true }, by_name.workers)
    assert.equal("10.0.0.1, 10.0.0.2", by_name["trusted-proxy"].value)
    assert.equal("blue", by_name.site_colour.value)
    assert.equal("TIMECAPSULE_SITE_COLOUR", by_name.site_colour.origin)
    assert.equal("red", by_name.site_colour.default)
    assert.equal("of the house", by_name.site_colour.help)
    assert.is_false(by_name.site_colour.restart)
    assert.equal("a, b", by_name.site_shelves.value)
    assert.is_nil(by_name.site_shelves.origin)
    assert.equal("5000", by_name.content_max.value)
    assert.equal("…", by_name.site_api_key.value)
    browser:get("/settings"):expect({ status = 200 }):expect_body("site_colour", "TIMECAPSULE_SITE_COLOUR", "a restart")
      :expect_no_body("planted-in-vain")
    local status, output = letters.run(srv, "settings")
    assert.equal(0, status, output)
    assert.matches("%* site_colour +blue  %(TIMECAPSULE_SITE_COLOUR%)\n", output)
    assert.matches("\n  content_max +5000\n", output)
    assert.is_nil(output:find("planted-in-vain", 1, true))
  end)

  it("of settings says what the file has said since of an option", function()
    local config = process.folder() .. "/timecapsule.conf"
    process.output(("echo 'workers = 1' >'%s'"):format(config))
    local other <close> = server.start({ args = { "--config", config } })
    local there = admin.sign_in(other)
    there:get("/settings"):expect_no_body("The file says otherwise")
    process.output(("printf 'workers = 3\\nmail = smtp://me:planted-in-vain@127.0.0.1:1\\n' >'%s'"):format(config))
    there:get("/settings"):expect_body("The file says otherwise since; after a restart it is</strong> <code>3</code>")
      :expect_no_body("planted-in-vain")
    local _, output = letters.run(other, "settings")
    assert.matches("another after a restart: 3\n", output)
  end)

  it("of settings shows no password of a URL", function()
    local other = server.start({ args = { "--mail", "smtp://me:planted-in-vain@127.0.0.1:1" } })
    local there = admin.sign_in(other)
    there:get("/settings"):expect_body("smtp://me:…@127.0.0.1:1"):expect_no_body("planted-in-vain")
    other:stop()
  end)

  it("of settings shows no part of a password that has what ends a URL's part, nor of one that no start takes", function()
    local folder = files.folder({ conf = "mail = smtp://me:a#planted@in:vain#@127.0.0.1:1\n" })
    local other <close> = server.start({ database = false, args = { "--config", folder .. "/conf" } })
    local there = admin.sign_in(other)
    local function told(name)
      there:get("/settings"):expect({ status = 200 }):expect_no_body("planted", "in:vain")
      for _, setting in ipairs(there:json("/settings").settings) do
        if setting.name == name then
          return setting
        end
      end
    end
    assert.equal("smtp://me:…@127.0.0.1:1", told("mail").value)
    for _, mark in ipairs({ "/", "?", "#", "@", ":", "%" }) do
      files.write(folder, { conf = ("database = mariadb://me:a%splanted%s@127.0.0.1:2/x\n"):format(mark, mark) })
      assert.equal("mariadb://me:…@127.0.0.1:2/x", told("database").next, mark)
    end
  end)

  it("needs a server for its command", function()
    local data = server.folder()
    local other = server.start({ data = data })
    other:stop()
    local status, output = server.run({ args = { "errors", "--data", data } })
    assert.equal(2, status)
    assert.matches("timecapsule: errors: ", output)
  end)
end)
