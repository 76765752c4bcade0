--- host.http.fetch against servers of the loopback, good ones and bad ones.
local cjson = require("cjson")
local process = require("spec.support.process")
local web_peer = require("spec.support.web_peer")

local peer, srv

--- Asks the application for it on a connection of its own, and does not wait.
local function begin(app, what)
  local conn, body = app:connect(), cjson.encode(what)
  conn:send(("POST /fetch HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
  return conn
end

local function fetch(what)
  return web_peer.fetch(srv, what)
end

describe("fetching", function()
  lazy_setup(function()
    peer = web_peer.start()
    srv = web_peer.app({ "--fetch-allow", "127.0.0.1", "--limit-time", "60s" })
  end)
  lazy_teardown(function()
    srv:stop()
    peer:stop()
  end)

  it("asks by GET and has status, headers, body and address of what answered", function()
    local out = fetch({ url = peer:url("/echo") })
    assert.is_truthy(out.got, out.message)
    assert.equal(200, out.got.status)
    assert.equal("application/json", out.got.headers["content-type"])
    assert.equal(peer:url("/echo"), out.got.url)
    assert.truthy(out.got.body:find('"method": "GET"', 1, true))
  end)

  it("sends a method, headers and bytes", function()
    for _, method in ipairs({ "POST", "PUT", "PATCH", "DELETE" }) do
      local out = fetch({ url = peer:url("/echo"), method = method, body = '{"a":1}',
        headers = { ["Content-Type"] = "application/json", ["X-Empty"] = "" } })
      local seen = cjson.decode(out.got.body)
      assert.equal(method, seen.method)
      assert.equal('{"a":1}', seen.body)
      assert.equal("application/json", seen.headers["content-type"])
      assert.equal("", seen.headers["x-empty"])
      assert.equal("timecapsule", seen.headers["user-agent"])
      assert.is_nil(seen.headers.expect)
    end
  end)

  it("says of a body how long it is, also of none, and what it is where it was told", function()
    for _, method in ipairs({ "POST", "PUT", "PATCH" }) do
      local seen = cjson.decode(fetch({ url = peer:url("/echo"), method = method }).got.body)
      assert.equal("0", seen.headers["content-length"])
      seen = cjson.decode(fetch({ url = peer:url("/echo"), method = method, body = "x" }).got.body)
      assert.equal("1", seen.headers["content-length"])
      assert.is_nil(seen.headers["content-type"])
    end
  end)

  it("asks by HEAD for no body", function()
    local out = fetch({ url = peer:url("/length?0"), method = "HEAD" })
    assert.equal(200, out.got.status)
    assert.equal("", out.got.body)
  end)

  it("hands an error's answer over as it is", function()
    local out = fetch({ url = peer:url("/redirect?404&x") })
    assert.equal(404, out.got.status)
    assert.equal("moved", out.got.body)
  end)

  it("joins headers of one name", function()
    local out = fetch({ url = peer:url("/twice") })
    assert.equal("one, two", out.got.headers["x-word"])
    assert.equal("", out.got.headers["x-empty"])
  end)

  it("keeps its connections", function()
    fetch({ url = peer:url("/length?5") })
    local before = peer:count("connect")
    for _ = 1, 5 do
      fetch({ url = peer:url("/length?5") })
    end
    assert.equal(before, peer:count("connect"))
  end)

  it("follows redirects, but no more than it may", function()
    local function chain(count)
      local url = peer:url("/length?7")
      for _ = 1, count do
        url = peer:url("/redirect?302&" .. url:gsub("[?&%%]", function(c)
          return ("%%%02X"):format(c:byte())
        end))
      end
      return url
    end
    local out = fetch({ url = chain(3) })
    assert.equal("xxxxxxx", out.got.body)
    assert.equal(peer:url("/length?7"), out.got.url)
    out = fetch({ url = chain(4) })
    assert.equal("limit", out.kind)
    assert.equal(302, fetch({ url = chain(1), redirects = 0 }).got.status)
    assert.equal(302, fetch({ url = chain(1), method = "DELETE" }).got.status)
  end)

  it("follows none to anything but http and https", function()
    for _, url in ipairs({ "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:1/x", "dict://127.0.0.1/",
      "smtp://127.0.0.1/", "telnet://127.0.0.1/" }) do
      local out = fetch({ url = peer:url("/redirect?302&" .. url) })
      assert.is_nil(out.got, url)
      assert.equal("io", out.kind, url)
    end
  end)

  it("ends an answer that is too long, as it comes", function()
    assert.equal(1000, #fetch({ url = peer:url("/length?1000"), max = 1000 }).got.body)
    for _, path in ipairs({ "/length?1001", "/endless", "/endless_redirect?" .. peer:url("/length?1") }) do
      local gone = peer:count("gone")
      local out = fetch({ url = peer:url(path), max = 1000 })
      assert.equal("limit", out.kind, path)
      assert.truthy(out.message:find("1000 bytes", 1, true))
      if path:find("endless") then
        assert.equal(gone + 1, peer:count("gone", gone + 1))
      end
    end
    assert.equal("limit", fetch({ url = peer:url("/head?90") }).kind)
    assert.equal(200, fetch({ url = peer:url("/head?50") }).got.status)
  end)

  it("ends one that takes too long, with its connection", function()
    for _, path in ipairs({ "/silent", "/drip" }) do
      local gone = peer:count("gone")
      local out = fetch({ url = peer:url(path), timeout = 0.3 })
      assert.equal("timeout", out.kind)
      assert.truthy(out.message:find("0.3 seconds", 1, true))
      assert.equal(gone + 1, peer:count("gone", gone + 1))
    end
  end)

  it("tells what is no answer, nobody there, and what is no URL", function()
    assert.equal("io", fetch({ url = peer:url("/garbage") }).kind)
    assert.equal("io", fetch({ url = "http://127.0.0.1:1/" }).kind)
    assert.equal("io", fetch({ url = "http://nobody.invalid/" }).kind)
    for _, url in ipairs({ "http://", "http://a b/", "http://[::1/", "http://127.0.0.1:99999/", "http://u:p@127.0.0.1/",
      "http://127.0.0.1/\r\nX: y" }) do
      local out = fetch({ url = url })
      assert.is_nil(out.got, url)
      assert.equal("input", out.kind, url .. " " .. tostring(out.message))
    end
  end)

  it("has so many under way for one task, and no more", function()
    local what = { url = peer:url("/drip"), timeout = 0.5, max = 1000 }
    local outcomes = srv:json("/many", { count = 12, what = what }):expect({ status = 200 }):json()
    assert.same({ timeout = 8, limit = 4 }, outcomes)
  end)

  it("is ended by the client's going, unless it writes", function()
    local held <close> = web_peer.start()
    local key = held.folder .. "/key"
    for i, method in ipairs({ "GET", "POST" }) do
      local before = srv:get("/seen"):json()
      local conn = begin(srv, { url = held:url("/hold?" .. key), method = method, timeout = 60 })
      assert.equal(1, held:count(method, 1))
      conn:close()
      if method == "POST" then
        assert(io.open(key, "w")):close()
      else
        assert.equal(i, held:count("gone", i))
      end
      process.wait_for(function()
        return srv:get("/seen"):json().closed == before.closed + 1
      end)
      assert.equal(before.fetched + (method == "POST" and 1 or 0), srv:get("/seen"):json().fetched)
    end
  end)
end)

describe("a fetch whose server stops", function()
  it("is ended with what runs", function()
    local slow <close> = web_peer.start()
    local app <close> = web_peer.app({ "--fetch-allow", "127.0.0.1", "--limit-time", "500ms" },
      { env = { TIMECAPSULE_STOP_MS = "100" } })
    local conn = begin(app, { url = slow:url("/silent"), timeout = 60 })
    assert.equal(1, slow:count("GET /silent", 1))
    app:kill("TERM")
    assert.equal(0, app:wait())
    app:expect_clean()
    assert.equal(1, slow:count("gone", 1))
    conn:close()
  end)
end)

describe("addresses that are not public", function()
  it("are refused whatever they are called, and whoever leads there", function()
    local inner <close> = web_peer.start({ address = "127.0.0.1" })
    local outer <close> = web_peer.start({ address = "127.0.0.2" })
    local app <close> = web_peer.app({ "--fetch-allow", "127.0.0.2" })
    for _, host in ipairs({ "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]",
      "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fe80::1]", "[fd00::1]", "10.0.0.1",
      "192.168.1.1", "172.31.255.255", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255" }) do
      for _, url in ipairs({ inner:url("/echo", host), outer:url("/redirect?302&" .. inner:url("/echo", host)) }) do
        local out = web_peer.fetch(app, { url = url })
        assert.is_nil(out.got, url)
        assert.equal("policy", out.kind, url .. " " .. tostring(out.message))
        assert.truthy(out.message:find("--fetch-allow", 1, true))
      end
    end
    assert.equal(0, inner:count("connect"))
    assert.equal(200, web_peer.fetch(app, { url = outer:url("/echo") }).got.status)
  end)

  it("are refused where a name means another address from one moment to the next", function()
    local can, why = process.can_mount("-rm")
    if not can then
      pending("this run may not mount a file system: " .. why)
      return
    end
    local folder = process.folder()
    local hosts, program = folder .. "/hosts", folder .. "/program"
    local file = assert(io.open(hosts, "w"))
    file:write("127.0.0.2 rebind.example\n")
    file:close()
    file = assert(io.open(program, "w"))
    file:write('#!/bin/sh\nexec unshare -rm sh -c \'mount --bind "$0" /etc/hosts && exec "$@"\' ', hosts, " ",
      require("spec.support.server").program(), ' "$@"\n')
    file:close()
    process.output("chmod +x " .. program)

    local inner <close> = web_peer.start({ address = "127.0.0.1" })
    local outer <close> = web_peer.start({ address = "127.0.0.2" })
    local app <close> = web_peer.app({ "--fetch-allow", "127.0.0.2" }, { program = program })
    assert.equal(200, web_peer.fetch(app, { url = outer:url("/echo", "rebind.example") }).got.status)
    local out = web_peer.fetch(app, { url = outer:url(("/rebind?%s&127.0.0.1 rebind.example&%s"):format(hosts,
      inner:url("/echo", "rebind.example")):gsub(" ", "%%20"), "rebind.example") })
    assert.is_nil(out.got)
    assert.equal("policy", out.kind)
    assert.truthy(out.message:find("127.0.0.1 is no address of the public Internet", 1, true))
    assert.equal(0, inner:count("connect"))
  end)
end)

describe("fetching by TLS", function()
  it("takes a certificate that is trusted and names the server, and no other", function()
    local good <close> = web_peer.start({ names = { "IP:127.0.0.1" } })
    local other <close> = web_peer.start({ names = { "DNS:other.example" } })
    local app <close> = web_peer.app({ "--fetch-allow", "127.0.0.1", "--fetch-ca", good.cert })
    local out = web_peer.fetch(app, { url = good:url("/echo") })
    assert.is_truthy(out.got, out.message)
    assert.equal("io", web_peer.fetch(app, { url = other:url("/echo") }).kind)

    local named <close> = web_peer.app({ "--fetch-allow", "127.0.0.1", "--fetch-ca", other.cert })
    out = web_peer.fetch(named, { url = other:url("/echo") })
    assert.equal("io", out.kind)
    local strange <close> = web_peer.app({ "--fetch-allow", "127.0.0.1" })
    out = web_peer.fetch(strange, { url = good:url("/echo") })
    assert.equal("io", out.kind)
    assert.truthy(out.message:find("certificate", 1, true), out.message)
    assert.equal(1, good:count("GET"))
    assert.equal(0, other:count("GET"))
  end)

  it("follows no redirect that leaves TLS", function()
    local open <close> = web_peer.start()
    local closed <close> = web_peer.start({ names = { "IP:127.0.0.1" } })
    local app <close> = web_peer.app({ "--fetch-allow", "127.0.0.1", "--fetch-ca", closed.cert })
    assert.equal("io", web_peer.fetch(app, { url = closed:url("/redirect?302&" .. open:url("/echo")) }).kind)
    assert.equal(200, web_peer.fetch(app, { url = open:url("/redirect?302&" .. closed:url("/echo")) }).got.status)
    assert.equal(0, open:count("GET /echo"))
  end)
end)
