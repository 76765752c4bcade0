local html = require("host.html")

describe("host.html.escape", function()
  it("writes what HTML reads as markup as entities, wherever it stands", function()
    for plain, escaped in pairs({
      ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;", ["'"] = "&#39;",
      ["<b>"] = "&lt;b&gt;", ["a<"] = "a&lt;", ["<a"] = "&lt;a", ["&&"] = "&amp;&amp;", ["&lt;"] = "&amp;lt;",
    }) do
      assert.equal(escaped, html.escape(plain))
    end
    assert.equal(("x&gt;"):rep(5000), html.escape(("x>"):rep(5000)))
  end)

  it("leaves everything else as it is", function()
    local all = {}
    for byte = 0, 255 do
      local c = string.char(byte)
      all[#all + 1] = c:find("[&<>\"']") and "" or c
    end
    for _, text in ipairs({ "", "plain", "时间胶囊 😀", "a\0b", table.concat(all) }) do
      assert.equal(text, html.escape(text))
    end
  end)

  it("gives a number back", function()
    assert.equal(3, html.escape(3))
    assert.equal("integer", math.type(html.escape(3)))
    assert.equal(2.5, html.escape(2.5))
  end)

  it("raises at what cannot be shown, where it is called", function()
    for _, case in ipairs({ { nil, "this is nil" }, { true, "this is a boolean" }, { {}, "this is a table" } }) do
      local good, message = pcall(function()
        html.escape(case[1])
      end)
      assert.is_false(good)
      assert.is_truthy(message:find("html_spec.lua:%d+: only strings and numbers can be shown, " .. case[2]), message)
    end
  end)
end)
