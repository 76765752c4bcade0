--- In which files do live nodes differ?  Each has written what it runs, file by file, as short digests
--- (core/server/inventory.h); the one that changed last is what the others are held against.
local db = require("host.db")
local json = require("host.json")

local M = {}

-- Groups of nodes that run the same, and names of one.
local MOST_GROUPS, MOST_NAMES = 4, 20

---@class admin.NodeDifference
---@field node string one of those that run the same
---@field files { what: "added"|"changed"|"removed", name: string }[] how the latest differs from it
---@field more integer that are not listed
---@field unknown true? it does not tell, being of an earlier version

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

--- Digests by name; nil: the node does not tell.
local function inventory_of(node)
  local row = db.one("admin.node_files", { name = node.name })
  if not row or not row.files then
    return nil
  end
  local list = {}
  for digest, name in row.files:gmatch("(%x+) ([^\n]+)\n") do
    list[name] = digest
  end
  return list
end

local function compare(node, before, after)
  local found = { node = node.name, files = json.array({}), more = 0 }
  if not before or not after then
    found.unknown = true
    return found
  end
  local all = {}
  for name, digest in pairs(after) do
    if before[name] ~= digest then
      all[#all + 1] = { what = before[name] and "changed" or "added", name = name }
    end
  end
  for name in pairs(before) do
    all[#all + 1] = not after[name] and { what = "removed", name = name } or nil
  end
  table.sort(all, function(a, b)
    return a.name < b.name
  end)
  table.move(all, 1, math.min(#all, MOST_NAMES), 1, found.files)
  found.more = math.max(#all - MOST_NAMES, 0)
  return found
end

--- Of nodes whose digests differ: the one that changed last, and how each other differs from it.
---@param nodes table[] rows of admin.nodes that are live
---@return { latest: string, at: integer?, differences: admin.NodeDifference[] }
function M.of(nodes)
  local groups = groups_of(table.move(nodes, 1, #nodes, 1, {}))
  local latest = table.remove(groups, 1)
  local after, differences = inventory_of(latest), json.array({})
  for i, node in ipairs(groups) do
    differences[i] = compare(node, inventory_of(node), after)
  end
  return { latest = latest.name, at = latest.current_at, differences = differences }
end

return M
