--- Programs that specs start, each under spec/support/guard: nothing outlives the spec's host.
local lfs = require("lfs")
local random = require("host.random")
local socket = require("socket")

local M = {}

local PATIENCE_S = 120
local GUARD = lfs.currentdir() .. "/spec/support/guard"

--- One word for the shell.
function M.quoted(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

function M.read_file(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

--- Asks again every few milliseconds until check() answers.  nil when it never does: much later than
--- what is waited for may take on a machine that many others use too.
function M.wait_for(check)
  local until_then = socket.gettime() + PATIENCE_S
  repeat
    local found = check()
    if found then
      return found
    end
    socket.sleep(0.01)
  until socket.gettime() > until_then
  return nil
end

--- May this run mount something for itself alone?  In a root that is no mount point of its own it may not.
---@param how string the options of unshare
---@return boolean, string why not
function M.can_mount(how)
  local ok, why = pcall(M.output, ("unshare %s mount -t tmpfs tmpfs /mnt"):format(how))
  return ok, why
end

--- An empty folder, to be given to a guard that removes it.
function M.make_folder()
  local pipe = assert(io.popen("mktemp -d /tmp/timecapsule-spec.XXXXXX"))
  local folder = pipe:read("l")
  pipe:close()
  return assert(folder, "cannot make a folder under /tmp")
end

--- Starts a program whose log, pid and status appear in the folder.  Closing the pipe that is
--- returned kills it, if it still runs, and removes the folder.
---@param folder string
---@param words string[] NAME=VALUE…, the program, its arguments; none to guard the folder alone
function M.guard(folder, words)
  local all = { M.quoted(GUARD), M.quoted(folder) }
  for _, word in ipairs(words) do
    all[#all + 1] = M.quoted(word)
  end
  return assert(io.popen(table.concat(all, " "), "w"))
end

-- Pipes of folders that live as long as the host.
local leashes = {}

--- An empty folder that is removed when the host ends.
function M.folder()
  local folder = M.make_folder()
  leashes[#leashes + 1] = M.guard(folder, {})
  return folder
end

--- Runs a command of the shell; what it printed, or an error with that.
function M.output(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  return pipe:close() and text or error(command:match("%S+") .. ": " .. text, 2)
end

--- Before a command of the shell: it runs as an account that owns nothing here, where root asks.
M.AS_ANOTHER = M.output("id -u"):match("^0") and "setpriv --reuid 65534 --clear-groups" or ""

--- A port of the loopback that nobody listens on, below those that Linux gives to whoever connects.
function M.free_port()
  local port, listener, why
  repeat
    port = random.int(10000, 32767)
    listener, why = socket.bind("127.0.0.1", port)
    assert(listener or why == "address already in use", why)
  until listener
  listener:close()
  return port
end

return M
