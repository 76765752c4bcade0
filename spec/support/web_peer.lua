--- Starts the web server of web_peer.py, which answers as wrongly as it is asked to, and a server of
--- spec/fixtures/fetch_app that fetches from it.
---
---     local peer = web_peer.start()
---     local srv = web_peer.app({ "--fetch-allow", "127.0.0.0/8" })
---     local out = web_peer.fetch(srv, { url = peer:url("/length?100") })
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local M = {}

local PYTHON = io.open("/usr/bin/python3") and "/usr/bin/python3" or "python3"
local PROGRAM = lfs.currentdir() .. "/spec/support/web_peer.py"

---@class spec.Peer
local Peer = {}
Peer.__index = Peer

--- names are those of its certificate; without them it speaks no TLS.
---@param options { address?: string, names?: string[] }?
---@return spec.Peer
function M.start(options)
  options = options or {}
  local folder = process.make_folder()
  local peer = setmetatable({ folder = folder, address = options.address or "127.0.0.1" }, Peer)
  local words = { PYTHON, PROGRAM, folder, "--address", peer.address }
  if options.names then
    local cert, key = smtp.certificate(folder, options.names)
    peer.cert = cert
    table.move({ "--cert", cert, "--key", key }, 1, 4, #words + 1, words)
  end
  peer.leash = process.guard(folder, words)
  peer.port = tonumber(process.wait_for(function()
    return process.read_file(folder .. "/port") or process.read_file(folder .. "/status")
  end))
  assert(process.read_file(folder .. "/port"), "the web server did not start: "
    .. tostring(process.read_file(folder .. "/log")))
  return peer
end

function Peer:url(path, host)
  return ("%s://%s:%d%s"):format(self.cert and "https" or "http", host or self.address, self.port, path)
end

--- How often a line of that beginning has happened.
---@param count integer? Waits until it is so many.
function Peer:count(beginning, count)
  local seen
  process.wait_for(function()
    seen = 0
    for line in (process.read_file(self.folder .. "/events") or ""):gmatch("[^\n]+") do
      seen = seen + (line:sub(1, #beginning) == beginning and 1 or 0)
    end
    return seen == (count or seen)
  end)
  return seen
end

function Peer:stop()
  if self.leash then
    self.leash:close()
    self.leash = nil
  end
end

Peer.__close = Peer.stop

--- A server of spec/fixtures/fetch_app.
---@return spec.Server
function M.app(args, options)
  local all = { "--app", "spec/fixtures/fetch_app", "--workers", "1" }
  options = options or {}
  options.args = table.move(args or {}, 1, #(args or {}), #all + 1, all)
  return server.start(options)
end

--- Fetches through the application: { got = … } or { message=, kind= } or { raised = }.
function M.fetch(srv, what)
  return srv:json("/fetch", what):expect({ status = 200 }):json()
end

return M
