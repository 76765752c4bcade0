--- What a site uses of the application, and what it calls its own, as its sources say it literally.
local lexer = require("text.lexer")

local M = {}

---@class contract.Use
---@field kind string "module", "function", "method", "event", "setting", "route", "key", "template", "statement" …
---@field name string
---@field line integer
---@field module string? of a function, or what a call is of: "app" of app:url("put")
---@field field string? of a function

local STATEMENTS = { one = true, all = true, exec = true, query = true }

local JOBS = { add = true, item = true, cancel = true }

--- What a literal string means behind `name(` (or as a second argument); `owner`: what is before its dot, `module`:
--- what that stands for.
local function kind_of_call(name, before, owner, module)
  if JOBS[name] and module == "job" then
    return "job"
  elseif name == "on" and before == ":" then
    return "event"
  elseif name == "t" or name == "t_html" then
    return "key"
  elseif name == "url" then
    return (before ~= ":" or module == "app") and "route" or nil
  elseif (name == "html" and owner == "reply") or (name == "render" and owner == "template")
    or name == "layout" or name == "partial" then
    return "template"
  elseif name == "asset" then
    return "asset"
  elseif STATEMENTS[name] and (before == "." or before == ":") then
    return "statement"
  end
  return nil
end

--- What stands behind a whole argument.
local ENDS = { [","] = true, [")"] = true }

--- The value of an argument at `i` that is nothing but a literal string.
local function whole_literal(words, i)
  local value, behind = lexer.string_value(words[i]), words[i + 1]
  return value and behind and ENDS[behind.text] and value or nil
end

--- The literal that a call at `i` (its name) is about: its first argument, or the second behind a single word.
local function literal_of(words, i)
  local first, comma = words[i + 2], words[i + 3]
  local second = first and first.kind == "name" and comma and comma.text == "," and i + 4
  local at = second or i + 2
  return whole_literal(words, at), words[at]
end

--- The modules that names stand for: `local reply = require("web.reply")`.
local function aliases_of(words)
  local aliases = {}
  for i = 1, #words - 5 do
    local module = words[i].text == "local" and words[i + 2].text == "=" and words[i + 3].text == "require"
      and lexer.string_value(words[words[i + 4].text == "(" and i + 5 or i + 4])
    local behind = module and words[i + 7]
    if module and not (behind and (behind.text == "." or behind.text == "(")) then
      aliases[words[i + 1].text] = module
    end
  end
  return aliases
end

--- Parameters that are the application or a group of it: `function(app)`, `app:group("/x", function(g)`.  A script
--- with an `app` of its own, `local app = …`, is not asked about it.
local function receivers_of(words)
  local receivers = { app = "app" }
  for i = 1, #words - 1 do
    if words[i].text == "local" and words[i + 1].text == "app" then
      receivers.app = nil
    end
  end
  for i = 1, #words - 6 do
    if words[i].text == "group" and words[i + 1].text == "(" and words[i + 3].text == "," and
      words[i + 4].text == "function" and words[i + 5].text == "(" then
      receivers[words[i + 6].text] = "group"
    end
  end
  return receivers
end

--- What the field at `i` is of: a module's name, "app" or "group"; nil where nobody knows.
local function module_of(words, i, aliases, receivers)
  local owner, call = words[i - 2], words[i - 5]
  if not owner or words[i - 1].text == ":" then
    return owner and receivers[owner.text]
  elseif owner.text == ")" and call and call.text == "require" then
    return lexer.string_value(words[i - 3])
  end
  return aliases[owner.text]
end

local function each_word(words, aliases, receivers, add)
  for i, word in ipairs(words) do
    local before, after, field = words[i - 1] and words[i - 1].text, words[i + 1] and words[i + 1].text, words[i + 2]
    local is_field = before == "." or before == ":"
    if word.text == "require" and not is_field then
      local module = after == "(" and whole_literal(words, i + 2) or after ~= "(" and lexer.string_value(words[i + 1])
      local dot, name = words[i + 4], words[i + 5]
      if module then
        add("module", module, word.line)
      end
      if module and after == "(" and dot and dot.text == "." and name.text ~= "config" then
        add("function", module .. "." .. name.text, name.line, module, name.text)
      end
    elseif aliases[word.text] and not is_field and (after == "." or after == ":") and field.kind == "name"
      and field.text ~= "config" then
      add("function", aliases[word.text] .. "." .. field.text, field.line, aliases[word.text], field.text)
    elseif receivers[word.text] and not is_field and after == ":" then
      add("method", receivers[word.text] .. ":" .. field.text, field.line)
    elseif word.text == "config" and after == "." and field.kind == "name" then
      add("setting", field.text, field.line)
    elseif word.kind == "name" and after == "(" then
      local of = is_field and module_of(words, i, aliases, receivers)
      local kind = kind_of_call(word.text, before, words[i - 2] and words[i - 2].text, of)
      local value, token = literal_of(words, i)
      if kind and value then
        add(kind, value, token.line, of or nil)
      end
    elseif word.text == "{" and words[i + 2] and (words[i + 2].text == "," or words[i + 2].text == "}") then
      local value = lexer.string_value(words[i + 1]) -- an item of a batch, perhaps
      if value and value:find("^[%w_]+%.[%w_.]+$") then
        add("perhaps a statement", value, words[i + 1].line)
      end
    end
  end
end

--- What a script uses.
---@param source string
---@param line integer? of its first character
---@return contract.Use[]
function M.of_script(source, line)
  local list = {}
  local words = lexer.words(lexer.tokens(source, line))
  each_word(words, aliases_of(words), receivers_of(words), function(kind, name, at, module, field)
    list[#list + 1] = { kind = kind, name = name, line = at, module = module, field = field }
  end)
  return list
end

--- What a template uses, in its tags.
---@param source string
---@return contract.Use[]
function M.of_template(source)
  local list, line, at = {}, 1, 1
  for open, code, close in source:gmatch("()<%%[=-]?(.-)%%>()") do
    line = line + lexer.newlines(source:sub(at, open - 1))
    at = open
    if source:sub(open + 2, open + 2) ~= "#" then
      table.move(M.of_script(code, line), 1, 1e3, #list + 1, list)
    end
    at = math.min(at, close)
  end
  return list
end

return M
