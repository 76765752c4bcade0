--- `timecapsule routes`: every route, with its name and the line that declares it.
local M = { help = "lists every route with its name and where it is declared" }

local function show(title, routes)
  print(title)
  for _, route in ipairs(routes) do
    local where = ("%s:%s"):format(route.file, route.line)
    print(("  %-7s %-24s %-14s %s"):format(route.method, route.path, route.name, where))
  end
end

---@param _ string[]
---@param apps { public: table, admin: table }
---@return integer status
function M.run(_, apps)
  show("public", apps.public:routes())
  show("admin", apps.admin:routes())
  return 0
end

return M
