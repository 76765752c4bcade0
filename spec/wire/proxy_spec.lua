-- Who the client is: the peer, or the right-most hop that no trusted proxy is, and only from those.
local host_app = require("spec.support.host_app")
local http = require("spec.support.http")
local server = require("spec.support.server")
local wire = require("spec.support.wire")

--- Asks /client with those headers; it answers `scheme ip client`.
local function expect_client(srv, headers, said)
  wire.play(srv, [[
    > GET /client HTTP/1.1
    > Host: a
    >> ${headers}
    > Connection: close
    >
    < HTTP/1.1 200 OK
    <= ${said}
    <EOF
  ]], { headers = headers, said = said })
end

describe("behind proxies that were named", function()
  local srv, socket_path

  setup(function()
    socket_path = server.folder() .. "/http.sock"
    srv = host_app.start({ "--trusted-proxy", "127.0.0.0/8,10.0.0.0/8", "--trusted-proxy", "fd00::/8",
      "--trusted-proxy", "unix:", "--listen", "127.0.0.1:0", "--listen", "unix:" .. socket_path })
  end)
  teardown(function()
    srv:stop()
  end)

  for _, case in ipairs({
    { "nothing is told: all of those are one", "", "http 127.0.0.1 127.0.0.1" },
    { "one hop", "X-Forwarded-For: 203.0.113.7\r\n", "http 203.0.113.7 203.0.113.7" },
    { "hops that the client made up", "X-Forwarded-For: 192.0.2.66, 203.0.113.7\r\n",
      "http 203.0.113.7 203.0.113.7" },
    { "two proxies", "X-Forwarded-For: 192.0.2.66, 203.0.113.7, 10.1.2.3\r\n",
      "http 203.0.113.7 203.0.113.7" },
    { "IPv6 counts by 64 bits", "X-Forwarded-For: 2001:db8:1:2:3::4, fd00::1\r\n",
      "http 2001:db8:1:2:3::4 2001:db8:1:2::" },
    { "X-Real-IP, which nobody has named, and a scheme",
      "X-Real-IP: 192.0.2.66\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n",
      "https 203.0.113.7 203.0.113.7" },
    { "Forwarded", 'Forwarded: for=192.0.2.66, for="[2001:db8::7]:80";proto=https\r\n',
      "https 2001:db8::7 2001:db8::" },
    { "what is no address", "X-Forwarded-For: unknown\r\n", "http 127.0.0.1 127.0.0.1" },
  }) do
    it("believes them: " .. case[1], function()
      expect_client(srv, case[2], case[3])
    end)
  end

  it("believes who is on the Unix socket", function()
    local local_site = { connect = function()
      return http.connect({ path = socket_path })
    end }
    expect_client(local_site, "", "http  unix:")
    expect_client(local_site, "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n",
      "https 203.0.113.7 203.0.113.7")
  end)

  it("counts who sends headers that contradict each other, by whom they came from", function()
    local local_site = { connect = function()
      return http.connect({ path = socket_path })
    end }
    for _, headers in ipairs({ "X-Forwarded-For: 203.0.113.7\r\nForwarded: for=192.0.2.66\r\n",
      "Forwarded: for=203.0.113.7\r\nX-Forwarded-For: 192.0.2.67\r\n" }) do
      expect_client(srv, headers, "http 127.0.0.1 127.0.0.1")
      expect_client(local_site, headers, "http  unix:")
    end
  end)
end)

describe("the original's proxy", function()
  it("tells the client by X-Real-IP, where that was said", function()
    local srv = host_app.start({ "--trusted-proxy", "127.0.0.1", "--client-header", "x-real-ip" })
    finally(function() srv:stop() end)
    expect_client(srv, "X-Real-IP: 203.0.113.7\r\nREMOTE-HOST: 203.0.113.7\r\n"
      .. "X-Forwarded-For: 192.0.2.66, 203.0.113.8\r\n", "http 203.0.113.7 203.0.113.7")
    expect_client(srv, "X-Forwarded-For: 203.0.113.7\r\n", "http 127.0.0.1 127.0.0.1")
  end)
end)

describe("the admin listener", function()
  it("answers to addresses, to localhost and to names that were given", function()
    local srv = host_app.start({ "--admin-host", "admin.example,other.example", "--limit-body", "2KiB" })
    finally(function() srv:stop() end)
    for host, status in pairs({ ["127.0.0.1:8081"] = 404, ["[::1]:80"] = 404, LOCALHOST = 404, ["a.localhost:1"] = 404,
      ["Admin.Example:8081"] = 404, ["other.example"] = 404, ["evil.example"] = 421, ["localhost.evil.example"] = 421,
      ["notlocalhost"] = 421, ["127.0.0.1.evil.example"] = 421 }) do
      assert.equal(status, srv.admin:get("/none", { Host = host }).status, host)
    end
    srv:get("/hello", { Host = "evil.example" }):expect({ status = 200 })
    srv:post("/echo", ("x"):rep(2048)):expect({ status = 200 })
    srv:post("/echo", ("x"):rep(2049)):expect({ status = 413 })
  end)
end)

describe("where no proxy was named", function()
  it("believes nobody", function()
    local srv <close> = host_app.start()
    expect_client(srv, "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
      .. "X-Real-IP: 203.0.113.7\r\nForwarded: for=203.0.113.7;proto=https\r\n", "http 127.0.0.1 nil")
  end)
end)

describe("the scheme that a proxy tells", function()
  it("makes cookies Secure", function()
    local srv <close> = server.start({ args = { "--trusted-proxy", "127.0.0.1" } })
    for scheme, secure in pairs({ https = true, http = false }) do
      local res = srv:get("/?lang=en", { ["X-Forwarded-For"] = "203.0.113.7", ["X-Forwarded-Proto"] = scheme })
      assert.equal(secure, res:expect({ status = 200 }).cookies[1]:find("; Secure", 1, true) ~= nil)
    end
  end)
end)

describe("an address", function()
  it("has so many connections and no more, unless it is a proxy's", function()
    local srv <close> = host_app.start({ "--connections-per-client", "2", "--trusted-proxy", "192.0.2.1" })
    local first, second = srv:connect(), srv:connect()
    first:request({ path = "/hello" }):expect({ status = 200 })
    second:request({ path = "/hello" }):expect({ status = 200 })
    wire.play(srv, [[
      < HTTP/1.1 429 Too Many Requests
      < Connection: close
      < Retry-After: *
      <EOF
    ]])
    first:request({ path = "/hello" }):expect({ status = 200 })
    second:close()
    local served
    for _ = 1, 200 do -- until the server has seen that end
      local again = srv:connect()
      again:ask({ path = "/hello" })
      local answer = again:response()
      again:close()
      served = answer and answer.status == 200
      if served then break end
    end
    assert.is_true(served)
    first:close()
    assert.truthy(srv:log():find('refused status=429 why="a connection of an address that has too many"', 1, true),
      srv:log())
  end)
end)
