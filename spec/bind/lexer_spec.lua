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

describe("what host.lexer.calls says that a call gives", function()
  for code, names in pairs({
    ['t("a")'] = "",
    ['t("a", { n = 1, m = f({ x = 2 }, y), "o" })'] = "m n",
    ['t("a", { n = a == b; m = 1 })'] = "m n",
    ['t("a", { ["n"] = 1 })'] = "unknown",
    ['t("a", args)'] = "unknown",
    ['t("a", { n = 1 }, x)'] = "unknown",
    ['t("a", with({ n = 1 }))'] = "unknown",
    ['t("a", { n = 1'] = "unknown",
    ['t("a", { n == 1 })'] = "",
  }) do
    it(code, function()
      local call, list = lexer.calls(code, { t = true })[1], {}
      for name in pairs(call.given or { unknown = true }) do
        list[#list + 1] = name
      end
      table.sort(list)
      assert.equal(names, table.concat(list, " "))
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

describe("host.lexer.tokens", function()
  local function cut(source)
    local list = {}
    for i, token in ipairs(lexer.tokens(source, 7)) do
      list[i] = ("%s:%d:%s"):format(token.kind, token.line, token.text)
    end
    return list
  end

  it("loses nothing, and tells kinds and lines", function()
    assert.same({ "name:7:local", "space:7: ", "name:7:a1", "op:7:=", "number:7:0x1", "space:7: ", "op:7:.",
      "number:7:5..", "string:7:\"b\\\"\"",
      "space:7:\n\t", "comment:8:-- c", "space:8:\n",
      "comment:9:--[[d\n]]", "op:10:...", "op:10:~=", "op:10:~",
      "string:10:[==[]]\n]==]", "op:11:[", "op:11:=", "op:11:\xe4" },
      cut('local a1=0x1 .5.."b\\""\n\t-- c\n--[[d\n]]...~=~[==[]]\n]==][=\xe4'))
  end)

  it("ends what is never closed", function()
    assert.same({ "string:7:'a", "space:7:\n", "name:8:b" }, cut("'a\nb"))
    assert.same({ "string:7:'a\\" }, cut("'a\\"))
    assert.same({ "string:7:[=[a]]" }, cut("[=[a]]"))
    assert.same({ "comment:7:--[[ a" }, cut("--[[ a"))
    assert.same({ "comment:7:--" }, cut("--"))
    assert.same({ "op:7:-", "op:7:[", "op:7:=" }, cut("-[="))
    assert.same({}, cut(""))
  end)
end)

describe("what was found out about a source", function()
  it("is kept by the source and a name", function()
    local source = "-- a source of " .. os.time()
    assert.is_nil(lexer.recall(source, "calls"))
    lexer.remember(source, "calls", "none\0at all")
    assert.equal("none\0at all", lexer.recall(source, "calls"))
    assert.is_nil(lexer.recall(source, "keys"))
    assert.is_nil(lexer.recall(source .. " ", "calls"))
  end)

  it("is never taken for what it compiles to", function()
    local source = "return 'of the source'"
    lexer.remember(source, "=name", string.dump(load("return 'planted'")))
    assert.equal("of the source", load(source, "=name")())
  end)
end)
