--- What is left open in a page that stands still (text/still.lua), as Lua source.  Instead of a text the page's parts
--- then hold
---
---   { name, how it is shown, function of the answer's context and request }
---
--- where name and how are false for more than a name.  A translation that is given names alone,
--- `t("key", { n = name })`, is its text with these names open in it.
local lexer = require("text.lexer")

local M = {}

local HOW = { show = "_e", raw = "_r" }

--- Adds what is open; `code` is its value.
local function open(writer, name, how, code, line)
  writer:end_text()
  writer.pending = writer.pending + 1
  writer:put(("_o[_n+%d]={%s,function(_ENV,req) return (%s%s) end};"):format(writer.pending,
    name and ("%q,%s"):format(name, how) or "false,false", how, code), line)
end

--- The names in `{ a = name, b = name })`, by the placeholders that they fill; nil where more is between the braces.
local function names_given(words)
  local given = {}
  for i = 6, #words - 2, 4 do
    local key, is, name, after = words[i], words[i + 1], words[i + 2], words[i + 3]
    if key.kind ~= "name" or is.text ~= "=" or name.kind ~= "name" or (after.text ~= "," and after.text ~= "}") then
      return nil
    end
    given[key.text] = name.text
  end
  return given
end

--- Of `t("key", { a = name })` the message and its names; nil for anything else, and where one is not given.
local function translation(node, language)
  local words = node.words
  local is_call = #words >= 10 and (words[1].text == "t" or words[1].text == "t_html" and node.kind == "raw")
  if not is_call or words[4].text ~= "," or words[5].text ~= "{" or words[#words].text ~= ")" then
    return nil
  end
  local key, given = lexer.string_value(words[3]), names_given(words)
  local message = key and given and language.message(key)
  for _, placeholder in ipairs(message and message.names or {}) do
    message = given[placeholder] and message
  end
  return message, given
end

local function write_translation(writer, node, language, message, given, reserved)
  local is_html, is_escaped = node.words[1].text == "t_html", node.kind == "show"
  local how, code = is_html and "_e" or HOW[node.kind], is_html and "(%s)" or "(tostring((%s)))"
  for i, text in ipairs(message.texts) do
    writer.text[#writer.text + 1] = text ~= "" and (is_escaped and language.escape(text) or text) or nil
    local name = given[message.names[i]]
    if name then
      open(writer, not reserved[name] and name, how, code:format(name), node.line)
    end
  end
end

--- Writes an output that is left open.
---@param writer text.Writer
---@param node text.Node
---@param language table as compile.generate has it
---@param reserved table<string, any> names that are none of the context
function M.write(writer, node, language, reserved)
  local message, given = translation(node, language)
  if message then
    write_translation(writer, node, language, message, given, reserved)
    return
  end
  local word = not node.words[2] and node.words[1]
  open(writer, word and word.kind == "name" and word.text, HOW[node.kind], ("(%s)"):format(node.code), node.line)
end

--- Writes a partial that is left open as a whole; `call` writes what renders it to `_o`.
---@param writer text.Writer
---@param node text.Node
---@param call fun()
function M.write_partial(writer, node, call)
  writer:end_text()
  writer.pending = writer.pending + 1
  writer:put(("_o[_n+%d]={false,false,function(_ENV,req)local _o={} "):format(writer.pending), node.line)
  call()
  writer:put(" return _c(_o) end};")
end

return M
