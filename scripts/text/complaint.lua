--- What Lua's compiler says of a template's code, in words that speak of what was written.
local M = {}

--- The tag that Lua complains of in the same words, of those that begin on a line; nil for none.
local function tag_at(nodes, line, complaint)
  for _, node in ipairs(nodes) do
    local _, why = load(node.kind == "code" and node.line == line and node.text or "", "=tag", "t", {})
    if why and why:find(complaint .. " near <eof>", 1, true) then
      return node.text:match("^%s*(.-)%s*$")
    end
  end
  return nil
end

--- Lua's complaint about a body, where it speaks of what nobody wrote: the function around it, the end of a tag.
---@param message string
---@param nodes text.Node[] of the body
---@return string
function M.of(message, nodes)
  local place, line, complaint = message:match("^(.-:(%d+): )([^\n]+) near ';'$")
  local tag = line and tag_at(nodes, tonumber(line), complaint)
  if tag then
    return ("%s%s: <%% %s %%> is no whole statement"):format(place, complaint, tag)
  end
  local at, close = message:match("^(.-:%d+: )'end' expected (.*)near <eof>$")
  if at and (close == "" or close == "(to close 'function' at line 1) ") then
    return at .. "'end' expected: an if, for, while, do or function is never ended"
  end
  return (message:gsub("'?<eof>'? expected near .*$", "an 'end' too many"))
end

return M
