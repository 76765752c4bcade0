--- Judges a site by what a version offers: what it uses and that version has not, and what both call the same.
local host = require("host")
local uses = require("contract.uses")

local M = {}

local WORDS = { module = "the module '%s'", ["function"] = "'%s'", method = "'%s'", event = "the event '%s'",
  setting = "the setting '%s'", route = "the route '%s'", key = "the sentence '%s'", template = "the template '%s'",
  asset = "the file static/%s", statement = "the statement '%s'", command = "the command '%s'",
  path = "the file %s", address = "the address %s", slot = "the slot '%s'" }

local function worded(kind, name)
  return WORDS[kind]:format(name)
end

--- What the site has added or replaced: path → origin.
local function files_of_site()
  local list = {}
  for _, path in ipairs(host.list("")) do
    if host.origin(path) ~= path then
      list[#list + 1] = { path = path, origin = host.origin(path), source = host.read(path) }
    end
  end
  return list
end

--- What the site calls by itself, so that it is no use of ours: kind → name → place.
local function own_of(files, app)
  local own = { module = {}, statement = {}, key = {}, template = {}, asset = {}, route = {}, address = {},
    command = {}, path = {} }
  for _, file in ipairs(files) do
    local path, at = file.path, file.origin .. ":1"
    own.path[path] = at
    own.module[path:match("^scripts/(.+)%.lua$") and path:sub(9, -5):gsub("/", ".") or ""] = at
    own.template[(path:match("^templates/(.+)$") or ""):gsub("%.html$", "")] = at
    own.asset[path:match("^static/(.+)$") or ""] = at
    own.command[path:match("^scripts/commands/(.+)%.lua$") or ""] = at
    for line, name in (path:find("^sql/queries/") and file.source or ""):gmatch("()%-%- name: (%S+)") do
      own.statement[name] = ("%s:%d"):format(file.origin, 1 + select(2, file.source:sub(1, line):gsub("\n", "\n")))
    end
    if path:find("^scripts/locales/site/") then
      local number = 0
      for line in (file.source .. "\n"):gmatch("(.-)\n") do
        number = number + 1
        local key = line:match('%["([^"]+)"%]%s*=')
        if key then
          own.key[key] = own.key[key] or ("%s:%d"):format(file.origin, number)
        end
      end
    end
  end
  for _, route in ipairs(app:routes()) do
    if host.origin(route.file) ~= route.file and not route.file:find("^scripts/") then
      own.route[route.name] = ("%s:%d"):format(route.file, route.line)
      own.address[route.method .. " " .. route.path] = own.route[route.name]
    end
  end
  return own
end

local function uses_of(file)
  if file.path:find("%.lua$") and not file.path:find("^scripts/locales/") then
    return uses.of_script(file.source)
  elseif file.path:find("^templates/") then
    return uses.of_template(file.source)
  end
  return {}
end

--- What of ours a use means; nil: nothing that a version could lack.
local function meant(use, own, ours)
  if use.kind == "perhaps a statement" then
    use.kind = ours.statement[use.name] and "statement" or nil
  end
  if not WORDS[use.kind] or own[use.kind] and own[use.kind][use.name] then
    return nil
  elseif use.kind == "setting" and (use.name:find("^site_") or not ours.setting[use.name]) then
    return nil
  elseif use.kind == "module" and not (ours.module or {})[use.name] then
    return nil -- not ours
  elseif use.kind == "function" and not (ours["function"] or {})[use.name] then
    return nil -- of a module that is not documented
  end
  return use.kind
end

--- Names that exactly one of two versions has, and the site has too.
local function clashes(own, ours, theirs, version, tell)
  for kind, names in pairs(own) do
    for name, place in pairs(names) do
      local here, there = (ours[kind] or {})[name], (theirs[kind] or {})[name]
      local is_ours = name ~= "" and (kind ~= "template" and kind ~= "asset" and kind ~= "command" and kind ~= "module")
      if is_ours and there and not here then
        tell(place, ("%s has %s too: yours would %s"):format(version, worded(kind, name),
          kind == "path" and "win over it" or "stand for both"))
      elseif is_ours and here and not there then
        tell(place, ("%s has not %s, which yours replaces"):format(version, worded(kind, name)))
      elseif kind == "key" and here and there and here ~= there then
        tell(place, ("%s says something else for %s, which yours replaces"):format(version, worded(kind, name)))
      end
    end
  end
end

--- A list of lines, each once, and what adds one.
local function list_of_lines()
  local list, seen = {}, {}
  return list, function(place, words)
    local line = place .. ": " .. words
    list[#list + 1], seen[line] = not seen[line] and line or nil, true
  end
end

--- Names of the site's that this version has taken since the site was made or accepted, and sentences that it
--- replaces and that have changed meanwhile; each with its place, sorted.
---@param app web.App
---@param before contract.Surface as it was then
---@param ours contract.Surface of this version
---@return string[]
function M.since(app, before, ours)
  local list, tell = list_of_lines()
  clashes(own_of(files_of_site(), app), before, ours, "this version", tell)
  table.sort(list)
  return list
end

--- What the site uses of names that are to go, each with its place and what to do instead, sorted.
---@param app web.App
---@param deprecated contract.Deprecated[]
---@return string[]
function M.uses_of(app, deprecated)
  local list, tell = list_of_lines()
  local files, ours = files_of_site(), {}
  for _, item in ipairs(deprecated) do
    ours[item.kind] = ours[item.kind] or {}
    ours[item.kind][item.name] = item
  end
  local own = own_of(files, app)
  for _, file in ipairs(files) do
    for _, use in ipairs(uses_of(file)) do
      local kind = use.kind == "perhaps a statement" and "statement" or use.kind
      local item = ours[kind] and ours[kind][use.name]
      if item and not (own[kind] and own[kind][use.name]) then
        tell(("%s:%d"):format(file.origin, use.line), ("%s is deprecated since %s and goes with %s: %s"):format(
          worded(kind, use.name), item.since, item.gone, item.instead))
      end
    end
  end
  table.sort(list)
  return list
end

--- Every incompatibility, each with its place, sorted.
---@param app web.App
---@param ours contract.Surface of this version
---@param theirs contract.Surface of the other
---@param version string what to call the other
---@return string[]
function M.site(app, ours, theirs, version)
  local list, tell = list_of_lines()
  local files = files_of_site()
  local own = own_of(files, app)
  for _, file in ipairs(files) do
    for _, use in ipairs(uses_of(file)) do
      local kind = meant(use, own, ours)
      if kind and not (theirs[kind] or {})[use.name] then
        tell(("%s:%d"):format(file.origin, use.line), ("%s has not %s"):format(version, worded(kind, use.name)))
      end
    end
    local slot = file.path:match("^templates/(.+)%.html$")
    if ours.slot[slot or ""] and not theirs.slot[slot] then
      tell(file.origin .. ":1", ("%s has not %s"):format(version, worded("slot", slot)))
    end
  end
  clashes(own, ours, theirs, version, tell)
  table.sort(list)
  return list
end

return M
