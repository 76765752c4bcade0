--- Which lines of the scripts could be run: those of every function that can be reached from what is
--- loaded, but for the chunks themselves, which ran before the first input.  For the coverage report;
--- is given Lua's own debug library, which the sandbox keeps from scripts, and a function to call per
--- line.
local debug, tell = ...
local seen = {}

local function visit(value)
  local kind = type(value)
  if (kind ~= "table" and kind ~= "function") or seen[value] then
    return
  end
  seen[value] = true
  if kind == "table" then
    for key, item in next, value do
      visit(key)
      visit(item)
    end
    visit(debug.getmetatable(value))
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
    visit(upvalue)
  end
end

visit(package.loaded)
