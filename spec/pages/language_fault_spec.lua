--- An error that answers a post is had in another language too: nothing is done a second time for it, and nothing that
--- was typed is lost.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local server = require("spec.support.server")

-- A site whose listeners fail in the ways that a database or a script of its own can.
local SITE = [[
return function(app)
  app:on("capsule.putting", function(capsule)
    if capsule.name == "raise" then
      error("a fault")
    elseif capsule.name == "away" then
      return nil, "the database is away", "io"
    elseif capsule.name == "spin" then
      while true do end
    end
  end)
end
]]

local TYPED = "one < two\r\nand a second line" .. ("."):rep(2000)
local FOREIGN = { ["Sec-Fetch-Site"] = "cross-site" }

describe("the language of an error that answers a post", function()
  local srv

  setup(function()
    srv = server.start({ args = { "--site", files.folder({ ["scripts/site.lua"] = SITE }), "--set", "puts_per_minute=1000" } })
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  local function count()
    return srv:sql("SELECT count(*) FROM capsule")
  end

  --- What the button of a language sends, and where to; nil where there is none.
  local function button_of(res, lang)
    local form = res.body:match('<form method="post" action="[^"]*"[^>]-data%-keeps>.-</form>')
    local address = form and form:match('formaction="([^"]*%?lang=' .. lang .. ')"')
    local fields = {}
    for name, value in (form or ""):gmatch('name="([^"]*)" value="([^"]*)"') do
      fields[name] = value:gsub("&lt;", "<"):gsub("&#39;", "'"):gsub("&quot;", '"'):gsub("&amp;", "&")
    end
    return address, fields
  end

  local function link_of(res)
    return res.body:match('<a href="([^"]*%?lang=zh%-CN)" lang="zh%-CN" hreflang')
  end

  it("changes by giving the form back, where sealing has failed", function()
    for name, status in pairs({ raise = 500, away = 503, spin = 503 }) do
      local before = count()
      local res = srv:post("/put", capsules.form({ name = name, content = TYPED })):expect({ status = status })
      local address, fields = button_of(res, "zh%-CN")
      assert.equal("/put?lang=zh-CN", address, name)
      assert.same({ TYPED, "language" }, { fields.content, fields["do"] })
      assert.is_nil(link_of(res))
      fields.name = "Ada"
      res = srv:post(address, fields):expect({ status = 200 }):expect_body("one &lt; two\nand a second line", "封存")
      assert.equal("Ada", res:field("name"))
      assert.equal(before, count(), "nothing was put for it")
    end
  end)

  it("changes by asking once more, where that reads only", function()
    for path, form in pairs({ ["/open"] = { key = "x" }, ["/put/done"] = { key = "x", name = "Ada" },
      ["/add/letter"] = { code = "x", content = TYPED },
      ["/put/keepsake"] = { key = "x" }, ["/confirm"] = { t = "x", ["do"] = "stop" } }) do
      local res = srv:post(path, form):expect({ status = 404 })
      local address, fields = button_of(res, "zh%-CN")
      assert.equal(path .. "?lang=zh-CN", address)
      assert.equal(form.content, fields.content)
      assert.not_equal("stop", fields["do"])
      srv:post(address, fields):expect({ status = 404 }):expect_body('<html lang="zh-CN"')
    end
  end)

  it("changes by a link to the form, where what was sent is not known or would be done again", function()
    local key = capsules.put(srv)
    srv:set_clock("2030-06-02T00:00:00Z")
    local cases = {
      { "/put", { content = ("a"):rep(1100000) }, 413, "?lang=zh-CN" },
      { "/open", { key = ("a"):rep(20000) }, 413, "?lang=zh-CN" },
      { "/put/undo", { key = key, token = "x" }, 409, "/put?lang=zh-CN" },
      { "/open/reminder", { key = key, email = "a@b.example" }, 409, "/open?lang=zh-CN" },
      { "/nowhere", { a = "b" }, 404, "?lang=zh-CN" },
      { "/privacy", { a = "b" }, 405, "?lang=zh-CN" },
    }
    for _, case in ipairs(cases) do
      local path, form, status, link = table.unpack(case)
      local res = srv:post(path, form):expect({ status = status })
      assert.equal(link, link_of(res), path)
      assert.is_nil(button_of(res, "zh%-CN"), path)
      srv:get(link:find("^/") and link or path .. link):expect_body('<html lang="zh-CN"')
    end
    srv:set_clock(capsules.NOW)
  end)

  it("keeps all that was typed while the site is closed", function()
    assert.equal(0, (letters.run(srv, "maintenance", "closed")))
    srv:tick("maintenance.look")
    local res = srv:post("/add/letter", { code = "x", content = TYPED }):expect({ status = 503 })
    local again = res.body:match('name="content" value="([^"]*)"'):gsub("&lt;", "<")
    assert.equal(TYPED, again, "to be sent again")
    local address, fields = button_of(res, "zh%-CN")
    assert.equal(TYPED, fields.content)
    srv:post(address, fields):expect({ status = 503 }):expect_body("暂时关闭")
    assert.equal(0, (letters.run(srv, "maintenance", "open")))
    srv:tick("maintenance.look")
  end)

  it("sends nothing of what another site has sent", function()
    local res = srv:post("/put", capsules.form({ content = TYPED }), FOREIGN):expect({ status = 403 })
    res:expect_no_body("one &lt; two")
    assert.equal("?lang=zh-CN", link_of(res))
    assert.is_nil(button_of(res, "zh%-CN"))
  end)
end)
