--- What Lua sources say literally.
local lexer = require("host.lexer")

describe("host.lexer.calls", function()
  local function told(source)
    local list = {}
    for i, call in ipairs(lexer.calls(source, { t = true, html = true })) do
      list[i] = ("%s%s %s %d:%d"):format(call.owner and call.owner .. "." or "", call.name, call.value, call.at, call.line)
    end
    return table.concat(list, ", ")
  end

  local cases = {
    { 't("a.key")', "t a.key 1:1" },
    { "req.t('a', { n = 1 })\nt ( [[b]] )", "req.t a 1:1, t b 1:2" },
    { 'reply.html(req, "pages/put", {})', "reply.html pages/put 2:1" },
    { 't(x, "a")', "t a 2:1" },
    { 't("a." .. b)', "" },
    { 't(f(), "a")', "" },
    { 'x:t("a")', "" },
    { 'function t("a") end', "" },
    { 'other("a") tt("b")', "" },
    { '-- t("a")\n--[[ t("b") ]] local s = \'t("c")\'', "" },
    { 't(t("a"))', "t a 1:1" },
    { 't("a', "" },
    { "t(", "" },
    { "", "" },
  }
  for _, case in ipairs(cases) do
    it("finds those of " .. (case[1] == "" and "nothing" or case[1]:gsub("\n", " ")), function()
      assert.equal(case[2], told(case[1]))
    end)
  end
end)

describe("host.lexer.keys", function()
  it("finds every key in brackets, with its line", function()
    local source = 'return {\n  ["a"] = "x", [\'b\'] = 1,\n  ["a"] = 2, c = 3, [d] = 4, -- ["e"] = 5\n}'
    assert.same({ { key = "a", line = 2 }, { key = "b", line = 2 }, { key = "a", line = 3 } }, lexer.keys(source))
  end)

  it("takes no comparison for one, and no unfinished source for more than it is", function()
    assert.same({}, lexer.keys('if x["a"] == 1 then end'))
    assert.same({}, lexer.keys('["a"]'))
    assert.same({}, lexer.keys('["a'))
    assert.same({}, lexer.keys(""))
  end)
end)
