--- English and Simplified Chinese, from the first page.
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

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
      { "zh-TW", "zh-Hant" },
      { "zh-HK,en;q=0.5", "zh-Hant" },
      { "zh-Hant-TW", "zh-Hant" },
      { "zh-Hans-CN", "zh-CN" },
      { "zh-SG", "zh-CN" },
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

  it("calls itself what its sentences say", function()
    srv:get("/"):expect_body('<a href="?lang=zh-CN" lang="zh-CN" hreflang="zh-CN">简体中文</a>',
      '<a href="?lang=zh-Hant" lang="zh-Hant" hreflang="zh-Hant">繁體中文</a>', '<span lang="en" aria-current="true">English</span>')
    srv:get("/?lang=zh-Hant"):expect_body("寫給未來的話"):expect_no_body("写")
  end)

  it("varies what caches keep", function()
    for _, path in ipairs({ "/", "/put", "/open", "/introduce", "/nothing" }) do
      srv:get(path):expect({ header = { vary = { has = "Accept-Language, Cookie" } } })
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

  --- The hidden fields of the form that asks for a page in another language.
  local function switch_of(res, action)
    local form = assert(res.body:match('<form method="post" action="' .. action .. '"[^>]-data%-keeps>.-</form>'), "no switch")
    assert.matches('<button type="submit" formaction="' .. action .. '%?lang=zh%-CN" lang="zh%-CN">', form)
    local fields = {}
    for name, value in form:gmatch('name="([^"]*)" value="([^"]*)"') do
      fields[name] = value:gsub("&lt;", "<"):gsub("&amp;", "&")
    end
    return fields
  end

  it("changes on the page of the key, which stays what it is", function()
    local typed = { name = "Ada <3", email = "ada@example.org", mail_key = "off", tz = "Europe/Berlin",
      content = capsules.sealed({ opens_at = 1906538400 }) }
    local key, res = capsules.put(srv, typed)
    local fields = switch_of(res, "/put/done")
    for _ = 1, 2 do -- there, and from there again
      res = srv:post("/put/done?lang=zh-CN", fields):expect({ status = 200, header = { ["cache-control"] = "no-store" } })
      res:expect_body("胶囊已封存"):expect_body("来自 Ada &lt;3"):expect_body("2030年6月1日 12:00<span>（Europe/Berlin，UTC+02:00）</span>")
      res:expect_body("其中不含钥匙"):expect_body("ada@example.org"):expect_body('data-head="TC2.')
      assert.equal(key, res:field("key"))
      assert.equal("zh-CN", res:cookie("lang"))
      fields.again = "ignored"
    end
    local token = fields.token
    srv:post("/put/undo", { key = key, token = token }):expect({ status = 200 })
    srv:post("/put/done?lang=zh-CN", fields):expect({ status = 404 }) -- that key opens nothing any more
  end)

  it("takes nothing on trust for the page of the key", function()
    local key = capsules.put(srv)
    local res = srv:post("/put/done", { key = key, name = "a\nb", email = "<x", tz = "Mars/Olympus", head = "TC2.<b>",
      token = ("x"):rep(5000) }):expect({ status = 200 })
    res:expect_body("1 June 2030, 12:00 (UTC)"):expect_no_body("From ")
    assert.is_nil(res.body:find("mailed-to", 1, true))
    assert.is_nil(res.body:find("data-head", 1, true))
    srv:post("/put/done", { key = "none" }):expect({ status = 404 })
    srv:post("/put/done", {}):expect({ status = 404 })
  end)

  it("changes on a refused form, which keeps what was typed and makes no capsule", function()
    local res = srv:post("/put", capsules.form({ email = "nobody", content = "one" })):expect({ status = 422 })
    assert.matches('<button type="submit" form="put%-form" formaction="/put%?lang=zh%-CN" formnovalidate name="do"'
      .. ' value="language" lang="zh%-CN">', res.body)
    res = srv:post("/put?lang=zh-CN", capsules.form({ email = "nobody", content = "two", ["do"] = "language" }))
    res:expect({ status = 422 }):expect_body("这不是邮箱地址"):expect_body(">\ntwo</textarea>")
    res = srv:post("/put?lang=zh-CN", capsules.form({ content = "three", ["do"] = "language" }))
    res:expect({ status = 200 }):expect_body(">\nthree</textarea>")
    assert.is_nil(res.body:find("capsule-key", 1, true))
  end)

  it("changes on what a letter's reader has answered", function()
    local sink <close> = smtp.start()
    local mails <close> = letters.server(sink, { args = { "--public-url", "https://capsule.example" } })
    mails:set_clock(letters.NOW)
    letters.put(mails, "ada@example.org")
    mails:set_clock(letters.OPENS)
    assert.is_truthy(sink:envelope(1))
    local token = sink:letter(1).headers["list-unsubscribe"]:match("t=([%w_-]+)")
    for choice, said in pairs({ stop = "不会再有邮件发到这个邮箱", confirm = "已允许向这个邮箱发送提醒", look = "有人（但愿就是你）" }) do
      local res = mails:post("/confirm", { t = token, ["do"] = choice })
      local fields = switch_of(res, "/confirm")
      assert.same({ t = token, ["do"] = choice }, fields)
      mails:post("/confirm?lang=zh-CN", fields):expect({ status = 200 }):expect_body(said)
    end
  end)
end)
