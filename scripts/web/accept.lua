--- Reads the `Accept…` headers of a request: `en;q=0.8, zh-CN` → what the client wants, best first.
local M = {}

-- A longer header is nobody's preference; the rest of it is not read.
local MAX_ITEMS = 32

---@param header string? as it came
---@return { value: string, q: number }[] lower case, best first, as written among equals; never those with q=0
function M.parse(header)
  local items = {}
  for item in (header or ""):gmatch("[^,]+") do
    local value, parameters = item:match("^%s*([^%s;]+)%s*(.*)$")
    if value then
      local q = tonumber(parameters:match("[;%s][qQ]=([^;%s]*)") or 1) or 0
      if q > 0 then
        items[#items + 1] = { value = value:lower(), q = math.min(q, 1), place = #items }
      end
    end
    if #items == MAX_ITEMS then
      break
    end
  end
  table.sort(items, function(a, b)
    if a.q ~= b.q then
      return a.q > b.q
    end
    return a.place < b.place
  end)
  return items
end

--- The weight a client gives to one media type: named itself, else its kind (`text/*`), else `*/*`; 0 when refused.
---@param header string?
---@param media string "application/json"
---@return number
function M.weight(header, media)
  local best, depth = 0, 0
  local kind = media:match("^[^/]+") .. "/*"
  for _, item in ipairs(M.parse(header)) do
    local at = item.value == media and 3 or item.value == kind and 2 or item.value == "*/*" and 1 or 0
    if at > depth then
      best, depth = item.q, at
    end
  end
  return best
end

return M
