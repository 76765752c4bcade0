--- How the database is used by this server, from its own metrics.
local metrics = require("host.metrics")

local M = {}

---@class admin.DatabaseLoad
---@field driver string "mariadb", "sqlite"
---@field hosts { name: string, state: string }[] MariaDB's, in the order of the URL's
---@field connections integer? MariaDB's pool: those that are open …
---@field idle integer? … and of them those that wait for work
---@field waiting integer operations that wait for the database

--- Of all workers.
local function sum(text, name)
  local total
  for value in text:gmatch("\n" .. name .. "{[^}\n]*} (%d+)") do
    total = (total or 0) + math.tointeger(tonumber(value))
  end
  return total
end

---@param away? boolean it does not answer: a host in use is one that is mute
---@return admin.DatabaseLoad
function M.look(away)
  local text = metrics.render()
  local hosts = {}
  for host, state in text:gmatch('\ntc_db_host{host="([^"\n]*)",state="([^"\n]*)"} 1') do
    hosts[#hosts + 1] = { name = host, state = away and state == "used" and "mute" or state }
  end
  return {
    driver = text:match('\ntc_build_info{[^}\n]*database="(%w+)"') or "?",
    hosts = hosts,
    connections = sum(text, "tc_db_connections"),
    idle = sum(text, "tc_db_idle"),
    waiting = sum(text, "tc_db_waiting") or 0,
  }
end

return M
