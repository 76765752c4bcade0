--- Everything that a version offers to sites, by name; as a text that is shipped for each version
--- (scripts/contract/versions/VERSION.txt), so that a site can be judged by another than the one that is installed.
local contract = require("contract")
local crypto = require("host.crypto")
local compile = require("text.compile")
local events = require("web.events")
local host = require("host")
local slot = require("text.slot")
local web = require("web")

local M = {}

---@alias contract.Surface table<string, table<string, string>> kind → name → detail, perhaps ""

local FOLDER = "scripts/contract/versions/"

local function value_of(path)
  local chunk = load(host.read(path), "@" .. path, "t", {})
  return chunk and chunk() or {}
end

--- What tells whether a sentence is still the same.
local function mark(sentence)
  return crypto.hex(crypto.hash(sentence)):sub(1, 8)
end

local function add_modules(add)
  for _, module in ipairs(contract.MODULES) do
    add("module", module)
    for name in pairs(require(module)) do
      add("function", module .. "." .. name)
    end
  end
  for name in pairs(getmetatable(web.app()).__index) do
    add("method", "app:" .. name)
  end
  web.app():group("/", function(group)
    for name in pairs(getmetatable(group).__index) do
      add("method", "group:" .. name)
    end
  end)
end

local function add_files(add)
  for _, path in ipairs(host.list("")) do
    add("path", path:find(FOLDER, 1, true) and "" or path)
    add("template", (path:match("^templates/(.+)$") or ""):gsub("%.html$", ""))
    add("command", path:match("^scripts/commands/(.+)%.lua$") or "")
    add("asset", path:match("^static/(.+)$") or "")
    add("module", path:find("^scripts/.*%.lua$") and path:sub(9, -5):gsub("/", ".") or "")
    if path:find("^sql/queries/") then
      for name in host.read(path):gmatch("%-%- name: (%S+)") do
        add("statement", name)
      end
    end
  end
end

--- What this version offers; with a site, what both do.
---@param app web.App
---@return contract.Surface
function M.current(app)
  local surface = {}
  local function add(kind, name, detail)
    if name ~= "" then
      surface[kind] = surface[kind] or {}
      surface[kind][name] = detail or ""
    end
  end
  add_modules(add)
  add_files(add)
  for name in pairs(slot.names) do
    add("slot", name)
  end
  for _, name in ipairs(events.names()) do
    add("event", name)
  end
  for _, name in ipairs(compile.GIVEN) do
    add("helper", name)
  end
  for _, route in ipairs(app:routes()) do
    add("route", route.name)
    add("address", route.method .. " " .. route.path)
  end
  for _, setting in ipairs(value_of("scripts/config.lua")) do
    add("setting", setting.name)
  end
  for _, path in ipairs(host.list("scripts/locales/")) do
    if path:find("/en%.lua$") and not path:find("^scripts/locales/site/") then
      for key, sentence in pairs(value_of(path)) do
        add("key", key, mark(sentence))
      end
    end
  end
  return surface
end

--- As the text that is shipped.
---@param surface contract.Surface
---@return string
function M.write(surface)
  local lines = {}
  for kind, names in pairs(surface) do
    for name, detail in pairs(names) do
      lines[#lines + 1] = ("%s\t%s\t%s"):format(kind, name, detail)
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n") .. "\n"
end

--- From such a text.
---@param text string
---@return contract.Surface
function M.read(text)
  local surface = {}
  for kind, name, detail in text:gmatch("([^\t\n]+)\t([^\t\n]+)\t([^\n]*)") do
    surface[kind] = surface[kind] or {}
    surface[kind][name] = detail
  end
  return surface
end

local function by_number(a, b)
  local major, minor, patch = a:match("(%d+)%.(%d+)%.(%d+)")
  local other_major, other_minor, other_patch = b:match("(%d+)%.(%d+)%.(%d+)")
  for i, number in ipairs({ major, minor, patch }) do
    local other = ({ other_major, other_minor, other_patch })[i]
    if number ~= other then
      return tonumber(number) < tonumber(other)
    end
  end
  return false
end

--- The text of a version that is shipped; nil, and those there are, the oldest first.
---@param version string
---@return string? text
---@return string[] versions
function M.shipped(version)
  local versions = {}
  for _, path in ipairs(host.list(FOLDER)) do
    versions[#versions + 1] = path:match("([^/]+)%.txt$")
  end
  table.sort(versions, by_number)
  return host.read(FOLDER .. version .. ".txt"), versions
end

return M
