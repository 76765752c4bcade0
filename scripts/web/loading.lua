--- What the load phase reads of the generation's files, and how it tells what is wrong with them.
---
--- A message names where a file was read: below a site's folder, where the site has it.
local calls = require("text.calls")
local crypto = require("host.crypto")
local host = require("host")
local lexer = require("text.lexer")
local links = require("text.links")
local memory = require("text.memory")

local M = {}

---@class web.Files where to read; the host, or a spec's
---@field list fun(prefix: string): string[]
---@field read fun(path: string): string?
---@field asset fun(path: string): string
---@field origin? fun(path: string): string?

local function origin(files, path)
  return files.origin and files.origin(path) or path
end

local function each(files, prefix, kinds, fn)
  for _, path in ipairs(files.list(prefix)) do
    if kinds[path:match("%.(%w+)$")] then
      fn(path, files.read(path), origin(files, path))
    end
  end
end

--- Every script that is to be judged: origin → source.
---@param files web.Files
---@return table<string, string>
function M.scripts(files)
  local sources = {}
  if not host.judges then
    return sources
  end
  each(files, "scripts/", { lua = true }, function(_, source, from)
    sources[from] = source
  end)
  return sources
end

--- Every template: path → source, and path → origin.
---@param files web.Files
---@return table<string, string> sources
---@return table<string, string> origins
function M.templates(files)
  local sources, origins = {}, {}
  each(files, "templates/", { html = true, txt = true }, function(path, source, from)
    sources[path], origins[path] = source, from
  end)
  return sources, origins
end

--- The table that a file of sentences returns, or nil and what is wrong.
local function sentences_of(source, from)
  local chunk, message = load(source, "@" .. from, "t", {})
  if not chunk then
    return nil, message
  end
  local ok, sentences = xpcall(chunk, host.message)
  if not ok then
    return nil, sentences
  elseif type(sentences) ~= "table" then
    return nil, from .. ":1: a locale returns a table"
  end
  return sentences
end

--- Languages by name.  `scripts/locales/CODE.lua` is one, and `scripts/locales/PART/CODE.lua` more of it;
--- `scripts/locales/site/CODE.lua` changes some of its sentences and adds others, so that a site need not copy all of
--- them.
---@param files web.Files
---@param faults string[] what is wrong is added
---@return table<string, text.LocaleFile>
function M.locales(files, faults)
  local locales, additions, parts = {}, {}, {}
  each(files, "scripts/locales/", { lua = true }, function(path, source, from)
    local part, lang = path:match("^scripts/locales/(.-)([^/]+)%.lua$")
    local sentences, message = sentences_of(source, from)
    local file = { path = from, source = host.judges and source or nil, sentences = sentences }
    if not sentences then
      faults[#faults + 1] = message
    elseif part == "" then
      locales[lang] = file
    elseif part == "site/" then
      additions[lang] = file
    elseif part:find("^[%w_]+/$") then
      parts[#parts + 1] = { lang = lang, file = file }
    else
      faults[#faults + 1] = from .. ":1: a locale lies in scripts/locales/ or in one folder of it"
    end
  end)
  local function whole(lang, file)
    if not locales[lang] then
      faults[#faults + 1] = ("%s:1: there is no scripts/locales/%s.lua to add to"):format(file.path, lang)
    end
    return locales[lang] or {}
  end
  for lang, addition in pairs(additions) do
    whole(lang, addition).site = addition
  end
  for _, part in ipairs(parts) do
    local locale = whole(part.lang, part.file)
    locale.parts = locale.parts or {}
    table.insert(locale.parts, part.file)
  end
  return locales
end

-- Templates that scripts name --------------------------------------------------------------------------------------

-- Calls that render one, and which argument names it.
local RENDERS = { html = { owner = "reply", at = 2 }, render = { owner = "template", at = 1 } }

--- Finds the literal names in the given scripts that no template has.
---@param scripts table<string, string> origin → source
---@param templates table<string, string> path → source
---@param faults string[] what is wrong is added
function M.check_templates(scripts, templates, faults)
  for from, source in pairs(scripts) do
    for _, call in ipairs(calls.of(source)) do
      local name, how = call.value, RENDERS[call.name]
      if how and call.owner == how.owner and call.at == how.at and not templates["templates/" .. name .. ".html"]
        and not templates["templates/" .. name] then
        faults[#faults + 1] = ("%s:%d: %s"):format(from, call.line, links.missing(name))
      end
    end
  end
end

-- Settings that scripts name ------------------------------------------------------------------------------------------

--- What stands before a name that is declared.
local DECLARES = { ["local"] = true, ["for"] = true, ["("] = true, [","] = true }

--- How often each name of a script is declared: by `local`, `for`, or as a parameter.
local function declarations(words)
  local counts, list = {}, nil
  for i, word in ipairs(words) do
    local before = words[i - 1] and words[i - 1].text
    if word.text == "local" or word.text == "for" then
      list = "names"
    elseif word.text == "function" then
      list = "parameters"
    elseif word.text == ")" or list == "names" and (word.text == "=" or word.text == "in") then
      list = nil
    elseif list and word.kind == "name" and DECLARES[before] then
      counts[word.text] = (counts[word.text] or 0) + 1
    elseif list == "names" and before ~= "," and word.text ~= "," and word.text ~= "<" and before ~= "<" then
      list = nil
    end
  end
  return counts
end

--- The name of the field that is read at `i`, its word, and the place behind it: `.name` or `["name"]`.
local function field_at(words, i)
  local open, name, close = words[i], words[i + 1], words[i + 2]
  if open and name and open.text == "." and name.kind == "name" then
    return name.text, name, i + 2
  elseif open and open.text == "[" and close and close.text == "]" then
    return lexer.string_value(name), name, i + 3
  end
  return nil
end

--- What begins at the word `i`, as far as it is the host or its settings, and the place behind that.
---@param held table<string, "host"|"settings"> what a name means
---@return "host"|"settings"|nil
---@return integer?
local function value_at(words, i, held)
  local before = words[i - 1] and words[i - 1].text
  local what, behind = nil, i + 1
  if before ~= "." and before ~= ":" then
    what = held[words[i].text]
  end
  if words[i].text == "require" then
    local open = words[i + 1] and words[i + 1].text == "("
    behind = i + (open and 4 or 2)
    what = lexer.string_value(words[i + (open and 2 or 1)]) == "host" and "host" or nil
  end
  local field, _, next_behind = field_at(words, behind)
  if what == "host" and field == "config" then
    return "settings", next_behind
  end
  return what, behind
end

--- What may stand behind a value that goes on.
local GOES_ON = { ["."] = true, ["["] = true, [":"] = true, ["("] = true, [","] = true }

--- The locals that hold the host or its settings wherever they are named: they are declared once.
local function holders(words)
  local held, counts = {}, declarations(words)
  for i = 1, #words - 3 do
    local name, equals = words[i + 1], words[i + 2].text == "<" and i + 5 or i + 2
    if words[i].text == "local" and counts[name.text] == 1 and words[equals] and words[equals].text == "="
      and words[equals + 1] then
      local what, behind = value_at(words, equals + 1, held)
      local after = what and words[behind]
      held[name.text] = not (after and GOES_ON[after.text]) and what or nil
    end
  end
  return held
end

--- What is wrong with the name of a setting; nil where it is one.
local function setting_fault(name)
  local ok, message = pcall(function()
    return host.config[name]
  end)
  return not ok and message:gsub("^[^\n]-:%d+: ", "") or nil
end

--- Each place behind a word in a source.
local function places_behind(source, word)
  local behind = 1
  return function()
    local _, last = source:find(word, behind, true)
    behind = last and last + 1
    return behind
  end
end

local ALIAS = "local%s+([%a_][%w_]*)[^=]*="

--- The names that "config" has in a source: in `local NAME = … config` or `…["config"]`, on one line.
local function aliases_in(source)
  local aliases, line = { "config" }, 1
  for behind in places_behind(source, "config") do
    local newline = source:find("\n", line, true)
    while newline and newline < behind do
      line = newline + 1
      newline = source:find("\n", line, true)
    end
    local text = source:sub(line, behind)
    aliases[#aliases + 1] = text:match(ALIAS .. ".-[%.%s]config[^%w_.]?$")
      or text:match(ALIAS .. ".-%[%s*[\"']config[\"']$")
  end
  return aliases
end

--- Whether a source may read a setting that nobody declares; most need not be cut into words to know.
local function is_suspect(source)
  for _, alias in ipairs(aliases_in(source)) do
    for behind in places_behind(source, alias) do
      local name = source:match("^[\"'%]%s]*%.%s*([%a_][%w_]*)", behind)
        or source:match("^[\"'%]%s]*%[%s*[\"']([%a_][%w_]*)", behind)
      local of_path = source:sub(behind - #alias - 1, behind - #alias - 1) == "/" -- scripts/config.lua
      if name and not of_path and setting_fault(name) then
        return true
      end
    end
  end
  return false
end

local function check_settings_of(from, source, faults)
  local words = is_suspect(source) and lexer.words(lexer.tokens(source)) or {}
  local held = holders(words)
  for i = 1, #words - 1 do
    local what, behind = value_at(words, i, held)
    local name, word = nil, nil
    if what == "settings" then
      name, word = field_at(words, behind)
    end
    local fault = name and setting_fault(name)
    if fault then
      faults[#faults + 1] = ("%s:%d: %s"):format(from, word.line, fault)
    end
  end
end

--- Finds the settings that the given scripts read by a literal name and nobody declares.  Scripts that were good with
--- the same declarations are.
---@param scripts table<string, string> origin → source
---@param faults string[] what is wrong is added
function M.check_settings(scripts, faults)
  local declared = (host.read("scripts/config.lua") or "") .. (host.read("scripts/site_config.lua") or "")
  local known = "its settings are declared in " .. crypto.hex(crypto.hash(declared, "tc-settings"))
  for from, source in pairs(scripts) do
    if source:find("config", 1, true) and not memory.recall(source, known) then
      local before = #faults
      check_settings_of(from, source, faults)
      if #faults == before then
        memory.remember(source, known, "yes")
      end
    end
  end
end

-- What a site is written for ----------------------------------------------------------------------------------------

--- The API that scripts of a site are written for.
M.API = 1

--- What is wrong with a script that says for which it is written, `return { api = 1, function(app) … end }`.
local function api_fault(name, script)
  local path = ("scripts/%s.lua"):format(name:gsub("%.", "/"))
  path = host.origin(path) or path
  if script.api ~= M.API then
    return ("%s:1: it is written for api %s, and this version speaks api %d: see docs/customising.md"):format(path,
      tostring(script.api), M.API)
  elseif type(script[1]) ~= "function" then
    return path .. ":1: it returns { api = 1, function(app) … end }"
  end
  return nil
end

--- What a script has returned, or its function where it says besides for which API it is written.
---@param name string "site"
---@param ok boolean did it return?
---@param script any
---@return boolean ok
---@return any extend
function M.written_for(name, ok, script)
  if not ok or type(script) ~= "table" or script.api == nil then
    return ok, script
  end
  local fault = api_fault(name, script)
  return fault == nil, fault or script[1]
end

-- Faults ----------------------------------------------------------------------------------------------------------

--- Shown as lines, for whoever takes it for a message.
local LIST = { __tostring = function(list)
  return table.concat(list, "\n")
end }

local function by_place(a, b)
  if a.file ~= b.file then
    return a.file < b.file
  elseif a.line ~= b.line then
    return a.line < b.line
  end
  return a.text < b.text
end

--- Raises all faults as one value: an array, each fault once, in the order of files and lines.  Does nothing when
--- there is none.
---@param faults string[]
function M.refuse(faults)
  if not faults[1] then
    return
  end
  local list, seen = {}, {}
  for _, text in ipairs(faults) do
    if not seen[text] then
      seen[text] = true
      local file, line = text:match("^(.-):(%d+):")
      list[#list + 1] = { text = text, file = file or "", line = tonumber(line) or 0 }
    end
  end
  table.sort(list, by_place)
  for i, item in ipairs(list) do
    list[i] = item.text
  end
  error(setmetatable(list, LIST), 0)
end

-- Self-tests ------------------------------------------------------------------------------------------------------

---@type { fn: function, place: string }[]
local checks = {}

--- Keeps a self-test for the end of the load phase.
---@param fn fun()
---@param place string "scripts/routes/put.lua:12"
function M.add_check(fn, place)
  checks[#checks + 1] = { fn = fn, place = place }
end

--- Runs those that were kept since the last time.  What they raise becomes a fault, at the place where it was raised
--- or else of the check.
---@param faults string[]
function M.run_checks(faults)
  local list = checks
  checks = {}
  for _, check in ipairs(list) do
    local ok, message = xpcall(check.fn, host.message)
    if not ok then
      faults[#faults + 1] = message:find("^[^\n:]+:%d+: ") and message or check.place .. ": " .. message
    end
  end
end

return M
