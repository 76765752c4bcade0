--- Translations: sentences in every language that a reader may want.
---
--- `scripts/locales/CODE.lua` returns one flat table, `["put.title"] = "Write a capsule"`.  `{name}` in a sentence is
--- replaced by the argument of that name.  Every locale has every key, with the same placeholders, and every key that
--- a script or template names literally exists: anything else is a fault at load, with file and line.  A site changes
--- and adds single sentences by `scripts/locales/site/CODE.lua`, a table like those.  A language may be cut into parts:
--- `scripts/locales/admin/CODE.lua`.
---
--- A language that a site brings, or that says of itself that it may lack some ("site.complete"), survives upgrades:
--- what it lacks, or fills in otherwise than English does, is said in English, or as another of the same language says
--- it (zh-CN for zh-Hant), and what nobody asks for any more is left out, with a warning.  A sentence that a site has
--- added in English stands so, too, in every language in which it has said nothing of its own.
---
--- Scripts: `req.t("put.title", { n = 1 })` in the reader's language (`web.language` finds it), or
--- `i18n.translator("en")` without a request.
local calls = require("text.calls")
local crypto = require("host.crypto")
local host = require("host")
local lexer = require("host.lexer")
local memory = require("text.memory")

local M = {}

local DEFAULT = "en"

---@class text.Translations what one generation speaks; made by `build`, used after `install`
---@field languages string[] sorted
---@field translators table<string, fun(key: string, args?: table): string>
---@field html_translators table<string, fun(key: string, args?: table): string>
---@field messages table<string, table<string, { texts: string[], names: string[] }>> those with placeholders, cut there
---@field keys table<string, true>
---@field tags table<string, string> other names of languages, in lower case
---@field warnings string[]
---@field language_name fun(code: string): string what a language calls itself

---@type text.Translations
local current = { languages = { DEFAULT }, translators = {}, html_translators = {}, keys = {}, tags = {},
  warnings = {} }
local by_tag = {} -- lower-case tag or primary tag → language

-- Sentences -------------------------------------------------------------------------------------------------------

--- Cuts a sentence at its placeholders: { texts = { "Opens at ", "." }, names = { "time" } }, or nil when it has none.
local function parse(sentence)
  if not sentence:find("{", 1, true) then
    return nil
  end
  local texts, names, at = {}, {}, 1
  for before, name, after in sentence:gmatch("()%{([%a_][%w_]*)%}()") do
    texts[#texts + 1] = sentence:sub(at, before - 1)
    names[#names + 1] = name
    at = after
  end
  if not names[1] then
    return nil
  end
  texts[#texts + 1] = sentence:sub(at)
  return { texts = texts, names = names }
end

local function fill(message, key, args, convert)
  local texts, names = message.texts, message.names
  local filled = texts[1]
  for i = 1, #names do
    local value = args and args[names[i]]
    if value == nil then
      error(("the translation '%s' needs the argument '%s'"):format(key, names[i]), 3)
    end
    filled = filled .. convert(value) .. texts[i + 1]
  end
  return filled
end

--- The function that scripts and templates call as `t`.
local function translator(lang, sentences, messages, convert)
  return function(key, args)
    local message = messages[key]
    if message then
      return (fill(message, key, args, convert)) -- parentheses: no tail call, errors point at our caller
    end
    local sentence = sentences[key]
    if sentence == nil then
      error(("the locale '%s' has no key '%s'"):format(lang, tostring(key)), 2)
    end
    return sentence
  end
end

-- Building --------------------------------------------------------------------------------------------------------

--- The lines of each key in a file of sentences; none without its source.
local function lines_of(file)
  if not file.lines then
    file.lines = {}
    for _, found in ipairs(file.source and lexer.keys(file.source) or {}) do
      file.lines[found.key] = file.lines[found.key] or {}
      table.insert(file.lines[found.key], found.line)
    end
  end
  return file.lines
end

--- Where a key begins; only asked for faults.
local function line_of(file, key)
  local lines = lines_of(file)[key]
  return lines and lines[1] or 1
end

--- What is remembered of a source.
local ONCE = "each of its keys is there once"

local function check_twice(file, faults)
  if not file.source or memory.recall(file.source, ONCE) then
    return
  end
  local before = #faults
  for key, lines in pairs(lines_of(file)) do
    if lines[2] then
      faults[#faults + 1] = ("%s:%d: the key '%s' is there twice, again on line %d"):format(file.path, lines[1], key,
        lines[2])
    end
  end
  if #faults == before then
    memory.remember(file.source, ONCE, "yes")
  end
end

local function placeholders_of(message)
  local list = {}
  for _, name in pairs(message.names) do
    list[name] = true
  end
  local sorted = {}
  for name in pairs(list) do
    sorted[#sorted + 1] = "{" .. name .. "}"
  end
  table.sort(sorted)
  return table.concat(sorted, " ")
end

local function placeholders(message)
  if not message then
    return "none"
  end
  message.placeholders = message.placeholders or placeholders_of(message)
  return message.placeholders
end

---@class text.LocaleFile one file of sentences
---@field path string for messages
---@field source string? where its lines can be told
---@field lines table<string, integer[]>? of its keys, once they were asked for
---@field sentences table<string, string>
---@field parts text.LocaleFile[]? more of its sentences
---@field site text.LocaleFile? sentences of a site that win over these or stand beside them

---@class text.Locale
---@field lang string
---@field path string
---@field site_path string where a site's sentences are, or would be
---@field sentences table<string, string>
---@field messages table<string, table> the sentences with placeholders, cut
---@field files table<string, text.LocaleFile> of each key
---@field read text.LocaleFile[]
---@field of_site table<string, true> keys that a site added
---@field has_site boolean has a site said anything in this language?
---@field may_lack boolean is English what it lacks?

local function read_sentences(locale, file, faults)
  for key, sentence in pairs(file.sentences) do
    if type(key) ~= "string" or type(sentence) ~= "string" then
      faults[#faults + 1] = ("%s:%d: the key '%s' must be a string with a string"):format(file.path,
        line_of(file, key), tostring(key))
    else
      locale.sentences[key], locale.files[key] = sentence, file
    end
  end
  check_twice(file, faults)
  table.insert(locale.read, file)
end

--- The sentences with placeholders, cut when they are asked for; false for others.
local function messages_of(sentences)
  return setmetatable({}, { __index = function(messages, key)
    local sentence = sentences[key]
    return sentence and rawset(messages, key, parse(sentence) or false)[key]
  end })
end

local function read_locale(lang, given, faults)
  local sentences = {}
  local locale = { lang = lang, path = given.path, sentences = sentences, messages = messages_of(sentences),
    files = {}, read = {}, of_site = {},
    site_path = given.site and given.site.path or "scripts/locales/site/" .. lang .. ".lua" }
  locale.has_site = given.site ~= nil
  read_sentences(locale, given, faults)
  for _, part in ipairs(given.parts or {}) do
    read_sentences(locale, part, faults)
  end
  if given.site then
    for key in pairs(given.site.sentences) do
      locale.of_site[key] = locale.sentences[key] == nil or nil
    end
    read_sentences(locale, given.site, faults)
  end
  return locale
end

local OURS = "scripts/locales/"

local function is_of_site(locale)
  return locale.path:sub(1, #OURS) ~= OURS
end

--- Another language's sentence stands in for its own.
local function borrow(locale, lender, key)
  locale.sentences[key], locale.messages[key], locale.files[key] = lender.sentences[key], lender.messages[key], nil
end

--- Is a locale there for the readers of that language, too?
local function serves(locale, lang)
  local own = locale.files["site.tags"] and locale.sentences["site.tags"] or "" -- and no borrowed ones
  for tag in own:gmatch("%S+") do
    if tag:lower() == lang:lower() then
      return true
    end
  end
  return false
end

--- The other locales of its language: those first that are there for its readers (zh-Hant for zh-HK), then by name.
local function siblings_of(locale, read)
  local list, primary = {}, locale.lang:match("^%a+")
  for lang, other in pairs(read) do
    list[#list + 1] = lang ~= locale.lang and lang:match("^%a+") == primary and other or nil
  end
  table.sort(list, function(a, b)
    local near, far = serves(a, locale.lang), serves(b, locale.lang)
    if near ~= far then
      return near
    end
    return a.lang < b.lang
  end)
  return list
end

--- Who says in the same language (zh-CN for zh-Hant) what a locale lacks, as English fills it in; else English.
local function lender_of(siblings, english, key)
  for _, other in ipairs(siblings) do
    if other.files[key] and placeholders(other.messages[key]) == placeholders(english.messages[key]) then
      return other
    end
  end
  return english
end

local function sorted_names(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = "'" .. name .. "'"
  end
  table.sort(names)
  return table.concat(names, ", ")
end

--- Makes whole what a site's own language lacks, and any language what a site has added to English alone.
local function complete(locale, read, english, warnings)
  local may_lack = locale.may_lack
  local told, unasked, siblings = {}, {}, siblings_of(locale, read)
  for key in pairs(english.sentences) do
    local is_there = locale.sentences[key] ~= nil
    local fits = not may_lack or placeholders(locale.messages[key]) == placeholders(english.messages[key])
    if (not is_there and (may_lack or english.of_site[key] and not locale.has_site)) or (is_there and not fits) then
      local lender = lender_of(siblings, english, key)
      local what = "is said in " .. (lender == english and "English" or lender.lang)
      told[what] = told[what] or {}
      told[what][key] = not english.of_site[key] or nil
      borrow(locale, lender, key)
    end
  end
  for key in pairs(may_lack and locale.files or {}) do
    if english.sentences[key] == nil and not locale.of_site[key] then
      unasked[key] = true
    end
  end
  for key in pairs(unasked) do
    borrow(locale, english, key)
  end
  told["is asked for by nobody"] = unasked
  for what, set in pairs(told) do
    if next(set) and is_of_site(locale) then
      warnings[#warnings + 1] = ("%s: what %s: %s"):format(locale.path, what, sorted_names(set))
    end
  end
end

--- Faults between two locales: a key that one lacks, placeholders that differ.
local function compare(locale, other, faults)
  for key, file in pairs(other.files) do
    if locale.sentences[key] == nil then
      faults[#faults + 1] = ("%s:%d: '%s' has no key '%s'"):format(file.path, line_of(file, key),
        other.of_site[key] and locale.site_path or locale.path, key)
    elseif locale.lang < other.lang then
      local mine, theirs = placeholders(locale.messages[key]), placeholders(other.messages[key])
      if mine ~= theirs then
        faults[#faults + 1] = ("%s:%d: the placeholders of '%s' differ: %s here, %s in '%s'"):format(
          file.path, line_of(file, key), key, theirs, mine, locale.files[key].path)
      end
    end
  end
end

local FIT = "these languages have the same keys and placeholders"

--- Of all sentences, as they are written; nil where that is not known.
local function digest(read)
  local sources = {}
  for _, locale in pairs(read) do
    for _, file in ipairs(locale.read) do
      if not file.source then
        return nil
      end
      sources[#sources + 1] = file.path .. "\n" .. file.source
    end
  end
  table.sort(sources)
  return crypto.hex(crypto.hash(table.concat(sources, "\n"), "tc-locales"))
end

local function compare_all(read, faults)
  local all, before = digest(read), #faults
  if all and memory.recall(all, FIT) then
    return
  end
  for lang, locale in pairs(read) do
    for other_lang, other in pairs(read) do
      if lang ~= other_lang and not (locale.may_lack or other.may_lack) then
        compare(locale, other, faults)
      end
    end
  end
  if all and #faults == before then
    memory.remember(all, FIT, "yes")
  end
end

local TRANSLATES = { t = true, t_html = true }

--- What a call gives too little of for its sentence; nil where nothing is known to lack.
local function lacking(key, given, message)
  for _, name in ipairs(message and given and message.names or {}) do
    if not given[name] then
      local names = {}
      for one in pairs(given) do
        names[#names + 1] = one
      end
      table.sort(names)
      local near = host.nearest(name, names)
      return ("the translation '%s' needs the argument '%s'%s"):format(key, name,
        near and (", not '%s'"):format(near) or "")
    end
  end
  return nil
end

--- Is it a function of the script's own that is called so, which may add arguments?
local function is_own(source, call)
  return not call.owner and (source:find("function%s+" .. call.name .. "%s*%(")
    or source:find("local%s+" .. call.name .. "%s*=%s*function")) ~= nil
end

local function check_scripts(scripts, keys, fault_of, faults)
  for path, source in pairs(scripts) do
    for _, call in ipairs(calls.of(source)) do
      local is_one = TRANSLATES[call.name] and call.at == 1
      local fault = is_one and fault_of(call.value, call.given)
      if fault and not (keys[call.value] and is_own(source, call)) then
        faults[#faults + 1] = ("%s:%d: %s"):format(path, call.line, fault)
      end
    end
  end
end

--- Makes translations of the given locales, and finds the literal keys in the given scripts that none has.
--- Never raises: adds to `faults`.
---@param locales table<string, text.LocaleFile> by language
---@param scripts table<string, string> path → source
---@param escape fun(value: any): string for HTML
---@param faults string[]
---@param judged boolean? have the languages been compared already (in another state)?
---@return text.Translations
function M.build(locales, scripts, escape, faults, judged)
  local built = { languages = {}, translators = {}, html_translators = {}, messages = {}, keys = {}, tags = {},
    warnings = {} }
  local read = {}
  for lang, given in pairs(locales) do
    read[lang] = read_locale(lang, given, faults)
    built.languages[#built.languages + 1] = lang
    for tag in (read[lang].sentences["site.tags"] or ""):gmatch("%S+") do
      built.tags[tag:lower()] = lang
    end
  end
  table.sort(built.languages)
  function built.language_name(code)
    return built.translators[code]("site.language")
  end
  if not locales[DEFAULT] then
    faults[#faults + 1] = ("scripts/locales/%s.lua:1: the default language is missing"):format(DEFAULT)
  end
  for lang, locale in pairs(read) do
    locale.may_lack = lang ~= DEFAULT and (locale.sentences["site.complete"] == "no" or is_of_site(locale))
    if lang ~= DEFAULT and read[DEFAULT] then
      complete(locale, read, read[DEFAULT], built.warnings)
    end
  end
  table.sort(built.warnings)
  for lang, locale in pairs(read) do
    for key in pairs(locale.sentences) do
      built.keys[key] = true
    end
    built.messages[lang] = locale.messages
    built.translators[lang] = translator(lang, locale.sentences, locale.messages, tostring)
    built.html_translators[lang] = translator(lang, locale.sentences, locale.messages, function(value)
      return tostring(escape(value))
    end)
  end
  if not judged then
    compare_all(read, faults)
  end
  local messages = read[DEFAULT] and read[DEFAULT].messages or {}
  function built.fault_of(key, given)
    return not built.keys[key] and ("no locale has the key '%s'"):format(key) or lacking(key, given, messages[key])
  end
  check_scripts(scripts, built.keys, built.fault_of, faults)
  return built
end

--- Makes `built` what this module speaks from now on; returns what it spoke before.
---@param built text.Translations
---@return text.Translations
function M.install(built)
  local before = current
  current, by_tag = built, {}
  for tag, lang in pairs(built.tags) do
    by_tag[tag] = lang
  end
  for _, lang in ipairs(built.languages) do
    by_tag[lang:lower()] = lang
    local primary = lang:lower():match("^%a+")
    by_tag[primary] = by_tag[primary] or lang
  end
  return before
end

-- Asking ----------------------------------------------------------------------------------------------------------

--- Is there a sentence of that key?
---@param key string
---@return boolean
---@example i18n.has("home.title") --> true
function M.has(key)
  return current.keys[key] ~= nil
end

--- The codes of all languages.
---@return string[] all languages, sorted
---@example i18n.languages()[1] --> "en"
function M.languages()
  return current.languages
end

--- The translating function of a language.
---@param lang string
---@return fun(key: string, args?: table): string
---@example (i18n.translator("en")("site.name") ~= "") --> true
function M.translator(lang)
  return current.translators[lang] or error(("there is no language '%s'"):format(tostring(lang)), 2)
end

--- The language a tag stands for: itself (`zh-cn`), else what is left of it without its end (`zh-Hant-TW`, `en-GB`),
--- else nil.
---@param tag string?
---@return string?
---@example i18n.match("en-GB") --> "en"
function M.match(tag)
  if not tag then
    return nil
  end
  tag = tag:lower()
  while not by_tag[tag] and tag:find("-", 1, true) do
    tag = tag:match("^(.*)%-")
  end
  return by_tag[tag]
end

M.DEFAULT = DEFAULT

return M
