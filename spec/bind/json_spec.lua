local json = require("host.json")

--- `n` arrays inside each other.
local function nest(n)
  return ("["):rep(n) .. ("]"):rep(n)
end

describe("host.json.decode", function()
  it("reads values", function()
    local cases = {
      { "null", json.null }, { "true", true }, { "false", false }, { '""', "" }, { ' "a" ', "a" },
      { "0", 0 }, { "-1", -1 }, { "1.5", 1.5 }, { "1e-2", 0.01 }, { "1E+2", 100 }, { "0.1", 0.1 },
      { '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t' },
      { '"\\u00e9\\u4F60\\uD83D\\uDE00"', "é你😀" }, { '"é你😀"', "é你😀" },
      { '"a\\u0000b"', "a\0b" }, { '"\127"', "\127" },
      { '{"a":{"b":[1,{"c":null}]}}', { a = { b = { 1, { c = json.null } } } } },
      { '\t\r\n [ 1 , 2 ] ', { 1, 2 } }, { '{"":1}', { [""] = 1 } },
      { '{"1":1}', { ["1"] = 1 } },
    }
    for _, case in ipairs(cases) do
      assert.same(case[2], (json.decode(case[1])), case[1])
    end
  end)

  it("looks at each byte of a string, wherever it stands", function()
    for byte = 0, 127 do
      for at = 0, 16 do
        local text = ("a"):rep(at) .. string.char(byte) .. ("a"):rep(16 - at)
        local value = json.decode('["' .. text .. '"]')
        local means_itself = byte >= 0x20 and byte ~= 0x22 and byte ~= 0x5C
        assert.equal(means_itself and text or nil, value and value[1], byte .. " at " .. at)
      end
    end
  end)

  it("gives integers for whole numbers within 2^53, floats for the others", function()
    local cases = {
      { "1", 1, "integer" }, { "-0", 0, "integer" }, { "1.0", 1, "integer" }, { "1e3", 1000, "integer" },
      { "9007199254740992", 9007199254740992, "integer" },
      { "-9007199254740992", -9007199254740992, "integer" },
      { "9007199254740991", 9007199254740991, "integer" },
      { "123456789012345", 123456789012345, "integer" },
      { "0.5", 0.5, "float" }, { "1e300", 1e300, "float" }, { "9007199254740994.0", 2.0 ^ 53 + 2, "float" },
      { "5e-324", 5e-324, "float" }, { "1.7976931348623157e308", 1.7976931348623157e308, "float" },
    }
    for _, case in ipairs(cases) do
      local value = json.decode(case[1])
      assert.equal(case[2], value, case[1])
      assert.equal(case[3], math.type(value), case[1])
      local inside = json.decode('{"list":[' .. case[1] .. "]}")
      assert.equal(case[3], math.type(inside.list[1]), case[1])
    end
  end)

  it("refuses what RFC 8259 does not have, saying where", function()
    local texts = {
      "", " ", "nul", "nullx", "True", "NaN", "nan", "Infinity", "-Infinity", "-", "+1", "01", "-01",
      "1.", ".5", "1e", "1e+", "0x10", "1 2", "[1,]", "[,1]", "[1 2]", "[", "]", "{", "}", "{,}",
      '{"a":1,}', '{"a"}', '{"a":}', "{a:1}", "{'a':1}", "{1:1}", '{"a" 1}', "'a'", '"a', '"a\n"',
      '"\t"', '"\\x"', '"\\u12"', '"\\u12g4"', '"\\', "// x\n1", "/* */1", "\239\187\1911", "[1]x",
      '"\\ud800"', '"\\udc00"', '"\\ud800\\u0041"', '"\\ud800\\ud800"', '"\\ud83dx"', "1\0", '"a\0b"',
      "[undefined]", '{"a":1 "b":2}', "[1}", '{"a":1]',
    }
    for _, text in ipairs(texts) do
      local value, message, kind = json.decode(text)
      assert.is_nil(value, text)
      assert.is_truthy(message:match("^not JSON at byte %d+: "), text)
      assert.equal("input", kind)
    end
    assert.is_truthy(select(2, json.decode('{"a":tru}')):find("byte 6", 1, true))
  end)

  it("refuses invalid UTF-8", function()
    local bad = { "\128", "\192\128", "\193\191", "\237\160\128", "\244\144\128\128", "\226\130", "\255" }
    for _, text in ipairs(bad) do
      local value, message, kind = json.decode('"' .. text .. '"')
      assert.is_nil(value)
      assert.is_truthy(message:find("UTF-8", 1, true))
      assert.equal("input", kind)
    end
  end)

  it("refuses numbers that it cannot keep", function()
    for _, text in ipairs({ "9007199254740993", "-9007199254740993", "99999999999999999999", "1e309", "-1e999" }) do
      for _, whole in ipairs({ text, "[" .. text .. "]", '{"a":' .. text .. "}" }) do
        local value, _, kind = json.decode(whole)
        assert.is_nil(value, whole)
        assert.equal("input", kind)
      end
    end
  end)

  it("refuses a member named twice, however it is spelled and however deep", function()
    local texts = {
      '{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"a":[1,2],"a":[]}}]',
      '{"a":{"x":1},"a":{"x":1,"y":2,"z":3}}',
    }
    for _, text in ipairs(texts) do
      local value, message, kind = json.decode(text)
      assert.is_nil(value, text)
      assert.is_truthy(message:find("twice", 1, true), message)
      assert.equal("input", kind)
    end
    assert.same({ a = 1, A = 2 }, (json.decode('{"a":1,"A":2}')))
  end)

  it("goes 64 levels deep and no further", function()
    assert.is_table((json.decode(nest(64))))
    assert.is_nil((json.decode(nest(65))))
    assert.is_nil((json.decode(("["):rep(1000000))))
    assert.is_nil((json.decode(('{"a":'):rep(65) .. "1" .. ("}"):rep(65))))
  end)

  it("takes 2 MiB and no more", function()
    local most = 2 * 1024 * 1024
    assert.equal(most - 2, #json.decode('"' .. ("x"):rep(most - 2) .. '"'))
    assert.is_nil((json.decode('"' .. ("x"):rep(most - 1) .. '"')))
  end)

  it("keeps empty arrays and objects apart", function()
    for _, text in ipairs({ "[]", "{}", '{"a":[]}', "[[],{}]", "[[[]]]" }) do
      assert.equal(text, json.encode((json.decode(text))))
    end
    local emptied = json.decode("[1]")
    table.remove(emptied)
    assert.equal("[]", json.encode(emptied))
    assert.equal("[]", json.encode((json.decode(" [ \n] "))))
  end)

  it("is not confused by strings that look like its own marks", function()
    for _, text in ipairs({ "\1", "\1[]", "\1\1", "\1\1[]", "\0011", "x\1[]" }) do
      assert.equal(text, json.decode(json.encode(text)))
      assert.same({ [text] = { text } }, (json.decode(json.encode({ [text] = { text } }))))
    end
    assert.equal("\1[]", json.decode('"\\u0001[]"'))
    assert.same({ ["\1[]"] = 1 }, (json.decode('{"\\u0001[]":1}')))
  end)
end)

describe("host.json.encode", function()
  it("writes values", function()
    local cases = {
      { json.null, "null" }, { true, "true" }, { false, "false" }, { 0, "0" }, { -7, "-7" }, { 1.0, "1" },
      { 0.1, "0.1" }, { 1.5, "1.5" }, { "", '""' }, { 'a"\\\n\0é😀', [["a\"\\\n\u0000é😀"]] },
      { {}, "{}" }, { json.array(), "[]" }, { json.array({}), "[]" }, { { 1, "a", false }, '[1,"a",false]' },
      { { a = { b = json.array() } }, '{"a":{"b":[]}}' }, { { json.null }, "[null]" },
      { json.array({ 1 }), "[1]" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], json.encode(case[1]))
    end
  end)

  it("writes integers exactly up to 2^53", function()
    for _, n in ipairs({ 99999999999999, 100000000000000, 123456789012345, 4102444800, 9007199254740991,
      9007199254740992, -9007199254740992 }) do
      assert.equal(("%d"):format(n), json.encode(n))
      assert.equal(('{"n":[%d]}'):format(n), json.encode({ n = { n } }))
      assert.equal(n, json.decode(json.encode(n)))
    end
  end)

  it("writes floats so that they read back the same", function()
    for _, n in ipairs({ 0.1 + 0.2, 1 / 3, math.pi, 1e300, -1e-300, 5e-324, 2.0 ^ 53 + 2, 2.0 ^ 63, 1e15, 1e16,
      123456789.123456789, 1.7976931348623157e308 }) do
      local text = json.encode(n)
      assert.equal(n, tonumber(text), text)
      assert.equal(n, json.decode(text), text)
    end
  end)

  it("gives back what it was given", function()
    local value = {
      title = "你好 😀", list = { 1, 2.5, "three", false, json.null, { deep = { {}, json.array() } } },
      at = 4102444800, ["key with \"quotes\" and \1"] = "\1",
    }
    local back = json.decode(json.encode(value))
    assert.same(value, back)
    assert.equal("integer", math.type(back.at))
  end)

  it("raises for what JSON does not have", function()
    local loop = {}
    loop.loop = loop
    local deep = {}
    for _ = 1, 64 do
      deep = { deep }
    end
    local wide = { 1 }
    for _ = 1, 40 do
      wide = { wide, wide }
    end
    local cases = {
      { print, "JSON has no function" }, { { print }, "([1]: JSON has no function)" },
      { coroutine.create(print), "JSON has no thread" }, { io.stdout, "JSON has no userdata" },
      { 0 / 0, "NaN" }, { math.huge, "infinity" }, { { a = -math.huge }, "(a: NaN and infinity" },
      { { a = { { 1, { ["b c"] = print } } } }, "(a[1][2].b c: JSON has no function)" },
      { { a = { b = { 1, x = 2 } } }, "(a.b: an array with holes" }, { { a = { b = { 1 }, c = print } }, "(a.c: " },
      { 9007199254740993, "beyond 2^53" }, { math.mininteger, "beyond 2^53" },
      { "\255", "UTF-8" }, { { ["\255"] = 1 }, "UTF-8" }, { { "\237\160\128" }, "UTF-8" },
      { { 1, a = 2 }, "array" }, { { [1] = 1, [3] = 3 }, "array" }, { { [0] = 1 }, "array" },
      { { [1.5] = 1 }, "array" }, { { [true] = 1 }, "a key of a table is a boolean" },
      { json.array({ a = 1 }), "array" }, { setmetatable({}, {}), "metatable" },
      { { setmetatable({}, { __index = { 1 } }) }, "metatable" },
      { loop, "nested deeper than 64" }, { deep, "nested deeper than 64" }, { wide, "over the limit" },
      { ("x"):rep(2 * 1024 * 1024), "over the limit" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(json.encode, case[1])
      assert.is_false(good, case[2])
      assert.is_truthy(message:find("bad argument #1 to 'host.json.encode'", 1, true), message)
      assert.is_truthy(message:find(case[2], 1, true), message)
    end
    assert.has_error(function()
      json.encode()
    end)
    assert.has_error(function()
      json.encode(nil)
    end)
  end)

  it("works again after it has raised", function()
    pcall(json.encode, { 1, { 2, print } })
    assert.equal("[1,[2]]", json.encode({ 1, { 2 } }))
  end)
end)

describe("host.json.array", function()
  it("marks and returns the same table", function()
    local t = {}
    assert.equal(t, json.array(t))
    assert.equal(t, json.array(t))
    t[1] = "x"
    assert.equal('["x"]', json.encode(t))
  end)

  it("raises for what is no plain table", function()
    assert.has_error(function()
      json.array("x")
    end)
    assert.has_error(function()
      json.array(setmetatable({}, {}))
    end)
  end)
end)
