--- The programs that work on this database, as their rows in `node` tell; and an alarm where they differ.
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")
local node_files = require("admin.node_files")

local M = { name = "nodes" }

--- A heart beats every 30 seconds: one that has missed three beats is silent.
local LIVE_S = 90

---@class admin.Alarm
---@field code "digest"|"version"|"secrets"|"reload"|"silent"
---@field nodes string[] whom it is about; all that are live where they differ

--- Do live nodes say different things?
local function differ(nodes, field)
  local first
  for _, node in ipairs(nodes) do
    if node.live then
      first = first or node[field]
      if node[field] ~= first then
        return true
      end
    end
  end
  return false
end

local function names(nodes, is_one)
  local list = json.array({})
  for _, node in ipairs(nodes) do
    if is_one(node) then
      list[#list + 1] = node.name
    end
  end
  return list
end

local function is_live(node)
  return node.live
end

local function add(alarms, code, list)
  if list[1] then
    alarms[#alarms + 1] = { code = code, nodes = list }
  end
end

---@return admin.Alarm[]
local function alarms_of(nodes)
  local alarms = json.array({})
  for _, field in ipairs({ "digest", "version", "secrets" }) do
    add(alarms, field, differ(nodes, field) and names(nodes, is_live) or {})
  end
  add(alarms, "reload", names(nodes, function(node)
    return node.live and node.reload_good == false
  end))
  return alarms
end

local function live_of(rows)
  local list = {}
  for _, row in ipairs(rows) do
    list[#list + 1] = row.live and row or nil
  end
  return list
end

--- Every node that was heard of in thirty days, those that are live first.
function M.data()
  local rows, message, kind = db.all("admin.nodes")
  if not rows then
    return nil, message, kind
  end
  local now = clock.now()
  for _, row in ipairs(rows) do
    row.live = row.heartbeat_at > now - LIVE_S
    if row.reload_good then
      row.reload_good = row.reload_good == 1
    end
  end
  local alarms = alarms_of(rows)
  return { nodes = json.array(rows), alarms = alarms, files = alarms[1] and alarms[1].code == "digest"
    and node_files.of(live_of(rows)) or nil }
end

--- Which node is the latest, and what the others lack.
local function file_lines(files, at, t)
  local lines = { files.at and "  " .. t("nodes.latest", { node = files.latest, at = at(files.at) }) or nil }
  for _, other in ipairs(files.differences) do
    lines[#lines + 1] = "  " .. t("nodes." .. other.says,
      { node = other.node, latest = files.latest })
    for _, file in ipairs(other.files) do
      lines[#lines + 1] = ("    %s: %s"):format(t("nodes.file_" .. file.what), file.name)
    end
    lines[#lines + 1] = other.more > 0 and "    " .. t("generations.more", { count = other.more }) or nil
  end
  return lines
end

function M.lines(data, at, t)
  local lines = {}
  for _, alarm in ipairs(data.alarms) do
    lines[#lines + 1] = "ALARM: " .. t("nodes.alarm_" .. alarm.code, { nodes = table.concat(alarm.nodes, ", ") })
  end
  if data.files then
    local more = file_lines(data.files, at, t)
    table.move(more, 1, #more, #lines + 1, lines)
  end
  for _, node in ipairs(data.nodes) do
    local reload = "no reload yet"
    if node.reloaded_at then
      reload = (node.reload_good and "reloaded " or "a reload FAILED ") .. at(node.reloaded_at)
    end
    lines[#lines + 1] = table.concat({ node.name, node.live and "live" or "silent", "heard " .. at(node.heartbeat_at),
      "version " .. node.version, ("generation %d (%s)"):format(node.generation, node.digest), reload,
      "secrets " .. node.secrets }, "\t")
  end
  return lines
end

function M.status(data)
  return data.alarms[1] and 1 or 0
end

return M
