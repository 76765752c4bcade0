--- A real nginx (spec/support/nginx finds or fetches it) in front of a server.
local http = require("spec.support.http")
local process = require("spec.support.process")

local M = {}

local CONF = [[
daemon off;
master_process off;
pid FOLDER/nginx.pid;
error_log FOLDER/nginx.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    server {
        listen 127.0.0.1:PORT;
SERVER
    }
}
]]

--- Nil where none is to be had.
---@return string? path
function M.program()
  local pipe = assert(io.popen("spec/support/nginx 2>/dev/null"))
  local program = pipe:read("l")
  return pipe:close() and program or nil
end

--- Starts one on a port of 127.0.0.1 and waits until it answers; closing what is returned ends it.
---@param program string
---@param port integer
---@param lines string of its `server` block; ADDRESS stands for the server's
---@param srv spec.Server that it hands requests to
function M.start(program, port, lines, srv)
  local folder = process.make_folder()
  local file = assert(io.open(folder .. "/nginx.conf", "wb"))
  local values = { FOLDER = folder, PORT = port, SERVER = lines:gsub("ADDRESS", (srv.url:match("//([^/]+)"))) }
  file:write((CONF:gsub("%f[%w]%u+%f[^%w]", values)))
  file:close()
  local leash = process.guard(folder, { program, "-c", folder .. "/nginx.conf" })
  assert(process.wait_for(function()
    local good, conn = pcall(http.connect, { host = "127.0.0.1", port = port })
    return good and (conn:close() or true)
  end), "nginx does not answer")
  return leash
end

return M
