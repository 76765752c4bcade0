--- A real Galera cluster on the loopback, of servers as spec.support.mariadb starts them.
---
---     local cluster <close> = galera.start(3)
---     cluster:create()                      -- a fresh database on all of them
---     cluster.nodes[1]:kill("KILL")
---     cluster:revive(1)                     -- with the position that its data has, as its unit of systemd does
---     cluster:await_synced()
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")

local M = {}

local PROVIDER = "/usr/lib/galera/libgalera_smm.so"

---@class spec.Galera
---@field nodes spec.MariaDB[]
local Cluster = {}
Cluster.__index = Cluster

--- Words of the command line that differ from node to node and from start to start, and those of the set-up that
--- deploy/galera/galera.cnf shows.
local function words(self, i, more)
  local place = self.places[i]
  local all = { "--wsrep-on=ON", "--wsrep-provider=" .. PROVIDER, "--wsrep-cluster-name=spec",
    "--wsrep-cluster-address=gcomm://" .. self.address, "--wsrep-node-name=node" .. i,
    ("--wsrep-node-address=127.0.0.1:%d"):format(place.base),
    ("--wsrep-sst-receive-address=127.0.0.1:%d"):format(place.sst),
    ("--wsrep-provider-options=base_port=%d;gmcast.listen_addr=tcp://127.0.0.1:%d;ist.recv_addr=127.0.0.1:%d;%s")
      :format(place.base, place.base, place.ist, self.provider_options) }
  table.move(self.settings, 1, #self.settings, #all + 1, all)
  return table.move(more or {}, 1, #(more or {}), #all + 1, all)
end

--- What the file of deploy/ says, as words of a command line; the provider's options apart.
local function settings()
  local list, provider = {}, ""
  for line in io.lines("deploy/galera/galera.cnf") do
    local name, value = line:match("^([%w_]+)%s*=%s*(.-)%s*$")
    if name == "wsrep_provider_options" then
      provider = value:match('^"?(.-)"?$'):gsub("gcache.size=%w+", "gcache.size=32M")
    elseif name and not name:find("^wsrep_provider$") and not name:find("^wsrep_cluster") and not name:find("^wsrep_node")
      and name ~= "wsrep_on" and name ~= "bind_address" then
      list[#list + 1] = ("--%s=%s"):format(name:gsub("_", "-"), (value:match('^"?(.-)"?$')))
    end
  end
  return list, provider
end

--- A value of SHOW STATUS, as text.
function Cluster:status(i, name)
  return (self.nodes[i]:sql(("SHOW GLOBAL STATUS LIKE '%s'"):format(name)):match("|(.*)$"))
end

function Cluster:is_synced(i)
  local ok, state = pcall(self.status, self, i, "wsrep_local_state_comment")
  return ok and state == "Synced" and self:status(i, "wsrep_ready") == "ON"
    and self:status(i, "wsrep_cluster_size") == tostring(#self.nodes)
end

--- Waits until every node is a member that has what all have.
function Cluster:await_synced()
  for i = 1, #self.nodes do
    assert(process.wait_for(function()
      return self:is_synced(i)
    end), "node " .. i .. " does not become synced")
  end
end

--- Where its data stood, which a node that was killed has to be told, or it takes a copy of everything.
local function position(self, i)
  local node = self.nodes[i]
  local text = process.output(("mariadbd --no-defaults --user=%s --datadir=%s --tmpdir=%s --socket=%s/recover.sock"
    .. " --skip-networking --innodb-log-file-size=16M --wsrep-on=ON --wsrep-provider=%s"
    .. " --wsrep-cluster-address=gcomm:// --binlog-format=ROW --wsrep-recover")
    :format(node.user, node.data, node.folder, node.folder, PROVIDER))
  return text:match("Recovered position:%s*(%S+)")
end

--- Starts a node that has ended.
function Cluster:revive(i)
  local at = position(self, i)
  self.nodes[i]:restart(words(self, i, at and { "--wsrep-start-position=" .. at }))
end

--- A fresh database.  Its url() names all hosts.
---@return spec.Database
function Cluster:create()
  local base, hosts = self.nodes[1]:create(), {}
  for i, node in ipairs(self.nodes) do
    hosts[i] = "127.0.0.1:" .. node.port
  end
  function base.url(_, options)
    return ("mariadb://spec@%s/%s%s"):format(table.concat(hosts, ","), base.name, options and "?" .. options or "")
  end
  return base
end

function Cluster:stop()
  for _, node in ipairs(self.nodes) do
    node:stop()
  end
end

Cluster.__close = Cluster.stop

--- State transfer by rsync takes no root for its server, so there it runs as the package's user.
local function user()
  return process.output("id -u"):match("^0\n") and "mysql" or nil
end

---@param count integer
---@return spec.Galera
function M.start(count)
  local self = setmetatable({ nodes = {}, places = {} }, Cluster)
  self.settings, self.provider_options = settings()
  local members = {}
  for i = 1, count do
    self.places[i] = { base = process.free_port(), sst = process.free_port(), ist = process.free_port() }
    members[i] = "127.0.0.1:" .. self.places[i].base
  end
  self.address = table.concat(members, ",")
  for i = 1, count do
    local node = mariadb.prepare(nil, nil, user())
    self.nodes[i] = node
    node.options = words(self, i, i == 1 and { "--wsrep-new-cluster" })
    if i == 1 then
      node:install()
    end
    node:begin()
    if i == 1 then
      node:account_of_specs()
    end
  end
  self:await_synced()
  return self
end

return M
