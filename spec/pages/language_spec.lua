--- English and Simplified Chinese, from the first page.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("the language of a page", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  local function lang_of(headers, path)
    return srv:get(path or "/", headers).body:match('<html lang="([^"]+)"')
  end

  it("is what the browser asks for first", function()
    local cases = {
      { nil, "en" },
      { "en", "en" },
      { "en-GB,en;q=0.9", "en" },
      { "zh-CN", "zh-CN" },
      { "zh", "zh-CN" },
      { "zh-Hans", "zh-CN" },
      { "zh-TW", "zh-CN" },
      { "fr,zh;q=0.8,en;q=0.5", "zh-CN" },
      { "fr,zh;q=0.3,en;q=0.5", "en" },
      { "zh;q=0,en", "en" },
      { "fr", "en" },
      { ";;;q=,,", "en" },
    }
    for _, case in ipairs(cases) do
      local headers = case[1] and { ["Accept-Language"] = case[1] } or nil
      assert.equal(case[2], lang_of(headers), tostring(case[1]))
    end
  end)

  it("is what ?lang= says, and a cookie keeps it", function()
    local res = srv:get("/put?lang=zh-CN"):expect_body('<html lang="zh-CN"')
    assert.equal("zh-CN", res:cookie("lang"))
    assert.matches("SameSite=Lax", res.cookies[1])
    assert.matches("Max%-Age=31536000", res.cookies[1])
    assert.equal("zh-CN", lang_of({ Cookie = "lang=zh-CN" }))
    assert.equal("zh-CN", lang_of({ Cookie = "lang=zh-CN", ["Accept-Language"] = "en" }))
    assert.equal("en", lang_of({ Cookie = "lang=zh-CN" }, "/?lang=en"))
    assert.equal("en", lang_of({ Cookie = "lang=xx" }))
    srv:get("/?lang=xx"):expect({ status = 200, header = { ["set-cookie"] = false } })
  end)

  it("varies what caches keep", function()
    for _, path in ipairs({ "/", "/put", "/open", "/introduce", "/nothing" }) do
      srv:get(path):expect({ header = { vary = "Accept-Language, Cookie" } })
    end
  end)

  it("is the reader's on every page, whoever wrote the capsule", function()
    local chinese = { ["Accept-Language"] = "zh-CN" }
    local res = srv:post("/put", capsules.form({ tips = "" }), chinese):expect({ status = 200 })
    res:expect_body("2030年6月1日")
    local key = res:field("key")
    srv:post("/open", { key = key }, chinese):expect({ status = 403 }):expect_body("时候还没有到")
    srv:post("/open", { key = key }):expect_body("Its time has not come")
    srv:post("/open", { key = "x" }, chinese):expect({ status = 404 }):expect_body("没有找到")
  end)
end)
