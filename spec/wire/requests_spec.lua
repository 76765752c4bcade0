-- Messages that are in order are answered as HTTP/1.1 and HTTP/1.0 want it, in their order.
local host_app = require("spec.support.host_app")
local socket = require("socket")
local wire = require("spec.support.wire")

describe("a request", function()
  local srv

  setup(function()
    srv = host_app.start()
  end)
  teardown(function()
    srv:stop()
  end)

  for _, case in ipairs({
    { "leaves its connection open for the next", [[
      > GET /hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      < Content-Length: 5
      < Date: *
      <! Connection
      <! Transfer-Encoding
      <= hello
      > GET /echo HTTP/1.1
      > Host: a
      > Connection: close
      >
      < HTTP/1.1 200 OK
      < Connection: close
      <~ GET\n/echo\n/echo\n
      <EOF
    ]] },
    { "may follow others before they are answered: pipelining", [[
      >> GET /sleep?s=0.05 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc
      >> GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n
      < HTTP/1.1 200 OK
      <= slept
      < HTTP/1.1 200 OK
      <= POST\n/echo\n/echo\nabc
      < HTTP/1.1 200 OK
      <= hello
      # What follows `Connection: close` is not looked at.
      <EOF
    ]] },
    { "of HTTP/1.0 ends its connection", [[
      > GET /hello HTTP/1.0
      >
      < HTTP/1.1 200 OK
      < Connection: close
      <! Transfer-Encoding
      <= hello
      <EOF
    ]] },
    { "of HTTP/1.0 keeps it when it asks to", [[
      > GET /hello HTTP/1.0
      > Connection: keep-alive
      >
      < HTTP/1.1 200 OK
      < Connection: Keep-Alive
      < Content-Length: 5
      <= hello
      > GET /hello HTTP/1.0
      >
      < HTTP/1.1 200 OK
      <EOF
    ]] },
    { "may have its body in chunks, with trailers", [[
      > POST /echo HTTP/1.1
      > Host: a
      > Transfer-Encoding: Chunked
      >
      > 3
      > abc
      > 00a
      > 0123456789
      > 0
      > X-Trailer: GET /hello HTTP/1.1
      > Content-Length: 100
      >
      < HTTP/1.1 200 OK
      <= POST\n/echo\n/echo\nabc0123456789
      > GET /hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      <= hello
    ]] },
    { "may name its host in the target, which then stands for Host", [[
      > GET http://proxied:81/header?name=host HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      <= proxied:81
      > POST HTTPS://[::1]/echo?x HTTP/1.1
      > Host: a
      > Content-Length: 1
      >
      > b
      < HTTP/1.1 200 OK
      <= POST\n/echo?x\n/echo\nb
      > GET http://b?x HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 404 Not Found
      > GET http://b/header?name=host HTTP/1.0
      >
      < HTTP/1.1 200 OK
      <= b
      <EOF
    ]] },
    { "of HTTP/1.2 is served as one of HTTP/1.1", [[
      > GET /hello HTTP/1.2
      > Host: a
      >
      < HTTP/1.1 200 OK
      <= hello
      > GET /hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
    ]] },
    { "may have a list in several lines", [[
      > GET /header?name=accept-language HTTP/1.1
      > Host: a
      > Accept-Language: fr
      > X: y
      > accept-language: zh
      >
      < HTTP/1.1 200 OK
      <= fr, zh
      > GET /header?name=Forwarded HTTP/1.1
      > Host: a
      > Forwarded: for=192.0.2.1
      > Forwarded:
      > Forwarded: for=192.0.2.2;proto=https
      >
      < HTTP/1.1 200 OK
      <= for=192.0.2.1, for=192.0.2.2;proto=https
      > GET /cookies HTTP/1.1
      > Host: a
      > Cookie: a=1
      > Cookie: b=2
      >
      < HTTP/1.1 200 OK
      <= 12
      # A header that is no list has its first line.
      > GET /header?name=content-type HTTP/1.1
      > Host: a
      > Content-Type: a/b
      > Content-Type: c/d
      >
      < HTTP/1.1 200 OK
      <= a/b
    ]] },
    { "may have a field several times", [[
      > POST /all?name=x&x=3 HTTP/1.1
      > Host: a
      > Content-Type: application/x-www-form-urlencoded
      > Content-Length: 11
      >
      >> x=1&y=0&x=2
      < HTTP/1.1 200 OK
      <= 1 2 3|2
      > GET /all?name=x&x=1&x=2 HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      <= 1 2|2
      > GET /all?name=none HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      <= |
    ]] },
    { "may have empty parts, and files of one name", [[
      > POST /all?name=f HTTP/1.1
      > Host: a
      > Content-Type: multipart/form-data; boundary=B
      > Content-Length: 242
      >
      > --B
      > Content-Disposition: form-data; name="f"
      >
      > --B
      > Content-Disposition: form-data; name="f"; filename="a\\"b"
      >
      > one
      > --B
      > Content-Disposition: form-data; name="f"; filename="n"
      >
      > --B
      > Content-Disposition: form-data; name="f"
      >
      > 1
      > --B--
      < HTTP/1.1 200 OK
      <=  1 file:one file:|1
    ]] },
    { "may wait with its body until it is told to go on", [[
      > POST /echo HTTP/1.1
      > Host: a
      > Content-Length: 3
      > Expect: 100-continue
      >
      < HTTP/1.1 100 Continue
      > abc
      < HTTP/1.1 200 OK
      <= POST\n/echo\n/echo\nabc
    ]] },
    { "that waits with too large a body is refused instead", [[
      > POST /echo HTTP/1.1
      > Host: a
      > Content-Length: 2000000
      > Expect: 100-continue
      >
      < HTTP/1.1 413 Content Too Large
      < Connection: close
      <EOF
    ]] },
    { "may come after empty lines, as old clients send them", [[
      >
      > GET /hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
    ]] },
    { "keeps its target as it was sent", [[
      > GET /echo%2fa%20b?x=%zz&%41 HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 400 Bad Request
      > GET /none/../%2e%2e/hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 404 Not Found
      <SILENCE
    ]] },
    { "by HEAD has the answer of GET without its body", [[
      > HEAD /hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      < Content-Length: 5
      < Content-Type: text/plain
      <=
      > GET /hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      < Content-Length: 5
      < Content-Type: text/plain
      <= hello
    ]] },
    { "by a method that nobody serves is answered 501", [[
      > BREW /pot HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 501 Not Implemented
      < Connection: close
      <EOF
    ]] },
    { "by OPTIONS may ask about the server as a whole", [[
      > OPTIONS * HTTP/1.1
      > Host: a
      >
      # What it is answered is the application's; that of this spec has nothing to say.
      < HTTP/1.1 404 Not Found
    ]] },
  }) do
    it(case[1], function()
      wire.play(srv, case[2])
    end)
  end

  it("whose client half-closes while it waits is given up, as of one that is gone", function()
    local before = tonumber(srv:get("/closed?name=sleep").body)
    for _, how in ipairs({ ">EOF", ">RST" }) do
      wire.play(srv, "> GET /sleep?s=30 HTTP/1.1\n> Host: a\n>\n<SILENCE\n" .. how)
    end
    assert.equal(before + 2, host_app.closed(srv, "sleep", before + 2))
  end)

  it("that is complete is answered although its client has half-closed, if it need not wait", function()
    wire.play(srv, [[
      >> GET /hello HTTP/1.1\r\nHost: a\r\n\r\n
      >EOF
      < HTTP/1.1 200 OK
      <= hello
    ]])
  end)

  it("does not wait for others of its worker that do", function()
    local slow = srv:connect()
    slow:ask({ path = "/sleep?s=1" })
    local began = socket.gettime()
    srv:get("/hello"):expect({ status = 200, body = "hello" })
    local took = socket.gettime() - began
    assert(slow:response()):expect({ status = 200, body = "slept" })
    assert.is_true(took < socket.gettime() - began)
    slow:close()
  end)
end)
