--- What `timecapsule NAME` runs: every file beside this one is a command of its name, a table
--- { help = one line, run = function(args, apps) → exit status }.  A site adds one by adding a
--- file.  Where run is declared without parameters, the command is refused with arguments.
local host = require("host")

local M = {}

---@class commands.Command
---@field help string
---@field run fun(args: string[], apps: { public: table, admin: table }): integer?

---@type table<string, commands.Command>
local all = {}
local names = {}

for _, path in ipairs(host.list("scripts/commands/")) do
  local name = path:match("^scripts/commands/([%w_]+)%.lua$")
  if name and name ~= "init" then
    all[name] = require("commands." .. name)
    names[#names + 1] = name
  end
end

--- Runs a command; an unknown one is told with those that there are.
---@param name string
---@param args string[]
---@param apps { public: table, admin: table }
---@return integer status
function M.run(name, args, apps)
  local command = all[name]
  if command and #args > 0 and debug.getinfo(command.run, "u").nparams == 0 then
    print(("'%s' takes no argument '%s'"):format(name, args[1]))
    return 2
  elseif command then
    return command.run(args, apps) or 0
  end
  print(("there is no command '%s'; the application has:"):format(name))
  for _, known in ipairs(names) do
    print(("  %-12s %s"):format(known, all[known].help))
  end
  return 2
end

return M
