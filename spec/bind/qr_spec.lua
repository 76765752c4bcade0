local qr = require("host.qr")

describe("host.qr.svg", function()
  it("draws the dark modules as one path on white, whatever the page's colours", function()
    local svg = qr.svg("http://127.0.0.1:8080/open#abcdefghijklmnop")
    assert.is_truthy(svg:find("<svg", 1, true))
    assert.is_truthy(svg:match("</svg>%s*$"))
    assert.equal(1, select(2, svg:gsub('fill="#000"', "")))
    assert.equal(1, select(2, svg:gsub('fill="#fff"', "")))
    assert.is_nil(svg:find("currentColor", 1, true))
  end)

  it("draws the same for the same text, something else for another", function()
    assert.equal(qr.svg("a"), qr.svg("a"))
    assert.not_equal(qr.svg("a"), qr.svg("b"))
  end)

  it("takes text of any script", function()
    assert.is_string((qr.svg("时间胶囊 😀")))
  end)

  it("never writes the text into the picture", function()
    assert.is_nil(qr.svg("<script>x</script>"):find("script", 1, true))
  end)

  it("says when a text is too long", function()
    assert.is_string((qr.svg(("x"):rep(2000))))
    local svg, message, kind = qr.svg(("x"):rep(3000))
    assert.is_nil(svg)
    assert.equal("string", type(message))
    assert.equal("limit", kind)
  end)

  it("raises for misuse, naming function and argument", function()
    for _, case in ipairs({ { "", "an empty text" }, { "\255", "not UTF-8" }, { "a\0b", "holds a NUL" },
      { 5, "string expected, got number" } }) do
      local good, message = pcall(qr.svg, case[1])
      assert.is_false(good)
      assert.is_truthy(message:find("bad argument #1 to 'host.qr.svg' (", 1, true), message)
      assert.is_truthy(message:find(case[2], 1, true), message)
    end
  end)
end)
