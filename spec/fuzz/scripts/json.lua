--- host.json: what was decoded can be encoded, and is then decoded to the same.
local json = require("host.json")

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and math.type(a) == math.type(b)
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return getmetatable(a) == getmetatable(b)
end

return function(text)
  local value, message, kind = json.decode(text)
  if message then
    assert(value == nil and kind == "input", message)
    return
  end
  local written = json.encode(value)
  local again, why = json.decode(written)
  assert(not why and same(value, again), written)
end
