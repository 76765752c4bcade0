--- The languages that come along: what visitors read is complete in Traditional Chinese too.
local source = require("spec.support.source")

local function sentences(path)
  return dofile(path)
end

describe("Traditional Chinese", function()
  for _, part in ipairs({ "", "about/", "letters/" }) do
    it("has every sentence of scripts/locales/" .. part, function()
      local here, there = sentences("scripts/locales/" .. part .. "zh-Hant.lua"), sentences("scripts/locales/" .. part .. "en.lua")
      local lacking = {}
      for key in pairs(there) do
        lacking[#lacking + 1] = here[key] == nil and key or nil
      end
      assert.same({}, lacking)
    end)
  end

  it("has none of the characters that only Simplified Chinese writes", function()
    for _, part in ipairs({ "", "about/", "letters/" }) do
      for key, sentence in pairs(sentences("scripts/locales/" .. part .. "zh-Hant.lua")) do
        for _, simple in ipairs({ "这", "个", "时", "开", "写", "们", "会", "请", "钥", "网", "读", "发", "对" }) do
          assert.is_nil(sentence:find(simple, 1, true), key)
        end
      end
    end
  end)

  it("has none of the words and marks that only the mainland writes, nor those that a converter gets wrong", function()
    for _, part in ipairs({ "", "about/", "letters/", "maintenance/", "generations/", "admin/" }) do
      for key, sentence in pairs(sentences("scripts/locales/" .. part .. "zh-Hant.lua")) do
        for _, foreign in ipairs({ "“", "”", "信息", "鏈接", "賬", "默認", "過載", "隻讀", "只讀", "令牌", "二維碼", "訪問",
          "導航", "站點", "單詞", "響應", "會話", "證書", "日曆", "程式碼", "制作", "下劃線", "服務器", "郵箱" }) do
          assert.is_nil(sentence:find(foreign, 1, true), key)
        end
      end
    end
  end)
end)

describe("Chinese", function()
  local function is_read_by_visitors(path)
    return path:find("zh", 1, true) and not path:find("^scripts/locales/admin/")
  end

  it("says 你, and never 您, to whoever reads a page, a letter or the documents", function()
    for _, file in ipairs(source.files({ "docs", "scripts/locales", "starter" }, { ".lua", ".md" })) do
      assert.is_nil(is_read_by_visitors(file.path) and file.text:find("您", 1, true) or nil, file.path)
    end
  end)

  it("writes no space behind a moment, which ends with a bracket that has one", function()
    for _, file in ipairs(source.files({ "scripts/locales" }, { ".lua" })) do
      assert.is_nil(is_read_by_visitors(file.path) and file.text:find("{time} ", 1, true) or nil, file.path)
    end
  end)
end)
