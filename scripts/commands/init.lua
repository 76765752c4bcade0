--- What `timecapsule NAME` runs: every file beside this one is a command of its name, with '-' for '_'.  A site
--- adds one by adding a file.
---
--- Where run is declared without parameters, or words is 0, the command is refused with words.
local host = require("host")

local M = {}

---@class commands.Option
---@field value string? What stands for its value: "NUMBER|all"; nil: it has none.
---@field help string

--- What was typed: words by number, options by name ('_' for '-'): true, or the value's text.
---@class commands.Args: { [integer]: string, [string]: string|true }

---@class commands.Command
---@field help string    One line.
---@field options? table<string, commands.Option> Its own; none of the host's names.
---@field words? integer  At most so many; nil: any number.
---@field raw? boolean    It reads its words itself.
---@field run fun(args: commands.Args, apps: { public: table, admin: table }): integer?

---@type table<string, commands.Command>
local all = {}
local names = {}

--- Raises where a script is no command, as a fault of the load.
local function command_of(path, name)
  local command = require("commands." .. name)
  if type(command) ~= "table" or type(command.run) ~= "function" or type(command.help) ~= "string" then
    error(("%s:1: a command returns { help = \"one line\", run = function(args) … end }"):format(host.origin(path)), 0)
  end
  return command
end

--- Raises where no spelling of a command could call the file of that name.
local function check_name(path, name)
  if not name:find("^[%l%d_]+$") then
    error(("%s:1: a command's file is named with small letters, digits and '_' (which is typed '-'): %s.lua"):format(
      host.origin(path), (name:lower():gsub("[^%l%d]", "_"))), 0)
  end
end

for _, path in ipairs(host.list("scripts/commands/")) do
  local name = path:match("^scripts/commands/([^/]+)%.lua$")
  if name and name ~= "init" then
    check_name(path, name)
    local typed = name:gsub("_", "-")
    all[typed] = command_of(path, name)
    names[#names + 1] = typed
  end
end

--- The names of a command's options as they are typed, sorted.
local function option_names(command)
  local list = {}
  for name in pairs(command.options or {}) do
    list[#list + 1] = "--" .. (name:gsub("_", "-"))
  end
  table.sort(list)
  return list
end

local function usage(name, command)
  print(("timecapsule %s: %s"):format(name, command.help))
  for _, typed in ipairs(option_names(command)) do
    local option = command.options[(typed:sub(3):gsub("%-", "_"))]
    print(("  %-24s %s"):format(typed .. (option.value and " " .. option.value or ""), option.help))
  end
  return 0
end

local function unknown(name, command, typed)
  local near = host.nearest(typed, option_names(command))
  return nil, ("%s has no option %s; %s"):format(name, typed,
    near and ("did you mean %s?"):format(near) or ("`timecapsule %s --help` shows what it has"):format(name))
end

--- Takes the option at that place, and its value, which may be the next word.
local function take_option(name, command, words, at, args)
  local typed, value = words[at]:match("^(%-%-[^=]*)=?(.*)$")
  local key = typed:sub(3):gsub("%-", "_")
  local option = command.options and command.options[key]
  local has_value = words[at]:find("=", 1, true) ~= nil
  if not option then
    return unknown(name, command, typed)
  elseif not option.value and has_value then
    return nil, ("%s takes no value"):format(typed)
  elseif args[key] then
    return nil, ("%s is given twice"):format(typed)
  elseif not option.value then
    args[key] = true
    return at + 1
  elseif not has_value then
    at, value = at + 1, words[at + 1]
  end
  if not value or value == "" then
    return nil, ("%s needs a value: %s"):format(typed, option.value)
  end
  args[key] = value
  return at + 1
end

--- What was typed, as the command gets it.
---@return commands.Args?
---@return string? message
local function read(name, command, words)
  local args, at = {}, 1
  while at <= #words do
    if words[at]:find("^%-%-.") then
      local next_at, message = take_option(name, command, words, at, args)
      if not next_at then
        return nil, message
      end
      at = next_at
    else
      args[#args + 1] = words[at]
      at = at + 1
    end
  end
  local most = command.words or debug.getinfo(command.run, "u").nparams == 0 and 0
  if most and #args > most then
    return nil, ("'%s' takes no argument '%s'"):format(name, args[most + 1])
  end
  return args
end

--- Runs a command; an unknown one is told with those that there are.
---@param name string
---@param words string[] What follows the command's name.
---@param apps { public: table, admin: table }
---@return integer status
function M.run(name, words, apps)
  local command = all[(name:gsub("_", "-"))]
  if not command then
    print(("there is no command '%s'; the application has:"):format(name))
    for _, known in ipairs(names) do
      print(("  %-12s %s"):format(known, all[known].help))
    end
    return 2
  elseif command.raw then
    return command.run(words, apps) or 0
  elseif words[1] == "--help" then
    return usage(name, command)
  end
  local args, message = read(name, command, words)
  if not args then
    io.stderr:write("timecapsule: ", message, "\n")
    return 2
  end
  return command.run(args, apps) or 0
end

return M
