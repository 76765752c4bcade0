--- What every option and setting of this server is, who said so, its default and meaning, and which take a restart.
--- What is secret is masked.
local control = require("host.control")
local host = require("host")
local json = require("host.json")

local M = { name = "settings" }

M.MASK = "…"

--- Words that names of secrets have; what such a setting names a file by is no secret.
local SECRET = { "password", "passwd", "secret", "token", "credential", "api_?key", "private_?key", "_key$", "^key$" }

--- Options that a reload takes up.
local FILES = { "scripts/config.lua", "scripts/site_config.lua" }

---@param name string of a setting or an option
---@return boolean
function M.is_secret(name)
  local low = name:lower():gsub("%-", "_")
  if low:find("_file$") then
    return false
  end
  for _, word in ipairs(SECRET) do
    if low:find(word) then
      return true
    end
  end
  return false
end

local function masked(name, value)
  return value ~= nil and M.is_secret(name) and M.MASK or value
end

--- The declarations of the application and of the site, which have been judged when the generation was built.
local function declared()
  local list = {}
  for _, path in ipairs(FILES) do
    local source = host.read(path)
    local declarations = source and load(source, "@" .. path, "t", {})
    for _, declaration in ipairs(declarations and declarations() or {}) do
      list[#list + 1] = declaration
    end
  end
  return list
end

local function text_of(value)
  if type(value) == "table" then
    return table.concat(value, ", ")
  end
  return value ~= nil and tostring(value) or nil
end

local function setting_of(declaration, given)
  local name, default = declaration.name, text_of(declaration.default)
  local said = given[name]
  return { name = name, value = masked(name, said and said.value or default), origin = said and said.origin,
    default = masked(name, default), help = declaration.help or "", restart = false }
end

local function option_of(option)
  return { name = option.name, value = masked(option.name, option.value),
    origin = option.origin ~= json.null and option.origin or nil, default = option.default, help = option.help,
    restart = true, next = option.next ~= json.null and masked(option.name, option.next) or nil }
end

function M.data()
  local text, message, kind = control.ask("settings")
  if not text then
    return nil, message, kind
  end
  local told = json.decode(text)
  local list, given = {}, {}
  for _, said in ipairs(told.given) do
    given[said.name] = said
  end
  for _, option in ipairs(told.options) do
    list[#list + 1] = option_of(option)
  end
  for _, declaration in ipairs(declared()) do
    list[#list + 1] = setting_of(declaration, given)
    given[declaration.name] = nil
  end
  for _, said in ipairs(told.given) do -- a site's, which a command without --site does not know
    if given[said.name] then
      list[#list + 1] = setting_of({ name = said.name }, given)
    end
  end
  return { settings = json.array(list) }
end

--- For the command: those that somebody has set are marked.
---@return string[] lines
function M.lines(data)
  local lines = {}
  for i, setting in ipairs(data.settings) do
    lines[i] = ("%s %-24s %s%s%s"):format(setting.origin and "*" or " ", setting.name, setting.value or "unset",
      setting.origin and ("  (%s)"):format(setting.origin) or "",
      setting.next and ("  another after a restart: %s"):format(setting.next) or "")
  end
  return lines
end

return M
