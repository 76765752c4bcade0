--- A server that runs spec/fixtures/limits_app, whose handlers are given with the request.
local host_app = require("spec.support.host_app")
local server = require("spec.support.server")

local M = {}

---@param args? string[] more options
---@param options? table others of server.start
---@return spec.Server
function M.start(args, options)
  return host_app.start(args, options, "limits_app")
end

--- Whether a script that calls nothing is interrupted.  ThreadSanitizer hands a signal out when the thread calls libc,
--- so what is about such scripts is left out there.
M.INTERRUPTS = not server.program():find("/tsan/", 1, true)

--- Runs Lua in a handler and returns the answer.
---@param srv spec.Site
---@param source string
function M.run(srv, source)
  return srv:post("/run", source, { ["Content-Type"] = "text/plain" })
end

--- Runs Lua in a handler that must end well; what it returned, as text.
function M.value(srv, source)
  return M.run(srv, source):expect({ status = 200 }).body
end

--- Runs Lua that must raise; what it raised.
function M.raised(srv, source)
  return M.value(srv, ("local _, why = pcall(function() %s\nend) return why"):format(source))
end

return M
