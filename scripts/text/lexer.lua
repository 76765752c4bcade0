--- Cuts Lua source into tokens, losing nothing: the texts joined are the source again.  Templates use it to
--- rewrite and check the code in their tags, translations to find every literal `t("key")` in the scripts.
--- It judges no grammar: what it does not know is an "op" of one character, and Lua's own compiler complains.
local lexer = require("host.lexer")

local M = {}

---@class text.Token
---@field kind "space"|"comment"|"name"|"number"|"string"|"op"
---@field text string
---@field line integer where it begins

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
  return lexer.tokens(source, line or 1)
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
