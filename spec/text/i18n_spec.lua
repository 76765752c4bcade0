local i18n = require("text.i18n")

local function escape(value)
  return (tostring(value):gsub("<", "&lt;"))
end

--- Translations of locale sources, and the faults.
local function build(sources, scripts)
  local locales, faults = {}, {}
  for lang, source in pairs(sources) do
    locales[lang] = { path = "scripts/locales/" .. lang .. ".lua", source = source, sentences = load(source)() }
  end
  local built = i18n.build(locales, scripts or {}, escape, faults)
  table.sort(faults)
  return built, faults
end

local EN = [[
return {
  ["a"] = "An apple",
  ["b"] = "{n} apples for {name}",
}
]]
local ZH = [[return { ["a"] = "苹果", ["b"] = "给{name}{n}个苹果" }]]

describe("a translation", function()
  local built, faults = build({ en = EN, ["zh-CN"] = ZH })

  it("speaks each language", function()
    assert.same({}, faults)
    assert.same({ "en", "zh-CN" }, built.languages)
    assert.equal("An apple", built.translators.en("a"))
    assert.equal("给Ann3个苹果", built.translators["zh-CN"]("b", { n = 3, name = "Ann" }))
  end)

  it("takes what is filled in as it is", function()
    assert.equal("%1 apples for {n}", built.translators.en("b", { n = "%1", name = "{n}" }))
  end)

  it("escapes arguments only where the sentence is HTML", function()
    assert.equal("1 apples for <b>", built.translators.en("b", { n = 1, name = "<b>" }))
    assert.equal("1 apples for &lt;b>", built.html_translators.en("b", { n = 1, name = "<b>" }))
  end)

  it("raises at the caller when a key or an argument is missing", function()
    local function failure(key, args)
      local _, message = pcall(function()
        local text = built.translators.en(key, args)
        return text
      end)
      return message
    end
    assert.matches("i18n_spec.lua:%d+: the locale 'en' has no key 'c'$", failure("c"))
    assert.matches("i18n_spec.lua:%d+: the locale 'en' has no key 'nil'$", failure(nil))
    assert.matches("i18n_spec.lua:%d+: the translation 'b' needs the argument 'name'$", failure("b", { n = 1 }))
  end)
end)

describe("the sentences of a site", function()
  local function with_site(en, zh)
    local locales, faults = {}, {}
    for lang, source in pairs({ en = EN, ["zh-CN"] = ZH }) do
      locales[lang] = { path = "scripts/locales/" .. lang .. ".lua", source = source, sentences = load(source)() }
    end
    for lang, source in pairs({ en = en, ["zh-CN"] = zh }) do
      locales[lang].site = { path = "site/" .. lang .. ".lua", source = source, sentences = load(source)() }
    end
    local built = i18n.build(locales, {}, escape, faults)
    table.sort(faults)
    return built, faults
  end

  it("win over the application's, in their language alone, and stand beside them", function()
    local built, faults = with_site('return { ["a"] = "A pear", ["c"] = "new" }', 'return { ["c"] = "新" }')
    assert.same({}, faults)
    assert.equal("A pear", built.translators.en("a"))
    assert.equal("苹果", built.translators["zh-CN"]("a"))
    assert.equal("new", built.translators.en("c"))
    assert.equal("新", built.translators["zh-CN"]("c"))
    assert.equal("1 apples for Ann", built.translators.en("b", { n = 1, name = "Ann" }))
  end)

  it("are held to the same rules, in the file where they stand", function()
    local _, faults = with_site('return {\n["b"] = "{n}",\n["c"] = "new" }', "return {}")
    assert.same({ "scripts/locales/zh-CN.lua:1: the placeholders of 'b' differ: {name} {n} here, {n} in 'site/en.lua'",
      "site/en.lua:3: 'site/zh-CN.lua' has no key 'c'" }, faults)
  end)
end)

describe("a language that may lack sentences", function()
  local function with(path, fr, site)
    local faults = {}
    local built = i18n.build({ en = { path = "scripts/locales/en.lua", source = EN, sentences = load(EN)(), site = site },
      fr = { path = path, source = fr, sentences = load(fr)() } }, {}, escape, faults)
    table.sort(faults)
    return built, faults
  end

  it("is a site's: what it lacks or fills in otherwise is English, what nobody asks for is left out, with a warning", function()
    local fr = 'return { ["b"] = "{n} pommes", ["gone"] = "parti" }'
    local built, faults = with("/site/scripts/locales/fr.lua", fr)
    assert.same({}, faults)
    assert.equal("An apple", built.translators.fr("a"))
    assert.equal("3 apples for Ann", built.translators.fr("b", { n = 3, name = "Ann" }))
    assert.is_nil(built.keys.gone)
    assert.same({ "/site/scripts/locales/fr.lua: what is asked for by nobody: 'gone'",
      "/site/scripts/locales/fr.lua: what is said in English: 'a', 'b'" }, built.warnings)
  end)

  it("is one that says so of itself, and no other", function()
    local _, faults = with("scripts/locales/fr.lua", 'return { ["site.complete"] = "no" }')
    assert.same({}, faults)
    _, faults = with("scripts/locales/fr.lua", "return {}")
    assert.same({ "scripts/locales/en.lua:2: 'scripts/locales/fr.lua' has no key 'a'",
      "scripts/locales/en.lua:3: 'scripts/locales/fr.lua' has no key 'b'" }, faults)
  end)

  it("is any in which a site has said nothing of its own, of what the site adds", function()
    local fr = 'return { ["a"] = "Une pomme", ["b"] = "{n} pommes pour {name}" }'
    local built, faults = with("scripts/locales/fr.lua", fr,
      { path = "/site/scripts/locales/site/en.lua", sentences = { c = "new" } })
    assert.same({}, faults)
    assert.equal("new", built.translators.fr("c"))
    assert.equal("Une pomme", built.translators.fr("a"))
  end)

  it("takes it first from who is there for its readers", function()
    local faults = {}
    local function file(name, sentences)
      return { path = "/site/scripts/locales/" .. name, sentences = sentences }
    end
    local built = i18n.build({ en = file("en.lua", { a = "An apple", ["site.tags"] = "en" }),
      ["zh-CN"] = file("zh-CN.lua", { a = "苹果" }),
      ["zh-Hant"] = file("zh-Hant.lua", { a = "蘋果", ["site.tags"] = "zh-TW zh-HK" }), ["zh-HK"] = file("zh-HK.lua", {}) },
      {}, escape, faults)
    assert.equal("蘋果", built.translators["zh-HK"]("a"))
  end)

  it("takes from another of the same language what that says itself, as English fills it in", function()
    local function file(name, sentences, site)
      return { path = "/site/scripts/locales/" .. name, sentences = sentences, site = site }
    end
    local site = { en = file("site/en.lua", { c = "new", d = "{n} new" }), cn = file("site/zh-CN.lua", { c = "新", d = "{m} 新" }) }
    local faults = {}
    local built = i18n.build({ en = file("en.lua", { a = "An apple", b = "Ours" }, site.en),
      ["zh-CN"] = file("zh-CN.lua", { a = "苹果", b = "我们" }, site.cn), ["zh-Hant"] = file("zh-Hant.lua", { b = "我們" }) },
      {}, escape, faults)
    local t = built.translators["zh-Hant"]
    assert.same({}, faults)
    assert.same({ "苹果", "我們", "新", "3 new" }, { t("a"), t("b"), t("c"), t("d", { n = 3 }) })
    assert.same({ "/site/scripts/locales/zh-Hant.lua: what is said in zh-CN: 'a'" }, built.warnings)
  end)

  it("stands for every tag that it names", function()
    local built = with("/site/fr.lua", 'return { ["site.tags"] = "br oc-FR" }')
    local before = i18n.install(built)
    local tags = { i18n.match("oc-FR"), i18n.match("BR-x"), i18n.match("fr-CA-x"), tostring(i18n.match("oc")) }
    i18n.install(before)
    assert.same({ "fr", "fr", "fr", "nil" }, tags)
  end)
end)

describe("a fault of the locales", function()
  local cases = {
    { "a key that another locale lacks", { en = 'return {\n["a"] = "1",\n["b"] = "2" }', ["zh-CN"] = 'return { ["a"] = "1" }' },
      {}, "scripts/locales/en.lua:3: 'scripts/locales/zh-CN.lua' has no key 'b'" },
    { "a key that only another locale has", { en = "return {}", ["zh-CN"] = 'return {\n["a"] = "1" }' },
      {}, "scripts/locales/zh-CN.lua:2: 'scripts/locales/en.lua' has no key 'a'" },
    { "placeholders that differ", { en = 'return { ["a"] = "{n} {m}" }', ["zh-CN"] = '\nreturn { ["a"] = "{n}" }' },
      {}, "scripts/locales/zh-CN.lua:2: the placeholders of 'a' differ: {n} here, {m} {n} in 'scripts/locales/en.lua'" },
    { "a key that is there twice", { en = 'return {\n["a"] = "1",\n["a"] = "2" }' },
      {}, "scripts/locales/en.lua:2: the key 'a' is there twice, again on line 3" },
    { "a value that is no string", { en = 'return {\n["a"] = 1 }' },
      {}, "scripts/locales/en.lua:2: the key 'a' must be a string with a string" },
    { "no default language", { ["zh-CN"] = "return {}" },
      {}, "scripts/locales/en.lua:1: the default language is missing" },
    { "a key that a script made up", { en = "return {}" },
      { ["scripts/x.lua"] = '\n-- t("c")\nlocal s = req.t("d")' }, "scripts/x.lua:3: no locale has the key 'd'" },
    { "a key with arguments that a script made up", { en = "return {}" },
      { ["scripts/x.lua"] = 'return t(\n"d", { n = 1 })' }, "scripts/x.lua:2: no locale has the key 'd'" },
  }
  for _, case in ipairs(cases) do
    it("tells of " .. case[1], function()
      local _, faults = build(case[2], case[3])
      assert.same({ case[4] }, faults)
    end)
  end

  it("is not a key that is built, a method or a comment", function()
    local _, faults = build({ en = 'return { ["a"] = "1" }' },
      { ["scripts/x.lua"] = [[x:t("b") t("b." .. c) t(b) --[==[ t("b") ]==] local s = 't("b")' function t("b") end]] })
    assert.same({}, faults)
  end)
end)
