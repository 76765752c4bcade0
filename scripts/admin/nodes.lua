--- The programs that work on this database, as their rows in `node` tell; and an alarm where they differ.
---
--- What this program itself runs is its own word: its row cannot be written where the database is full or away.
local clock = require("host.clock")
local control = require("host.control")
local db = require("host.db")
local json = require("host.json")
local node_files = require("admin.node_files")

local M = { name = "nodes" }

--- A heart beats every 30 seconds: one that has missed three beats is silent.
local LIVE_S = 90

--- One whose heart beats later than now by more than clocks differ: its clock or this one is wrong.
local AHEAD_S = 60

---@alias admin.NodeState
---| "live"
---| "stopped" # it has said so
---| "silent"  # it has not
---| "ahead"   # its heart has beaten later than now: nobody knows

---@class admin.Alarm
---@field code "digest"|"version"|"secrets"|"reload"|"unwritten"
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
  add(alarms, "unwritten", names(nodes, function(node)
    return node.unwritten
  end))
  return alarms
end

---@return admin.NodeState
local function state_of(row, now)
  if row.own then
    return "live"
  elseif row.generation == 0 then
    return "stopped"
  elseif row.heartbeat_at > now + AHEAD_S then
    return "ahead"
  end
  return row.heartbeat_at > now - LIVE_S and "live" or "silent"
end

local function find(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then
      return row
    end
  end
end

--- What the running server says of itself, in place of what its row says.
local function put_own(rows, now)
  local own = json.decode(control.ask("node") or "{}")
  local row = find(rows, own.name)
  if not row then
    return
  end
  row.reloaded_at, row.reload_good = nil, nil
  for name, value in pairs(own) do
    row[name] = value
  end
  row.own, row.unwritten = true, row.heartbeat_at <= now - LIVE_S
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
    if row.reload_good then
      row.reload_good = row.reload_good == 1
    end
  end
  put_own(rows, now)
  for _, row in ipairs(rows) do
    row.state = state_of(row, now)
    row.live = row.state == "live"
  end
  local alarms = alarms_of(rows)
  local files = alarms[1] and alarms[1].code == "digest" and node_files.of(live_of(rows)) or nil
  for _, other in ipairs(files and files.differences or {}) do
    other.since = find(rows, other.node).current_at
    other.says = other.since and other.says == "against" and "against_since" or other.says
  end
  return { nodes = json.array(rows), alarms = alarms, files = files }
end

--- Which node is the latest, and what the others lack.
local function file_lines(files, at, t)
  local lines = { files.at and "  " .. t("nodes.latest", { node = files.latest, at = at(files.at) }) or nil }
  for _, other in ipairs(files.differences) do
    lines[#lines + 1] = "  " .. t("nodes." .. other.says,
      { node = other.node, latest = files.latest, at = other.since and at(other.since) })
    for _, file in ipairs(other.files) do
      lines[#lines + 1] = ("    %s: %s"):format(t("nodes.file_" .. file.what,
        { node = other.node }), file.name)
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
    lines[#lines + 1] = table.concat({ node.name, node.state, "heard " .. at(node.heartbeat_at),
      "version " .. node.version, ("generation %d (%s)"):format(node.generation, node.digest), reload,
      "secrets " .. node.secrets }, "\t")
  end
  return lines
end

function M.status(data)
  return data.alarms[1] and 1 or 0
end

return M
