local i18n = require("text.i18n")
local language = require("web.language")

local function locale(lang)
  return { path = lang .. ".lua", source = "return {}", sentences = {} }
end

describe("the language of a request", function()
  local before
  setup(function()
    before = i18n.install(i18n.build({ en = locale("en"), ["zh-CN"] = locale("zh-CN") }, {}, tostring, {}))
  end)
  teardown(function()
    i18n.install(before)
  end)

  local function request(query, cookie, header)
    return {
      query = { lang = query },
      cookie = function(_, name)
        return name == "lang" and cookie or nil
      end,
      header = function(_, name)
        return name == "Accept-Language" and header or nil
      end,
    }
  end

  local cases = {
    { nil, nil, nil, "en" },
    { nil, nil, "", "en" },
    { nil, nil, "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN" },
    { nil, nil, "zh", "zh-CN" },
    { nil, nil, "zh-Hans", "zh-CN" },
    { nil, nil, "zh-TW", "zh-CN" },
    { nil, nil, "en-GB", "en" },
    { nil, nil, "de, zh;q=0.5, en;q=0.7", "en" },
    { nil, nil, "en;q=0, zh;q=0.1", "zh-CN" },
    { nil, nil, "de, fr", "en" },
    { nil, nil, "*;q=0.5, ;;,=", "en" },
    { nil, "zh-CN", "en", "zh-CN" },
    { nil, "klingon", "zh", "zh-CN" },
    { "en", "zh-CN", "zh", "en", "en" },
    { "ZH-cn", nil, nil, "zh-CN", "zh-CN" },
    { "klingon", "zh-CN", nil, "zh-CN" },
  }
  for _, case in ipairs(cases) do
    local name = ("is %s for ?lang=%s, cookie %s and header %s"):format(case[4], tostring(case[1]), tostring(case[2]),
      tostring(case[3]))
    it(name, function()
      local req = request(case[1], case[2], case[3])
      assert.equal(case[5], language.attach(req))
      assert.equal(case[4], req.lang)
      assert.equal(i18n.translator(case[4]), req.t)
    end)
  end

  it("is linked to with what else the address asks for, escaped and bounded", function()
    for target, kept in pairs({ ["/wall"] = "", ["/wall?"] = "", ["/wall?lang=en"] = "", ["/wall?before=20"] = "before=20&",
      ["/wall?a=1&lang=en&b=%2F+x&%6Cang=zh&&c"] = "a=1&b=%2F+x&c&", ['/wall?"><b>=\'&\xff'] = "%22%3E%3Cb%3E=%27&%FF&",
      ["/wall?languages=1&lang"] = "languages=1&", ["/wall?a=" .. ("x"):rep(996) .. "&b=" .. ("x"):rep(1000)] = "a="
        .. ("x"):rep(996) .. "&" }) do
      local req = request()
      req.target, req.path = target, "/wall"
      language.attach(req)
      assert.equal(kept, req.other_query or "", target)
    end
  end)

  it("is still found after more headers than are remembered", function()
    for i = 1, 600 do
      local req = request(nil, nil, "x-" .. i .. ", zh")
      language.attach(req)
      assert.equal("zh-CN", req.lang)
    end
  end)
end)
