--- In which files do live nodes differ?  Each has written what it runs, file by file, as short digests
--- (core/server/inventory.h); the one that changed last is what the others are held against.
local db = require("host.db")
local json = require("host.json")

local M = {}

-- Groups of nodes that run the same, and names of one.
local MOST_GROUPS, MOST_NAMES = 4, 20

---@class admin.NodeDifference
---@field node string one of those that run the same
---@field says "against"|"settings"|"cut"|"untold"|"away" what is known: these files; that a setting's value differs;
---  nothing, for the end of a list; or of a node of an earlier version; or while the database does not answer
---@field files { what: "added"|"changed"|"removed", name: string }[] how the latest differs from it
---@field more integer that are not listed

--- One node of each digest, the latest to change first.
local function groups_of(nodes)
  local groups, seen = {}, {}
  table.sort(nodes, function(a, b)
    return (a.current_at or 0) > (b.current_at or 0)
  end)
  for _, node in ipairs(nodes) do
    if not seen[node.digest] and #groups < MOST_GROUPS then
      seen[node.digest] = true
      groups[#groups + 1] = node
    end
  end
  return groups
end

--- Digests by name, and whether the list was cut; nil and what to say: it is not known.
local function inventory_of(node)
  local row, message = db.one("admin.node_files", { name = node.name })
  if message then
    return nil, "away"
  elseif not row or not row.files then
    return nil, "untold"
  end
  local list = { digests = {}, is_cut = row.files:find("\n…\n$") ~= nil }
  for digest, name in row.files:gmatch("(%S+) ([^\n]+)\n") do
    list.digests[name] = digest
  end
  return list
end

--- A name that one of two lists lacks says nothing where that one was cut.
local function what_of(name, before, after)
  local old, new = before.digests[name], after.digests[name]
  if old and new then
    return old ~= new and "changed" or nil
  elseif old then
    return not after.is_cut and "removed" or nil
  end
  return not before.is_cut and "added" or nil
end

local function differences_of(before, after)
  local all, seen = {}, {}
  for _, list in ipairs({ before, after }) do
    for name in pairs(list.digests) do
      local what = not seen[name] and what_of(name, before, after)
      seen[name] = true
      all[#all + 1] = what and { what = what, name = name } or nil
    end
  end
  table.sort(all, function(a, b)
    return a.name < b.name
  end)
  return all
end

local function unknown(node, says)
  return { node = node.name, says = says, files = json.array({}), more = 0 }
end

local function compare(node, after)
  local before, silent = inventory_of(node)
  if not before then
    return unknown(node, silent)
  end
  local all = differences_of(before, after)
  local says = all[1] and "against" or (before.is_cut or after.is_cut) and "cut" or "settings"
  return { node = node.name, says = says, files = json.array(table.move(all, 1, math.min(#all, MOST_NAMES), 1, {})),
    more = math.max(#all - MOST_NAMES, 0) }
end

--- Of nodes whose digests differ: the one that changed last, and how each other differs from it.
---@param nodes table[] rows of admin.nodes that are live
---@return { latest: string, at: integer?, differences: admin.NodeDifference[] }
function M.of(nodes)
  local groups = groups_of(table.move(nodes, 1, #nodes, 1, {}))
  local latest = table.remove(groups, 1)
  local after, silent = inventory_of(latest)
  local differences = json.array(not after and { unknown(latest, silent) } or {})
  for i, node in ipairs(after and groups or {}) do
    differences[i] = compare(node, after)
  end
  return { latest = latest.name, at = latest.current_at, differences = differences }
end

return M
