--- Cuts Lua source into tokens, losing nothing: the texts joined are the source again.  Templates use it to
--- rewrite and check the code in their tags, translations to find every literal `t("key")` in the scripts.
--- It judges no grammar: what it does not know is an "op" of one character, and Lua's own compiler complains.
local M = {}

---@class text.Token
---@field kind "space"|"comment"|"name"|"number"|"string"|"op"
---@field text string
---@field line integer where it begins

local PAIRS = { ["=="] = true, ["~="] = true, ["<="] = true, [">="] = true, ["//"] = true, ["::"] = true }

--- Where the long bracket that opens at `at` ends, or nil when none opens there.
local function long_bracket(source, at)
  local level = source:match("^%[(=*)%[", at)
  if not level then
    return nil
  end
  local _, last = source:find("]" .. level .. "]", at, true)
  return last or #source
end

--- Where the quoted string that opens at `at` ends; one that never closes ends with its line.
local function quoted(source, at)
  local quote = source:sub(at, at)
  local i = at + 1
  while i <= #source do
    local c = source:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote then
      return i
    elseif c == "\n" then
      return i - 1
    end
    i = i + 1
  end
  return #source
end

local function comment(source, at)
  local last = long_bracket(source, at + 2)
  if last then
    return last
  end
  return (source:find("\n", at, true) or #source + 1) - 1
end

local function operator(source, at)
  local three = source:sub(at, at + 2)
  if three == "..." then
    return at + 2
  end
  local two = three:sub(1, 2)
  return (two == ".." or PAIRS[two]) and at + 1 or at
end

--- What a token may be by its first character; the rest are operators.
local BEGINS = {}
for code = 0, 255 do
  local c = string.char(code)
  BEGINS[code] = c:find("%s") and "space" or c:find("[%a_]") and "name" or c:find("%d") and "number"
    or c:find("[\"']") and "string" or c:find("[%-%[]") and c or "op"
end
local LASTS = { space = "^%s+", name = "^[%a_][%w_]*", number = "^%d[%w%.]*" }

--- The kind of the token at `at` and its last position.
local function token_at(source, at)
  local kind = BEGINS[source:byte(at)]
  if LASTS[kind] then
    return kind, select(2, source:find(LASTS[kind], at))
  elseif kind == "string" then
    return kind, quoted(source, at)
  elseif kind == "-" and source:sub(at + 1, at + 1) == "-" then
    return "comment", comment(source, at)
  end
  local last = kind == "[" and long_bracket(source, at)
  if last then
    return "string", last
  end
  return "op", operator(source, at)
end

--- How many line ends a text holds.
---@param text string
---@return integer
function M.newlines(text)
  return text:find("\n", 1, true) and select(2, text:gsub("\n", "")) or 0
end

--- All tokens of `source`, whose first character is on line `line` (1 when absent).
---@param source string
---@param line integer?
---@return text.Token[]
function M.tokens(source, line)
  local list, at = {}, 1
  line = line or 1
  while at <= #source do
    local kind, last = token_at(source, at)
    local text = source:sub(at, last)
    list[#list + 1] = { kind = kind, text = text, line = line }
    if kind == "space" or kind == "comment" or kind == "string" then
      line = line + M.newlines(text)
    end
    at = last + 1
  end
  return list
end

--- The tokens that mean something: neither space nor comment.
---@param tokens text.Token[]
---@return text.Token[]
function M.words(tokens)
  local words = {}
  for _, token in ipairs(tokens) do
    if token.kind ~= "space" and token.kind ~= "comment" then
      words[#words + 1] = token
    end
  end
  return words
end

--- The value of a string token, or nil when it is none (or not a finished one).
---@param token text.Token?
---@return string?
function M.string_value(token)
  if not token or token.kind ~= "string" then
    return nil
  end
  local chunk = load("return " .. token.text, "=literal", "t", {})
  return chunk and chunk()
end

--- Calls of one of `names` whose first argument is nothing but a literal string: `t("a.key")`, `req.t("a.key", …)`.
--- A method (`x:t(…)`), a definition and a built key (`t("a." .. b)`) are none.
---@param words text.Token[]
---@param names table<string, any>
---@return { name: string, value: string, line: integer }[]
function M.literal_calls(words, names)
  local calls = {}
  for i, word in ipairs(words) do
    local before = words[i - 1] and words[i - 1].text
    if word.kind == "name" and names[word.text] and before ~= ":" and before ~= "function" then
      local open, argument, after = words[i + 1], words[i + 2], words[i + 3]
      if open and open.text == "(" and after and (after.text == ")" or after.text == ",") then
        local value = M.string_value(argument)
        if value then
          calls[#calls + 1] = { name = word.text, value = value, line = argument.line }
        end
      end
    end
  end
  return calls
end

return M
