--- Every page of the admin's, by itself: in both languages, as JSON and by a command, for readers to look at only.
local admin = require("spec.support.admin")
local cjson = require("cjson")
local letters = require("spec.support.letters")
local page = require("admin.page")
local server = require("spec.support.server")

describe("every page of the admin's", function()
  local srv, browser, reader

  setup(function()
    srv = server.start()
    browser, reader = admin.sign_in(srv), admin.sign_in(srv, "reader")
  end)
  teardown(function()
    srv:stop()
  end)

  for i, name in ipairs(page.NAMES) do
    local path = i == 1 and "/" or "/" .. name

    it(name .. " is shown in both languages, to readers too", function()
      for _, who in ipairs({ browser, reader }) do
        local english = who:get(path .. "?lang=en"):expect({ status = 200 })
        local chinese = who:get(path .. "?lang=zh-CN"):expect({ status = 200 })
        assert.truthy(english.body:find('<html lang="en"', 1, true) and chinese.body:find('<html lang="zh-CN"', 1, true))
        assert.truthy(english.body:find('aria-current="page"', 1, true))
      end
      assert.is_nil(reader:get(path).body:find('method="post" action="/' .. name, 1, true), "a reader is shown what can be done")
    end)

    it(name .. " is JSON, and a command prints the same", function()
      local shown = browser:json("/" .. name)
      reader:get("/" .. name .. ".json"):expect({ status = 200 })
      local status, output = letters.run(srv, name, "--json")
      assert.is_true(status < 2, output)
      local printed = cjson.decode(output)
      for key in pairs(shown) do
        assert.truthy(printed[key] ~= nil or key == "server", key) -- what the running one alone knows of itself
      end
      assert.is_true((letters.run(srv, name)) < 2)
    end)
  end

  it("acts by posts alone, which readers and forms of others are refused", function()
    local _, routes = server.run({ args = { "routes" } })
    local posts = 0
    for line in routes:gmatch("[^\n]+") do
      local path = line:match("POST%s+(/%S+)")
      local found = path and line:find("admin%.") and not path:find("^/sign%-")
      if found then
        posts = posts + 1
        reader:post(path, {}):expect({ status = 403 }):expect_body("your token is a reader")
        browser:submit(path, { csrf = reader:csrf() }):expect({ status = 403 }):expect_body("Nothing was done")
        browser:submit(path, {}):expect({ status = 403 })
        srv.admin:post(path, {}):expect({ status = 401 })
      end
    end
    local acts = 0
    for _, name in ipairs(page.NAMES) do
      for _ in pairs(page.of(name).acts or {}) do
        acts = acts + 1
      end
    end
    assert.equal(acts, posts)
  end)

  it("is asked for again by its own address after an act", function()
    for _, name in ipairs(page.NAMES) do
      local act = next(page.of(name).acts or {})
      if act then
        browser:get("/" .. name .. "/" .. act):expect({ status = 303 })
      end
    end
  end)
end)
