--- The host says what it finds of an installation in English (`timecapsule doctor` needs no scripts).  Here such a line
--- becomes a sentence of every language: by the English one that it is, word for word, in scripts/locales/host/en.lua.
local english = require("locales.host.en")

local M = {}

---@class admin.HostSentence
---@field key string
---@field pattern string
---@field names string[] of its arguments, in order
---@field literal integer bytes that are the sentence's own

---@return admin.HostSentence
local function sentence_of(key, text)
  local names, literal, pattern, at = {}, 0, "^", 1
  for from, name, behind in text:gmatch("(){(%l+)}()") do
    local own = text:sub(at, from - 1)
    names[#names + 1], literal, at = name, literal + #own, behind
    pattern = pattern .. own:gsub("%p", "%%%0") .. "(.-)"
  end
  local own = text:sub(at)
  return { key = key, names = names, literal = literal + #own, pattern = pattern .. own:gsub("%p", "%%%0") .. "$" }
end

--- Those that say most first: `{path} is …` fits a lot.
local sentences = {}
for key, text in pairs(english) do
  sentences[#sentences + 1] = sentence_of(key, text)
end
table.sort(sentences, function(a, b)
  return a.literal > b.literal or (a.literal == b.literal and a.key < b.key)
end)

--- The sentence that a text of the host's is; nil: another's words, such as a database's error.
---@param text string?
---@return admin.Words?
function M.find(text)
  for _, sentence in ipairs(text and sentences or {}) do
    local values = { text:match(sentence.pattern) }
    if values[1] then
      local args = {}
      for i, name in ipairs(sentence.names) do
        args[name] = values[i]
      end
      return { key = sentence.key, args = args }
    end
  end
  return nil
end

return M
