--- Overview: what is wrong, worst first, as `timecapsule doctor` finds it, and what runs, in words and numbers.
local config = require("host").config
local host = require("host")
local clock = require("host.clock")
local json = require("host.json")
local task = require("host.task")
local canary = require("admin.canary")
local database_load = require("admin.database_load")
local host_words = require("admin.host_words")
local judge = require("admin.judge")
local maintenance = require("admin.maintenance")
local nodes = require("admin.nodes")
local rates = require("admin.rates")
local running = require("admin.running")
local room = require("capsule.room")
local claims = require("reminder.claim")
local site_fault = require("text.site_fault")

local M = { name = "overview" }

--- Seconds: for what the database is asked, for the first look at the installation, and for one that is under way
--- where another was before.
local PATIENCE, FIRST, ANEW = 3, 5, 2
--- Who has been silent for longer is not coming back.
local SILENT_S = 86400
local ORDER = { BROKEN = 1, look = 2, good = 3 }
M.STATUS = { good = 0, look = 1, BROKEN = 2 }

-- What is wrong -----------------------------------------------------------------------------------------------------

--- As sentences of every language.
local function put_into_words(lines)
  for _, line in ipairs(lines) do
    line.said, line.advised = host_words.find(line.text), host_words.find(line.advice)
  end
end

--- What the host finds; where it is looking just now, a moment later: what was so a while ago may have broken since.
---@param again? boolean
local function checkup(again)
  local found = host.checkup(again)
  local until_then = clock.monotonic() + (found and found.at and ANEW or FIRST)
  while found and found.judging and clock.monotonic() < until_then do
    clock.sleep(0.1)
    found = host.checkup()
  end
  found = found or { lines = {}, judging = false }
  put_into_words(found.lines)
  return found
end

local function of_nodes()
  local data = nodes.data()
  local lines = {}
  for i, alarm in ipairs(data and data.alarms or {}) do
    lines[i] = judge.line("BROKEN", "nodes", "nodes.alarm_" .. alarm.code, { nodes = table.concat(alarm.nodes, ", ") })
  end
  for _, node in ipairs(data and data.nodes or {}) do
    if node.state == "ahead" or (node.state == "silent" and node.heartbeat_at > clock.now() - SILENT_S) then
      lines[#lines + 1] = judge.line("look", "nodes", "overview.node_" .. node.state,
        { node = node.name, at = judge.at(node.heartbeat_at) }, "overview.node_" .. node.state .. "_advice")
    end
  end
  return lines
end

local function of_failures()
  local lines = {}
  if claims.is_held() then
    lines[1] = judge.line("look", "letters", "reminders.held")
  end
  local standing = canary.is_kept() and canary.look()
  if standing and standing.alarm then
    lines[#lines + 1] = { verdict = "BROKEN", subject = "canary", text = standing.why }
  end
  return lines
end

--- Places of the site whose own files fail, each told once.
local function of_site()
  local lines = {}
  for i, fault in ipairs(site_fault.list()) do
    lines[i] = judge.line(fault.paused and "BROKEN" or "look", "site",
      fault.paused and "overview.site_paused" or "overview.site_failed",
      { where = fault.where, at = judge.at(fault.at), message = fault.message }, "overview.site_advice")
  end
  return lines
end

--- Why nobody can put a capsule.
local function of_room()
  if not host.status().version then
    return {}
  elseif not room.on_disk() then
    return judge.line("BROKEN", "disk", "overview.puts_disk", { mib = config.disk_free_mib },
      "overview.puts_disk_advice")
  elseif not room.today() then
    return judge.line("BROKEN", "puts", "overview.puts_day", { puts = config.puts_per_day }, "overview.puts_day_advice")
  end
  return {}
end

--- That fewer can do here what they want to, because an admin or a setting says so.
local function of_maintenance()
  local data = maintenance.data()
  local mode = data and data.mode or maintenance.current().mode
  if mode == "open" then
    return {}
  end
  local key, set = "overview." .. mode:gsub("-", "_"), data and data.set
  if set and set.at and set.mode == mode then
    local args = { at = judge.at(set.at), name = set.by }
    local late = set.back_at and set.back_at <= clock.now()
    return { judge.line("look", "maintenance", key, args, "overview.maintenance_advice"), late
      and judge.line("look", "maintenance", "overview.maintenance_late", { at = judge.at(set.back_at) },
        "overview.maintenance_late_advice") or nil }
  end
  return judge.line("look", "maintenance", key .. "_set", nil, "overview.maintenance_set_advice")
end

--- What was refused lately by limits of each client, and whether they count the right ones.
local function of_clients()
  local lately, lines = rates.lately(), {}
  local advice = next(lately.forwarded) and "overview.refused_proxy_advice" or "overview.refused_advice"
  if lately.refused > 0 then
    lines[1] = judge.line("look", "refusals", "overview.refused",
      { requests = lately.refused, minutes = lately.minutes, kinds = lately.kinds }, advice)
  end
  for peer, forwarded in pairs(lately.forwarded) do
    if forwarded * 2 > lately.requests then
      lines[#lines + 1] = judge.line("look", "proxy", "overview.forwarded_" .. peer,
        { forwarded = forwarded, requests = lately.requests, minutes = lately.minutes },
        "overview.forwarded_advice")
    end
  end
  return lines
end

local ASKED = { judge.clock, judge.mail, judge.letters, judge.jobs, of_nodes, of_failures, of_site, of_room,
  of_maintenance, of_clients }

--- What the application finds.  That the database is away is said once, whoever has met it.
---@return admin.Line[] lines
---@return boolean away
local function own_lines()
  local lines, away = {}, false
  local function add(line)
    local again = away and line.said and line.said.key == "judge.away"
    away = away or (line.said and line.said.key == "judge.away")
    lines[#lines + 1] = not again and line or nil
  end
  local late = task.each(ASKED, #ASKED, function(ask)
    local found = ask()
    for _, line in ipairs(found.verdict and { found } or found) do
      add(line)
    end
  end, PATIENCE)
  if late[1] then
    add(judge.away("it hangs"))
  end
  for i, line in ipairs(away and lines or {}) do
    if line.said and line.said.key == "judge.away" then
      lines[i] = judge.away(line.said.args.why, maintenance.away_since())
    end
  end
  return lines, away
end

--- Behind them what the host has found; of a database that is away this moment, what it found a while ago is idle.
local function add_found(lines, found, away)
  for _, line in ipairs(found) do
    if not (away and line.subject == "database") then
      lines[#lines + 1] = line
    end
  end
end

--- The worst first; of equals, as they were found.
local function sorted(lines)
  for i, line in ipairs(lines) do
    line.place = i
  end
  table.sort(lines, function(a, b)
    if a.verdict ~= b.verdict then
      return ORDER[a.verdict] < ORDER[b.verdict]
    end
    return a.place < b.place
  end)
  for _, line in ipairs(lines) do
    line.place = nil
  end
  return lines
end

-- What runs ---------------------------------------------------------------------------------------------------------

--- nil in a command: it is none of the server's.
local function server(away)
  local status = host.status()
  return status.version and { version = status.version, uptime = math.floor(status.uptime), workers = status.workers,
    generation = status.generation, digest = status.digest, connections = status.connections,
    disk_free = status.disk_free, rates = rates.look(), database = database_load.look(away),
    mail = config.mail } or nil
end

function M.data()
  local found, lines = checkup(), running.lines()
  put_into_words(lines)
  local own, away = own_lines()
  table.move(own, 1, #own, #lines + 1, lines)
  add_found(lines, found.lines, away)
  return { lines = json.array(sorted(lines)), judged_at = found.at,
    age = found.at and math.max(clock.now() - found.at, 0), judging = found.judging, server = server(away) }
end

function M.lines(data)
  local lines = {}
  for _, line in ipairs(data.lines) do
    lines[#lines + 1] = ("%-6s  %-11s  %s"):format(line.verdict, line.subject, line.text)
    lines[#lines + 1] = line.advice and ("%-6s  %-11s  → %s"):format("", "", line.advice)
  end
  return lines
end

M.acts = {
  again = {
    looks = true,
    run = function()
      local before = host.checkup() or {}
      local found = checkup(true)
      return { key = found.judging and "overview.again_goes_on" or found.at == before.at and "overview.again_stands"
        or "overview.again_done" }
    end,
  },
}

function M.status(data)
  return data.lines[1] and M.STATUS[data.lines[1].verdict] or 0
end

return M
