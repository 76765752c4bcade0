--- The calls in scripts that name what has to be there: a sentence, a template.  Remembered by the process, so that
--- only what has changed is cut into words again.
local json = require("host.json")
local lexer = require("host.lexer")

local M = {}

local WANTED = { t = true, t_html = true, html = true, render = true }
local KEPT = "its calls of t, t_html, html and render"

---@param source string
---@return host.lexer.Call[]
function M.of(source)
  local text = lexer.recall(source, KEPT)
  if text then
    return text ~= "" and json.decode(text) or {}
  end
  local calls = lexer.calls(source, WANTED)
  lexer.remember(source, KEPT, calls[1] and json.encode(calls) or "")
  return calls
end

return M
