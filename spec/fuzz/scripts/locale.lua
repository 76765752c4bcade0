--- Translations, and the lexer that finds keys in sources.  The input is read twice: as a sentence,
--- and as the source of a locale and of a script.
local i18n = require("text.i18n")
local lexer = require("text.lexer")
local template = require("text.template")

local function lex(text)
  local parts, line = {}, 1
  for i, token in ipairs(lexer.tokens(text)) do
    parts[i] = token.text
    assert(token.text ~= "" and token.line >= line, token.line)
    line = token.line
  end
  assert(table.concat(parts) == text, "the tokens are not the source")
end

local function locale(text)
  return { path = "scripts/locales/en.lua", source = text, sentences = { ["a.key"] = text } }
end

return function(text)
  lex(text)
  local faults = {}
  local built = i18n.build({ en = locale(text) }, { ["scripts/fuzz.lua"] = text }, template.escape, faults)
  for _, fault in ipairs(faults) do
    assert(fault:find("^scripts/[%w/]+%.lua:%d+: "), fault)
  end
  local arguments = setmetatable({}, {
    __index = function(_, name)
      return "<" .. name .. ">"
    end,
  })
  local html = built.html_translators.en("a.key", arguments)
  assert(text:find("<", 1, true) or not html:find("<", 1, true), "an argument is not escaped")
  local bare = text:gsub("[{}]", "")
  local plain = i18n.build({ en = locale(bare) }, {}, template.escape, {})
  assert(plain.translators.en("a.key") == bare)
end
