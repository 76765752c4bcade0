--- What `make cluster-test` breaks: three database nodes, two servers, nginx as deploy/nginx.conf has it, a mail server,
--- and clients that come at a fixed rate all the while.
local files = require("spec.support.files")
local galera = require("spec.support.galera")
local nginx = require("spec.support.nginx")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")
local socket = require("socket")

--- A second.
local OPENS, PUTS = 30, 15

--- Seconds: an answer that takes longer is one that a client noticed; how long it stays quiet before the next fault.
local NOTICED, QUIET = 1, 4

local HTTP = [[
    upstream timecapsule {
        server 127.0.0.1:FIRST max_fails=1 fail_timeout=2s;
        server 127.0.0.1:SECOND max_fails=1 fail_timeout=2s;
        keepalive 64;
    }
    server {
        listen 127.0.0.1:PORT;
LOCATION
    }
]]

---@class spec.Bed
---@field cluster spec.Galera
---@field apps spec.Server[]
---@field site string The overlay of both servers.
local Bed = {}
Bed.__index = Bed

local M = {}

--- Starts one of the two servers: the same words for both, but for the address and the data folder.
function Bed:start_app(i)
  local args = { "--workers", "2", "--listen", "127.0.0.1:" .. self.ports[i], "--rate-limits", "off", "--site", self.site,
    "--secret-file", self.secret, "--trusted-proxy", "127.0.0.1", "--mail", self.sink:url(),
    "--mail-from", "capsule@sender.example", "--database", self.base:url() }
  for _, setting in ipairs({ "confirm_addresses=off", "mails_per_minute=0", "mails_per_day=0", "mails_waiting=0" }) do
    args[#args + 1] = "--set"
    args[#args + 1] = setting
  end
  self.apps[i] = server.start({ args = args, data = self.data[i], env = self.env })
end

--- Two `migrate` at once; fails unless both say that all is well.
function Bed:migrate_twice()
  local waits = {}
  for i = 1, 2 do
    waits[i] = server.begin({ env = self.env, args = { "migrate", "--data", self.data[i], "--site", self.site,
      "--database", self.base:url() } })
  end
  for _, wait in ipairs(waits) do
    local status, output = wait()
    assert(status == 0, output)
  end
end

local function location()
  local text = assert(files.read("deploy/nginx.conf"))
  return (assert(text:match("\n(    location / {.-\n    })"), "deploy/nginx.conf has no location /"))
end

function Bed:start_web()
  local words = { FIRST = tostring(self.ports[1]), SECOND = tostring(self.ports[2]), PORT = tostring(self.port) }
  local lines = HTTP:gsub("%f[%w]%u+%f[^%w]", words):gsub("LOCATION", function()
    return location()
  end)
  self.web = nginx.serve(assert(nginx.program(), "no nginx is to be had"), self.port, lines)
end

local function python()
  return io.open("/usr/bin/python3") and "/usr/bin/python3" or "python3"
end

function Bed:start_arrivals()
  self.file = self.folder .. "/answers"
  self.arrivals = assert(io.popen(("%s spec/cluster/arrivals.py 127.0.0.1 %d %s %d %d"):format(python(), self.port,
    self.file, OPENS, PUTS), "w"))
end

---@return spec.Bed
function M.start()
  local folder = server.folder()
  local self = setmetatable({ folder = folder, secret = folder .. "/secret", port = process.free_port(),
    ports = { process.free_port(), process.free_port() }, data = { server.folder(), server.folder() }, apps = {},
    env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" }, table = {}, seen = {}, letters = 0, twice = 0 }, Bed)
  self.site = files.folder({ ["scripts/site.lua"] = "return function() end\n" })
  self.cluster, self.sink = galera.start(3), smtp.start()
  self.base = self.cluster:create()
  self:migrate_twice()
  self:start_app(1)
  self:start_app(2)
  self:start_web()
  self:start_arrivals()
  socket.sleep(QUIET)
  return self
end

--- The number of the database node that both servers use, the first one's word.
function Bed:used()
  local _, text = self.apps[1]:control("status")
  local port = tonumber(text:match("127%.0%.0%.1:(%d+) used\n"))
  for i, node in ipairs(self.cluster.nodes) do
    if node.port == port then
      return i
    end
  end
  error("no node is used:\n" .. text)
end

-- What came of it --------------------------------------------------------------------------------

--- Answers to those who came since then.
function Bed:answers(from)
  local list = {}
  for line in io.lines(self.file) do
    local what, due, took, status, key = line:match("^(%S+) (%S+) (%S+) (%S+) (%S+)$")
    if what and tonumber(due) >= from then
      list[#list + 1] = { what = what, due = tonumber(due), took = tonumber(took), status = tonumber(status), key = key }
    end
  end
  return list
end

local GOOD = { put = { [201] = true }, open = { [200] = true, [403] = true } }

--- How many keys that were shown are not there for one of the servers.
function Bed:count_lost(answers)
  local lost = 0
  for _, answer in ipairs(answers) do
    for i = 1, answer.key and answer.what == "put" and GOOD.put[answer.status] and 2 or 0 do
      local res = self.apps[i]:json("/api/v1/capsules/open", { key = answer.key })
      lost = lost + (GOOD.open[res.status] and 0 or 1)
    end
  end
  return lost
end

--- Letters that came more than once since the last look.
function Bed:count_twice()
  local more = 0
  for n = self.letters + 1, self.sink:letters() do
    local id = self.sink:raw(n):match("\r\nMessage%-ID: (<[^>]+>)")
    more = more + (self.seen[id] and 1 or 0)
    self.seen[id], self.letters = true, n
  end
  return more
end

--- Lets something happen, waits until all is well again, and adds a row to the table.
---@param name string
---@param happen fun()
---@return { errors: integer, open: number, put: number, recovered: number, lost: integer, twice: integer }
function Bed:suffer(name, happen)
  local from = socket.gettime()
  happen()
  self.cluster:await_synced()
  socket.sleep(QUIET)
  local answers = self:answers(from)
  local row = { name = name, errors = 0, open = 0, put = 0, recovered = 0, clients = #answers }
  for _, answer in ipairs(answers) do
    local bad = not GOOD[answer.what][answer.status]
    row.errors = row.errors + (bad and 1 or 0)
    row[answer.what] = math.max(row[answer.what], answer.took)
    if bad or answer.took > NOTICED then
      row.recovered = math.max(row.recovered, answer.due - from)
    end
  end
  row.lost, row.twice = self:count_lost(answers), self:count_twice()
  self.table[#self.table + 1] = row
  return row
end

--- All that is due has been sent: how many rows wait, and have not been sent.
function Bed:await_letters()
  return process.wait_for(function()
    return self.base:sql("SELECT count(*) FROM reminder WHERE state = 'pending'") == "0"
  end)
end

--- Does every row that says that its letter went out have one?
function Bed:count_unsent()
  self:count_twice()
  local missing = 0
  for id in self.base:sql("SELECT message_id FROM reminder WHERE state = 'sent'"):gmatch("[^\n]+") do
    missing = missing + (self.seen[id] and 0 or 1)
  end
  return missing
end

--- The table, as docs/scaling.md has it.
function Bed:describe()
  local lines = { "| fault | clients | errors | longest wait, open | put | recovered after | lost | sent twice |",
    "|---|---|---|---|---|---|---|---|" }
  for _, row in ipairs(self.table) do
    lines[#lines + 1] = ("| %s | %d | %d | %.2f s | %.2f s | %.1f s | %d | %d |"):format(row.name, row.clients, row.errors,
      row.open, row.put, row.recovered, row.lost, row.twice)
  end
  return table.concat(lines, "\n")
end

function Bed:end_arrivals()
  if self.arrivals then
    self.arrivals:close()
    self.arrivals = nil
  end
end

function Bed:stop()
  self:end_arrivals()
  self.web:close()
  for _, app in pairs(self.apps) do
    app:stop({ any = true })
  end
  self.sink:stop()
  self.cluster:stop()
end

return M
