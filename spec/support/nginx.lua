--- A real nginx (spec/support/nginx finds or fetches it) in front of a server.
local http = require("spec.support.http")
local process = require("spec.support.process")

local M = {}

local CONF = [[
daemon off;
master_process off;
pid FOLDER/nginx.pid;
error_log FOLDER/nginx.log;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
HTTP
}
]]

local SERVER = [[
    server {
        listen 127.0.0.1:PORT;
LINES
    }
]]

local function filled(text, values)
  return (text:gsub("%f[%w]%u+%f[^%w]", values))
end

--- Nil where none is to be had.
---@return string? path
function M.program()
  local pipe = assert(io.popen("spec/support/nginx 2>/dev/null"))
  local program = pipe:read("l")
  return pipe:close() and program or nil
end

--- Starts one with these lines of its `http` block, and waits until it answers on that port of 127.0.0.1; closing what
--- is returned ends it.
---@param program string
---@param port integer
---@param lines string
function M.serve(program, port, lines)
  local folder = process.make_folder()
  local file = assert(io.open(folder .. "/nginx.conf", "wb"))
  file:write(filled(CONF, { FOLDER = folder, HTTP = lines }))
  file:close()
  local leash = process.guard(folder, { program, "-c", folder .. "/nginx.conf" })
  assert(process.wait_for(function()
    local good, conn = pcall(http.connect, { host = "127.0.0.1", port = port })
    return good and (conn:close() or true)
  end), "nginx does not answer")
  return leash
end

--- Starts one in front of a server.
---@param program string
---@param port integer
---@param lines string of its `server` block; ADDRESS stands for the server's
---@param srv spec.Server that it hands requests to
function M.start(program, port, lines, srv)
  lines = filled(lines, { ADDRESS = srv.url:match("//([^/]+)") })
  return M.serve(program, port, filled(SERVER, { PORT = port, LINES = lines }))
end

return M
