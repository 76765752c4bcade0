--- A real mail server for `make soak`: Debian's Postfix, unpacked and not installed (installing it would replace the
--- machine's own), with a configuration of its own, delivering to mailboxes in a folder.
---
---     local mta = postfix.start({ "example.org", "xn--fsqu00a.example" })
---     mta:url()                         -- for --mail
---     mta:mails(2)                      -- waits until there are two, and returns their files
---     mta:stop()
---
--- Needs root, because Postfix gives its processes other users, and apt once, to fetch the package.
local process = require("spec.support.process")
local socket = require("socket")

local M = {}

local KEPT = "build/postfix"

--- How long a connection that says nothing is kept, in seconds.
local KEPT_S = 3

--- The folder of the unpacked package.
local function unpacked()
  local where = process.output("pwd"):gsub("\n$", "") .. "/" .. KEPT
  if not os.execute(("test -x %s/root/usr/lib/postfix/sbin/master"):format(where)) then
    process.output(("mkdir -p %s && cd %s && apt-get download -q postfix && dpkg -x postfix_*.deb root")
      :format(where, where))
  end
  return where .. "/root"
end

local MAIN = [[
compatibility_level = 3.6
queue_directory = @HOME@/queue
data_directory = @HOME@/state
meta_directory = @HOME@/config
command_directory = @ROOT@/usr/sbin
daemon_directory = @ROOT@/usr/lib/postfix/sbin
shlib_directory = @ROOT@/usr/lib/postfix
import_environment = MAIL_CONFIG LD_LIBRARY_PATH
export_environment = LD_LIBRARY_PATH
mail_owner = daemon
setgid_group = mail
default_privs = nobody
myhostname = mta.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = @DOMAINS@
virtual_mailbox_base = @HOME@/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
max_use = 1
smtpd_timeout = @KEPT@s
maillog_file = @HOME@/postfix.log
maillog_file_prefixes = @HOME@
]]

local MASTER = [[
127.0.0.1:@PORT@ inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
]]

local FOLDERS = [[cd '@HOME@' && chmod 755 . && mkdir config queue state mail && cd queue &&
for name in active bounce corrupt defer deferred flush hold incoming private saved trace; do
  mkdir -m 700 $name; chown daemon $name
done
mkdir -m 755 pid; mkdir -m 730 maildrop; mkdir -m 710 public; chown daemon:mail maildrop public
chown daemon ../state; chown nobody ../mail]]

---@class spec.Postfix
local Server = {}
Server.__index = Server

---@param domains string[] Whose mail it keeps, in ASCII.
---@return spec.Postfix
function M.start(domains)
  assert(process.output("id -u") == "0\n", "Postfix needs root")
  local home = process.make_folder()
  local self = setmetatable({ home = home, port = process.free_port() }, Server)
  local facts = { KEPT = tostring(KEPT_S), HOME = home,
    ROOT = unpacked(), PORT = tostring(self.port), DOMAINS = table.concat(domains, " ") }
  local function filled(text)
    return (text:gsub("@(%u+)@", facts))
  end
  process.output("sh -c " .. process.quoted(filled(FOLDERS)))
  for name, text in pairs({ main = MAIN, master = MASTER }) do
    local file = assert(io.open(("%s/config/%s.cf"):format(home, name), "wb"))
    file:write(filled(text))
    file:close()
  end
  -- In a session of its own: it ends its whole process group when it ends.
  self.leash = process.guard(home, { "LD_LIBRARY_PATH=" .. facts.ROOT .. "/usr/lib/postfix", "setsid",
    facts.ROOT .. "/usr/lib/postfix/sbin/master", "-d", "-c", home .. "/config" })
  assert(process.wait_for(function()
    return (process.read_file(home .. "/postfix.log") or ""):find("daemon started", 1, true)
  end), "Postfix did not start")
  return self
end

function Server:url()
  return ("smtp://127.0.0.1:%d"):format(self.port)
end

--- Refuses every sender from now on, or takes them again; it says so at RCPT, as Postfix does ("554 5.7.1 <…>: Sender
--- address rejected: Access denied").
---@param refuse boolean
function Server:refuse_senders(refuse)
  local path, version = self.home .. "/config/main.cf", "reload %-%- version"
  local _, before = self:log():gsub(version, "")
  local file = assert(io.open(path, "ab"))
  file:write("smtpd_sender_restrictions = ", refuse and "reject" or "", "\n")
  file:close()
  local master = (process.read_file(self.home .. "/queue/pid/master.pid") or ""):match("%d+")
  os.execute(("kill -HUP %s"):format(master))
  assert(process.wait_for(function()
    local _, now = self:log():gsub(version, "")
    return now > before
  end), "Postfix did not read its configuration again")
  socket.sleep(KEPT_S + 1) -- connections that are there still go by the old one
end

function Server:log()
  return process.read_file(self.home .. "/postfix.log") or ""
end

--- The files of that many mails, once they are there.
---@param count integer
---@return string[] paths
function Server:mails(count)
  local list
  assert(process.wait_for(function()
    list = {}
    for path in process.output(("find %s/mail -path '*/new/*' -type f"):format(self.home)):gmatch("[^\n]+") do
      list[#list + 1] = path
    end
    return #list >= count
  end), ("%d mails of %d\n%s"):format(#list, count, self:log()))
  return list
end

function Server:stop()
  if self.leash then
    local pid = (process.read_file(self.home .. "/queue/pid/master.pid") or ""):match("%d+")
    assert(pid, "Postfix has no pid")
    os.execute(("kill -TERM %s"):format(pid))
    process.wait_for(function()
      return process.read_file(self.home .. "/status")
    end)
    self.leash:close()
    self.leash = nil
  end
end

Server.__close = Server.stop

return M
