--- Behind a real nginx with the lines that the original's file had: a port beside Host, X-Real-IP and REMOTE-HOST, and no
--- X-Forwarded-Proto.  With two options the file stands as it is.
local host_app = require("spec.support.host_app")
local http = require("spec.support.http")
local process = require("spec.support.process")

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
        location / {
            proxy_pass http://ADDRESS;
            proxy_set_header Host $host:$server_port;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header REMOTE-HOST $remote_addr;
        }
    }
}
]]

local function nginx_program()
  local pipe = assert(io.popen("spec/support/nginx 2>/dev/null"))
  local program = pipe:read("l")
  return pipe:close() and program or nil
end

describe("the original's nginx file", function()
  local program = nginx_program()
  local srv, leash, port

  lazy_setup(function()
    if not program then
      return
    end
    port = process.free_port()
    srv = host_app.start({ "--trusted-proxy", "127.0.0.2", "--client-header", "x-real-ip", "--listen", "127.0.0.1:0" })
    local folder = process.make_folder()
    local file = assert(io.open(folder .. "/nginx.conf", "wb"))
    local conf = CONF:gsub("FOLDER", folder):gsub("PORT", port):gsub("ADDRESS", srv.url:match("//([^/]+)"))
    file:write((conf:gsub("proxy_pass", "proxy_bind 127.0.0.2; proxy_pass")))
    file:close()
    leash = process.guard(folder, { program, "-c", folder .. "/nginx.conf" })
    assert.is_truthy(process.wait_for(function()
      local good, conn = pcall(http.connect, { host = "127.0.0.1", port = port })
      return good and (conn:close() or true)
    end))
  end)
  lazy_teardown(function()
    if program then
      leash:close()
      srv:stop()
    end
  end)

  local function ask(path, headers)
    return http.request({ host = "127.0.0.1", port = port }, { method = "GET", path = path, headers = headers })
  end

  it("tells the client, whatever that one says of itself", function()
    if not program then
      return pending("no nginx is to be had")
    end
    assert.equal("http 127.0.0.1 127.0.0.1", ask("/client").body)
    assert.equal("http 127.0.0.1 127.0.0.1", ask("/client", { ["X-Real-IP"] = "192.0.2.66",
      ["REMOTE-HOST"] = "192.0.2.66", ["X-Forwarded-For"] = "192.0.2.66" }).body)
  end)

  it("hands its host on with the port", function()
    if program then
      assert.equal("127.0.0.1:" .. port, ask("/header?name=host").body)
    end
  end)
end)
