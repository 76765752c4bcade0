--- A real MariaDB server that a run of specs starts for itself.
---
---     local mariadb = require("spec.support.mariadb")
---
---     local base = mariadb.shared():create()        -- a fresh database on the run's server
---     server.start({ database = base })
---     base:sql("SELECT count(*) FROM capsule")
---
---     local own = mariadb.start({ "--max-connections=20" })   -- for what others must not feel
---     own:kill("KILL"); own:restart(); own:stop()
---
--- It lives in a folder under /tmp, listens on a free port of the loopback and ends with the
--- run.  Accounts: `root` on its socket, without a password; `spec` with the password `spec` on
--- TCP, which may do everything.
local lfs = require("lfs")
local process = require("spec.support.process")

local M = {}

local MARIADBD = "/usr/sbin/mariadbd"

local function is_root()
  return process.output("id -u"):match("^0\n") ~= nil
end

---@class spec.MariaDB
---@field folder string
---@field port integer
---@field socket string
local Server = {}
Server.__index = Server

--- Runs SQL as root; rows are lines, columns are divided by `|`, NULL is empty.
function Server:sql(statement, database)
  local text = process.output(("mariadb --no-defaults --skip-ssl --socket=%s -uroot -N -B %s -e %s")
    :format(self.socket, database or "", process.quoted(statement)))
  text = text:gsub("\n$", ""):gsub("%f[^\n\t\0]NULL%f[\n\t\0]", ""):gsub("\t", "|")
  return text
end

local function words(self)
  return { MARIADBD, "--no-defaults", "--user=" .. self.user,
    "--datadir=" .. self.data, "--socket=" .. self.socket, "--port=" .. self.port,
    "--tmpdir=" .. self.folder, -- servers clear away each other's files in /tmp
    "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin",
    "--performance-schema=off", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M" }
end

-- --force: it wants to look up names that /etc/hosts may lack, and needs none.
local function install_command(self)
  return ("TMPDIR=%s mariadb-install-db --no-defaults --auth-root-authentication-method=normal"
    .. " --skip-test-db --skip-name-resolve --force --datadir=%s --innodb-log-file-size=16M %s")
    :format(self.folder, self.data, is_root() and "--user=" .. self.user or "")
end

--- A process that holds a file system in memory, mounted where it and the server alone see it.
local function mount(self)
  local script = ("mount -t tmpfs -o size=%s tmpfs %s; %s >%s/install 2>&1; touch %s/mounted;"
    .. " exec sleep infinity"):format(self.tmpfs, self.data, install_command(self), self.folder,
    self.folder)
  self.holder_place = process.make_folder()
  self.holder = process.guard(self.holder_place, { "unshare", "-m", "sh", "-ec", script })
  assert(process.wait_for(function()
    return process.read_file(self.folder .. "/mounted")
  end), "no tmpfs was mounted")
end

local function launch(self)
  local all = words(self)
  table.move(self.options, 1, #self.options, #all + 1, all)
  if self.tmpfs then
    local holder = process.read_file(self.holder_place .. "/pid"):match("%d+")
    all = table.move(all, 1, #all, 5, { "nsenter", "-t", holder, "-m" })
  end
  self.place = process.make_folder() -- its log and pid
  self.leash = process.guard(self.place, all)
end

local function ready(self)
  return process.wait_for(function()
    if process.read_file(self.place .. "/status") then
      error("mariadbd has ended:\n" .. self:log(), 0)
    end
    return (pcall(self.sql, self, "SELECT 1"))
  end) or error("mariadbd does not answer:\n" .. self:log(), 0)
end

function Server:log()
  return process.read_file(self.place .. "/log") or ""
end

function Server:pid()
  return tonumber(process.read_file(self.place .. "/pid"))
end

--- Has it ended, by whatever?
function Server:has_ended()
  return process.read_file(self.place .. "/status") ~= nil
end

--- A client that stays logged in, as root: write("SQL;\n") and flush().
function Server:console()
  return assert(io.popen(("mariadb --no-defaults --skip-ssl --socket=%s -uroot -f >/dev/null 2>&1")
    :format(self.socket), "w"))
end

-- Every thread: those that are waiting for a processor when the signal comes run on until they have one.
local function stands(pid)
  for thread in lfs.dir(("/proc/%d/task"):format(pid)) do
    local stat = tonumber(thread) and process.read_file(("/proc/%d/task/%s/stat"):format(pid, thread))
    if stat and not stat:find(") T ", 1, true) then
      return false
    end
  end
  return true
end

--- "KILL", "TERM", "STOP", "CONT" …; waits until it has ended or stands, where that is the signal's meaning.
function Server:kill(signal)
  local pid = self:pid()
  os.execute(("kill -%s %d"):format(signal, pid))
  if signal == "KILL" or signal == "TERM" then
    process.wait_for(function()
      return process.read_file(self.place .. "/status")
    end)
  elseif signal == "STOP" then
    assert(process.wait_for(function()
      return stands(pid)
    end), "it does not stand")
  end
end

--- After kill("KILL") or kill("TERM"): the same data, the same port.
---@param options string[]? other options than before
function Server:restart(options)
  self.options = options or self.options
  self.leash:close()
  self:begin()
end

--- The data folder as one sees it from here, wherever it is mounted.
function Server:data_seen()
  local holder = self.tmpfs and process.read_file(self.holder_place .. "/pid")
  return holder and ("/proc/%d/root%s"):format(tonumber(holder), self.data) or self.data
end

function Server:stop()
  if self.leash then
    os.execute(("kill -CONT %d 2>/dev/null"):format(self:pid()))
    self.leash:close()
    if self.holder then
      self.holder:close()
    end
    self.home:close()
    self.leash = nil
  end
end

Server.__close = Server.stop

--- Can this run mount a file system of its own?  What the system says when it cannot.
---@return boolean
---@return string? why
function M.can_mount()
  return process.can_mount("-m")
end

--- A folder for a server, with nothing in it yet.
---@param options string[]? more words for its command line
---@param tmpfs string? its data lives in memory, in so much of it: "96m"
---@param user string? who it runs as; default: who runs the specs
---@return spec.MariaDB
function M.prepare(options, tmpfs, user)
  assert(os.execute("test -x " .. MARIADBD), MARIADBD .. " is missing: deploy/packages test")
  local folder = process.make_folder()
  local self = setmetatable({ folder = folder, data = folder .. "/data", tmpfs = tmpfs,
    socket = folder .. "/socket", port = process.free_port(), options = options or {},
    user = user or process.output("id -un"):match("%S+") }, Server)
  self.home = process.guard(folder, {})
  process.output(("mkdir %s && chown -R %s %s"):format(self.data, self.user, folder))
  return self
end

function Server:install()
  process.output(install_command(self))
end

--- Starts it and waits until it answers.
function Server:begin()
  launch(self)
  ready(self)
end

--- The account of url().
function Server:account_of_specs()
  self:sql("CREATE USER spec@'127.0.0.1' IDENTIFIED BY 'spec';"
    .. "GRANT ALL ON *.* TO spec@'127.0.0.1' WITH GRANT OPTION")
end

--- A server of one's own, that runs.
---@param options string[]? more words for its command line
---@param tmpfs string? as above
---@return spec.MariaDB
function M.start(options, tmpfs)
  local self = M.prepare(options, tmpfs)
  if tmpfs then
    mount(self)
  else
    self:install()
  end
  self:begin()
  self:account_of_specs()
  return self
end

local shared

--- The one that the specs of this run share.
---@return spec.MariaDB
function M.shared()
  shared = shared or M.start()
  return shared
end

--- An account that may do what is listed, on TCP, with the password `spec`.
---@param user string
---@param privileges string "SELECT, INSERT"
---@param on string "spec_1.*"
function Server:account(user, privileges, on)
  self:sql(("CREATE USER IF NOT EXISTS %s@'127.0.0.1' IDENTIFIED BY 'spec';"
    .. " GRANT %s ON %s TO %s@'127.0.0.1'"):format(user, privileges, on, user))
end

---@class spec.Database
---@field server spec.MariaDB
---@field name string
---@field user string? the account of url(); `spec` unless set
local Database = {}
Database.__index = Database

local created = 0

--- One that is there.
---@return spec.Database
function Server:database(name)
  return setmetatable({ server = self, name = name }, Database)
end

--- A fresh database.
---@return spec.Database
function Server:create()
  created = created + 1
  local name = "spec_" .. created
  self:sql(("CREATE DATABASE %s CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"):format(name))
  return self:database(name)
end

--- Its URL; options is what stands behind the question mark.  The account is `user`, a field of
--- the database, "spec" unless set.
function Database:url(options)
  return ("mariadb://%s@127.0.0.1:%d/%s%s"):format(self.user or "spec", self.server.port, self.name,
    options and "?" .. options or "")
end

function Database:sql(statement)
  return self.server:sql(statement, self.name)
end

return M
