--- What a site is warned of when it is loaded and by `check`: names that are to go, names of its own that this version
--- has taken, sentences that have changed below its own, and slips that nothing else would tell.
local compare = require("contract.compare")
local deprecated = require("contract.deprecated")
local host = require("host")
local log = require("host.log")
local slot = require("text.slot")
local surface = require("contract.surface")

local M = {}

--- The application's names when the site was made or accepted; `site new` and `site accept` write it.
local NAMES = "scripts/site_names.txt"
--- A removal is announced so many minor versions before.
local NOTICE = 2

--- The site's files below a folder: path → origin.
local function of_site(prefix)
  local list = {}
  for _, path in ipairs(host.list(prefix)) do
    list[path] = host.origin(path) ~= path and host.origin(path) or nil
  end
  return list
end

--- A partial that is named like a place of the site's, and is none.
local function add_slips(list)
  local names = {}
  for name in pairs(slot.names) do
    names[#names + 1] = name
  end
  table.sort(names)
  for path, origin in pairs(of_site("templates/partials/")) do
    local name = path:match("^templates/(partials/site_.+)%.html$")
    local near = name and not slot.names[name] and host.nearest(name, names)
    if near then
      list[#list + 1] = ("%s:1: no page shows this by itself; did you mean '%s.html'?"):format(origin, near)
    end
  end
end

--- A migration of one database, which the other lacks.
local function add_halves(list)
  local folder, other = "site/sql/migrations/", { sqlite = "mariadb", mariadb = "sqlite" }
  local there = {}
  for _, path in ipairs(host.list(folder)) do
    there[path:sub(#folder + 1)] = host.origin(path)
  end
  for name, origin in pairs(there) do
    local what, database = name:match("^(.+)%.(%a+)%.sql$")
    local twin = other[database] and ("%s.%s.sql"):format(what, other[database])
    if twin and not there[twin] then
      list[#list + 1] = ("%s:1: there is no %s beside it: on that database nothing would be done"):format(origin, twin)
    end
  end
end

--- Every warning, one for a use, each with its place.
---@param app web.App
---@return string[]
function M.list(app)
  local list = deprecated[1] and compare.uses_of(app, deprecated) or {}
  add_slips(list)
  add_halves(list)
  local before = host.read(NAMES)
  if before then
    local _, versions = surface.shipped("")
    local now = surface.shipped(versions[#versions])
    local taken = now ~= before and compare.since(app, surface.read(before), surface.read(now)) or {}
    table.move(taken, 1, #taken, #list + 1, list)
  end
  table.sort(list)
  return list
end

--- Logs them, as `check` shows what is logged.
---@param app web.App
function M.tell(app)
  for _, line in ipairs(M.list(app)) do
    log.warn(line)
  end
end

--- The minor versions that have passed from one to another; a major one is as many as it takes.
local function minors_between(from, to)
  local major, minor = from:match("^(%d+)%.(%d+)%.")
  local later_major, later_minor = to:match("^(%d+)%.(%d+)%.")
  return later_major ~= major and NOTICE or tonumber(later_minor) - tonumber(minor)
end

--- What a version has taken away without notice.
---@param before contract.Surface of the version before
---@param after contract.Surface
---@param version string whose names `after` are
---@param announced contract.Deprecated[]
---@param kinds table<string, true> that are promised to stay
---@return string[] "function web.reply.html went with 0.3.0 and was not deprecated for two minor versions"
function M.unannounced(before, after, version, announced, kinds)
  local list, notice = {}, {}
  for _, item in ipairs(announced) do
    notice[item.kind .. " " .. item.name] = minors_between(item.since, version)
  end
  for kind in pairs(kinds) do
    for name in pairs(before[kind] or {}) do
      local what = kind .. " " .. name
      if not (after[kind] or {})[name] and (notice[what] or 0) < NOTICE then
        list[#list + 1] = ("%s went with %s and was not deprecated for two minor versions"):format(what, version)
      end
    end
  end
  table.sort(list)
  return list
end

return M
