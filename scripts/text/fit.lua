--- Words of others, for a column that takes so many characters.
local M = {}

--- The text, cut to so many characters; what is no UTF-8 is told without its bytes.
---@param text string
---@param most integer
---@return string
function M.fit(text, most)
  local length = utf8.len(text)
  if not length then
    text = text:gsub("[\x80-\xff]", "?")
    length = #text
  end
  return length <= most and text or text:sub(1, utf8.offset(text, most) - 1) .. "…"
end

return M
