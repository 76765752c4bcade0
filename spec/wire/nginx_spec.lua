--- Behind a real nginx with the lines that the original's file had: a port beside Host, X-Real-IP and REMOTE-HOST, and no
--- X-Forwarded-Proto.  With two options the file stands as it is.
local host_app = require("spec.support.host_app")
local http = require("spec.support.http")
local nginx = require("spec.support.nginx")
local process = require("spec.support.process")

local LINES = [[
        location / {
            proxy_bind 127.0.0.2; # the spec's
            proxy_pass http://ADDRESS;
            proxy_set_header Host $host:$server_port;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header REMOTE-HOST $remote_addr;
        }
]]

describe("the original's nginx file", function()
  local program = nginx.program()
  local srv, leash, port

  lazy_setup(function()
    if not program then
      return
    end
    port = process.free_port()
    srv = host_app.start({ "--trusted-proxy", "127.0.0.2", "--client-header", "x-real-ip" })
    leash = nginx.start(program, port, LINES, srv)
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
    if not program then
      return pending("no nginx is to be had")
    end
    assert.equal("127.0.0.1:" .. port, ask("/header?name=host").body)
  end)
end)
