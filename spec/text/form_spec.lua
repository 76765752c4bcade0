local form = require("text.form")

local FIELDS = {
  { name = "name", required = true, max = 5, one_line = true },
  { name = "email", kind = "email" },
  { name = "content", required = true, max = 10 },
}

local function check(more)
  local typed = { name = "Ann", content = "hello" }
  for name, value in pairs(more) do
    typed[name] = value
  end
  return form.check(typed, FIELDS)
end

describe("form.check", function()
  it("finds nothing wrong with what is right", function()
    local values, faults = check({ email = "ann@example.org" })
    assert.is_nil(faults)
    assert.same({ name = "Ann", email = "ann@example.org", content = "hello" }, values)
  end)

  local cleaned = {
    { "name", "  Ann\t", "Ann" },
    { "email", " a@b.c \r\n", "a@b.c" },
    { "content", "a\r\nb\rc\n\r\n", "a\nb\nc\n\n" },
    { "content", "  a  ", "  a  " },
  }
  for _, case in ipairs(cleaned) do
    it(("makes %q of the %s %q"):format(case[3], case[1], case[2]), function()
      local values, faults = check({ [case[1]] = case[2] })
      assert.is_nil(faults)
      assert.equal(case[3], values[case[1]])
    end)
  end

  local faulty = {
    { "name", "", { code = "missing" } },
    { "name", "   ", { code = "missing" } },
    { "content", "\u{3000}\n\u{A0}", { code = "missing" } },
    { "name", "six666", { code = "long", max = 5, count = 6 } },
    { "name", "六个字符的名", { code = "long", max = 5, count = 6 } },
    { "name", "a\nb", { code = "control" } },
    { "name", "a\u{85}b", { code = "control" } },
    { "name", "a\0b", { code = "bad" } },
    { "content", "\xff", { code = "bad" } },
    { "content", "\xed\xa0\x80", { code = "bad" } },
    { "content", ("é"):rep(11), { code = "long", max = 10, count = 11 } },
    { "email", "nobody", { code = "email" } },
    { "email", ("a"):rep(64) .. "@" .. ("b."):rep(95) .. "c", { code = "long", max = 254, count = 256 } },
  }
  for _, case in ipairs(faulty) do
    it(("says '%s' of the %s %q"):format(case[3].code, case[1], case[2]), function()
      local _, faults = check({ [case[1]] = case[2] })
      assert.same({ [case[1]] = case[3] }, faults)
    end)
  end

  it("judges all fields at once", function()
    local _, faults = form.check({}, FIELDS)
    assert.same({ name = { code = "missing" }, content = { code = "missing" } }, faults)
  end)

  it("counts code points up to the limit", function()
    local _, faults = check({ content = ("😀"):rep(10) })
    assert.is_nil(faults)
  end)
end)

describe("form.trim", function()
  it("is quick at a megabyte of spaces", function()
    assert.equal("", form.trim((" "):rep(2 ^ 20)))
    assert.equal("x", form.trim((" "):rep(2 ^ 20) .. "x" .. (" "):rep(2 ^ 20)))
  end)
end)

describe("blank", function()
  local blanks = { "\u{2003}", "\u{85}", "\u{1680}", "\u{202f}", "\u{200b}", "\u{2800}", "\u{3164}", "\u{feff}", "\u{a0}",
    "\u{3000}", "\t\n ", "\u{ad}", "\u{2066}" }
  for _, blank in ipairs(blanks) do
    it(("is %q"):format(blank), function()
      assert.is_true(form.is_blank(blank))
      assert.is_true(form.is_blank(" " .. blank .. blank))
      assert.is_false(form.is_blank(blank .. "x"))
      assert.is_false(form.is_blank(blank .. "字"))
      assert.equal("a" .. blank .. "字", form.trim(blank .. " a" .. blank .. "字" .. blank))
      assert.same({ code = "missing" }, form.judge({ name = "x", required = true }, blank))
    end)
  end

  it("is nothing that shows", function()
    for _, text in ipairs({ "字", "é", "😀", "-", "\u{301}", "؟" }) do
      assert.is_false(form.is_blank(text))
      assert.equal(text, form.trim(text))
    end
  end)
end)

describe("form.is_email", function()
  local valid = { "a@b.c", "first.last+tag@example.org", "user@例子.公司", "x@xn--fiqs8s.example", "o'brien@example.ie",
    ("a"):rep(64) .. "@example.org", "user@نامه\u{200c}ای.com", "user@例え。jp", "user@ｅｘａｍｐｌｅ.com" }
  for _, text in ipairs(valid) do
    it("accepts " .. text, function()
      assert.is_true(form.is_email(text))
    end)
  end

  local invalid = { "", "a", "@b.c", "a@", "a@b", "a@@b.c", "a b@c.d", "a@b.c,d@e.f", "a@b.c\nBcc: x@y.z", "a@b.c\0",
    "Ann <a@b.c>", '"a"@b.c', ".a@b.c", "a.@b.c", "a..b@c.d", "a@-b.c", "a@b-.c", "a@b..c", "a@.b.c", "a@b.c.",
    "a\u{200b}@b.c", "用户@例子.公司", "a(b)@c.d", "a<b@c.d", "a;b@c.d", "a@b\u{3000}c.d", ("a"):rep(65) .. "@b.c",
    "a@" .. ("b"):rep(64) .. ".c", "a@\xff.c",
    "user@example.org。", "user@1.2.3.4", "user@i❤.ws", "user@a⒈b.example", "root@localhost" }
  for _, text in ipairs(invalid) do
    it(("refuses %q"):format(text), function()
      assert.is_false(form.is_email(text))
    end)
  end
end)
