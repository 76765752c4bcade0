-- Every listener answers alike: IPv4, IPv6, all addresses, a Unix socket, however many.
local host_app = require("spec.support.host_app")
local http = require("spec.support.http")
local lfs = require("lfs")
local server = require("spec.support.server")
local wire = require("spec.support.wire")

--- "http://[::1]:8080" as spec.support.http wants it.
local function address_of(url)
  local host, port = url:match("^http://%[?([^%]/]-)%]?:(%d+)$")
  return host and { host = host, port = tonumber(port) } or { path = url:match("^unix:(.+)$") }
end

--- The site behind an address, for wire.play.
local function at(address)
  return { connect = function()
    return http.connect(address)
  end }
end

local function has_ipv6()
  local file = io.open("/proc/net/if_inet6")
  local line = file and file:read("l")
  if file then
    file:close()
  end
  return line ~= nil
end

describe("listeners", function()
  it("answer alike, and tell the client's address", function()
    local path = server.folder() .. "/http.sock"
    local args = { "--workers", "2", "--listen", "127.0.0.1:0,:0", "--listen", "unix:" .. path }
    if has_ipv6() then
      table.move({ "--listen", "[::1]:0" }, 1, 2, #args + 1, args)
    end
    local srv <close> = host_app.start(args)
    local seen = {}
    for who, url in srv:log():gmatch("\n(%a* ?)listening on (%S+)") do
      local address = address_of(url)
      if who == "" then
        local ip = address.path and "" or address.host
        if ip == "::" or ip == "0.0.0.0" then -- all addresses: the client is IPv4 when it comes so
          address.host, ip = "127.0.0.1", "127.0.0.1"
        end
        for _ = 1, 3 do
          wire.play(at(address), [[
            > GET /client HTTP/1.1
            > Host: a
            > Connection: close
            >
            < HTTP/1.1 200 OK
            <= http ${ip} nil
            <EOF
          ]], { ip = ip })
        end
        seen[#seen + 1] = url
      end
    end
    assert.equal(has_ipv6() and 4 or 3, #seen, srv:log())
    assert.equal("rw-rw----", lfs.attributes(path, "permissions"))
    srv:stop()
    assert.is_nil(lfs.attributes(path, "mode"))
  end)

  it("are one of each family where a name has both", function()
    if not has_ipv6() then
      pending("this machine has no IPv6")
      return
    end
    local srv <close> = host_app.start({ "--listen", "localhost:0" })
    local port = tonumber(srv:log():match("\nlistening on http://localhost:(%d+)"))
    for _, host in ipairs({ "127.0.0.1", "::1" }) do
      wire.play(at({ host = host, port = port }), [[
        > GET /client HTTP/1.1
        > Host: localhost
        > Connection: close
        >
        < HTTP/1.1 200 OK
        <= http ${ip} nil
      ]], { ip = host })
    end
  end)
end)
