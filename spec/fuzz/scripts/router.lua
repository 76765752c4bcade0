--- The router.  Lines of the input that hold a space are routes, "METHOD /pattern"; the others are
--- paths to be looked up.  A route that is found is one whose URL with those parameters is the path.
local router = require("web.router")

local function unescape(url)
  return (url:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local function add(routes, number, method, path)
  local faults = routes:add({
    name = "route" .. number,
    method = method,
    paths = { path },
    handler = print,
    file = "fuzz.lua",
    line = number,
  })
  for _, fault in ipairs(faults) do
    assert(fault:find("^fuzz%.lua:%d+: "), fault)
  end
  return #faults == 0
end

local function look_up(routes, path)
  local route, params, allow = routes:find("GET", path)
  if not route then
    assert(params == nil and (allow == nil or not allow:find("GET")))
    return
  end
  -- The fixed parts of a pattern are taken for such as need no escape.
  assert(route.paths[1]:find("%", 1, true) or unescape(routes:url(route.name, params)) == path, path)
end

return function(text)
  local routes, number, lookups = router.new(), 0, {}
  for line in text:gmatch("[^\n]+") do
    local method, path = line:match("^(%u+) (.*)$")
    number = number + 1
    if not method then
      lookups[#lookups + 1] = line
    elseif not add(routes, number, method, path) then
      return -- nothing is looked up in what was not built
    end
  end
  for _, path in ipairs(lookups) do
    look_up(routes, path)
  end
end
