--- The manager's end of sd_notify: a socket on which a server says how it is.
local process = require("spec.support.process")
local server = require("spec.support.server")
local unix = require("socket.unix")

local M = {}

---@class spec.Notify
---@field env table<string, string> what the server is started with
local Notify = {}
Notify.__index = Notify

--- Closing it ends it.
---@return spec.Notify
function M.listen()
  local folder = server.folder()
  local socket = assert(unix.dgram())
  assert(socket:bind(folder .. "/notify"))
  socket:settimeout(0)
  return setmetatable({ socket = socket, env = { NOTIFY_SOCKET = folder .. "/notify" } }, Notify)
end

--- All that was said and not heard yet.
function Notify:hear()
  local heard = {}
  for text in function() return self.socket:receive() end do
    heard[#heard + 1] = text
  end
  return heard
end

--- Waits for what begins with these words, and returns it.
function Notify:waits(words)
  local text
  assert(process.wait_for(function()
    text = self.socket:receive()
    return text and text:sub(1, #words) == words
  end), words .. " was not said")
  return text
end

Notify.__close = function(self)
  self.socket:close()
end

return M
