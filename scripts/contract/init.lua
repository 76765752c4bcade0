--- What a site may rely on: documented modules, whose unknown names are told with the nearest one, when they are read
--- and already by `check` where the name is literal.
local host = require("host")
local kinds = require("job.kinds")
local uses = require("contract.uses")

local M = {}

--- Whose functions a site may call (docs/reference.md).  All else may change with any version.
M.MODULES = { "web", "web.cookie", "web.link", "web.reply", "web.session",
  "text.constant", "text.form", "text.i18n", "text.moment", "text.template",
  "capsule.fields", "capsule.instant", "capsule.key", "capsule.store", "job", "reminder.mailbox",
  "host.clock", "host.crypto", "host.db", "host.html", "host.http", "host.json", "host.log", "host.metrics",
  "host.qr", "host.random", "host.shared", "host.smtp", "host.task", "host.timer" }

--- The names of a module, sorted.
local function names_of(module)
  local names = {}
  for name in pairs(module) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- What is wrong with a name of a module; nil where it has it.
---@param module string
---@param name string
---@return string?
function M.fault_of(module, name)
  local found = require(module)
  if rawget(found, name) ~= nil then
    return nil
  end
  local near = host.nearest(name, names_of(found))
  return ("%s has no '%s'%s"):format(module, name, near and ("; did you mean '%s'?"):format(near) or "")
end

--- From now on reading a name that a documented module has not raises, at its reader's line.
function M.guard()
  for _, module in ipairs(M.MODULES) do
    local found = require(module)
    if not getmetatable(found) then
      setmetatable(found, { __index = function(_, name)
        error(M.fault_of(module, tostring(name)), 2)
      end })
    end
  end
end

--- The scripts of the site: origin → source.
---@return table<string, string>
function M.site_scripts()
  local scripts = {}
  for _, path in ipairs(host.list("scripts/")) do
    local origin = host.origin(path)
    if path:find("%.lua$") and origin ~= path then
      scripts[origin] = host.read(path)
    end
  end
  return scripts
end

local DECLARES = { job = { define = true },
  route = { get = true, post = true, put = true, patch = true, delete = true } }

--- Does the site declare it somewhere, if only under a condition that does not hold now?
local function is_declared(scripts, use)
  local call = "(%a+)%s*%(%s*[\"']" .. use.name:gsub("%p", "%%%0") .. "[\"']"
  for _, source in pairs(scripts) do
    for verb in source:gmatch(call) do
      if DECLARES[use.kind][verb] then
        return true
      end
    end
  end
  return false
end

--- What is wrong with a name that a script uses literally; nil or false where nothing is known to be.
local function fault_of_use(use, documented, router)
  if use.kind == "function" then
    return documented[use.module] and M.fault_of(use.module, use.field)
  elseif use.kind == "route" then
    return use.module == "app" and not router.by_name[use.name] and router:unknown(use.name)
  elseif use.kind == "job" then
    return not kinds.of(use.name) and kinds.unknown(use.name)
  end
  return nil
end

--- Names that the site's scripts use literally and nobody has: of a documented module, a route, a job.  When
--- everything has been loaded.
---@param app web.App
---@return string[] faults "mysite/scripts/site.lua:3: web.reply has no 'htlm'; did you mean 'html'?"
function M.faults(app)
  local documented, faults = {}, {}
  for _, module in ipairs(M.MODULES) do
    documented[module] = true
  end
  local scripts = M.site_scripts()
  for origin, source in pairs(scripts) do
    for _, use in ipairs(uses.of_script(source)) do
      local fault = fault_of_use(use, documented, app.router)
      if fault and not (use.name and is_declared(scripts, use)) then
        faults[#faults + 1] = ("%s:%d: %s"):format(origin, use.line, fault)
      end
    end
  end
  return faults
end

return M
