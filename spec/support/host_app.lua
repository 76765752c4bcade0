--- A server that runs spec/fixtures/host_app: for specs of the host itself, without the
--- application.
local process = require("spec.support.process")
local server = require("spec.support.server")

local M = {}

---@param args? string[] more options
---@param options? table others of server.start
---@param app? string another application of spec/fixtures
---@return spec.Server
function M.start(args, options, app)
  local all, given = { "--app", "spec/fixtures/" .. (app or "host_app"), "--workers", "1" }, {}
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  given.args = table.move(args or {}, 1, #(args or {}), #all + 1, all)
  return server.start(given)
end

--- How often the value traced under that name was closed.
---@param count integer? Waits until it is so many.
function M.closed(srv, name, count)
  local seen
  process.wait_for(function()
    seen = tonumber(srv:get("/closed?name=" .. name).body)
    return seen == (count or seen)
  end)
  return seen
end

return M
