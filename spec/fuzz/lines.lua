--- Which lines of the scripts could be run: those of every function that can be reached from what is
--- loaded, but for the chunks themselves, which ran before the first input.  For the coverage report;
--- returns a function that is given one to call per line.
local seen = {}

local function visit(value, tell)
  local kind = type(value)
  if (kind ~= "table" and kind ~= "function") or seen[value] then
    return
  end
  seen[value] = true
  if kind == "table" then
    for key, item in next, value do
      visit(key, tell)
      visit(item, tell)
    end
    visit(debug.getmetatable(value), tell)
    return
  end
  local info = debug.getinfo(value, "SL")
  if info.what == "Lua" and info.source:find("^@scripts/") then
    for line in pairs(info.activelines) do
      tell(info.source:sub(2), line)
    end
  end
  for i = 1, 255 do
    local name, upvalue = debug.getupvalue(value, i)
    if not name then
      break
    end
    visit(upvalue, tell)
  end
end

return function(tell)
  visit(package.loaded, tell)
end
