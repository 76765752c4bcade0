--- The calls in scripts that name what has to be there: a sentence, a template.  Remembered by the process, so that
--- only what has changed is cut into words again.  And those in a template's tags, which are remembered with it.
local json = require("host.json")
local lexer = require("host.lexer")
local memory = require("text.memory")

local M = {}

local WANTED = { t = true, t_html = true, html = true, render = true }
local SENTENCES = { t = true, t_html = true }
local KEPT = "its calls of t, t_html, html and render"

---@param source string
---@return host.lexer.Call[]
function M.of(source)
  local text = memory.recall(source, KEPT)
  if text then
    return text ~= "" and json.decode(text) or {}
  end
  local calls = lexer.calls(source, WANTED)
  memory.remember(source, KEPT, function()
    return calls[1] and json.encode(calls) or ""
  end)
  return calls
end

--- Adds the sentences that the code of a template's tag asks for.
---@param code string
---@param line integer where it begins
---@param keys { value: string, line: integer, given: table? }[] given: see host.lexer.Call
function M.add_sentences(code, line, keys)
  if not code:find("%f[%w_]t[_html]*%s*%(") then -- most ask for none
    return
  end
  for _, call in ipairs(lexer.calls(code, SENTENCES)) do
    if call.at == 1 then
      keys[#keys + 1] = { value = call.value, line = line + call.line - 1, given = call.given }
    end
  end
end

return M
