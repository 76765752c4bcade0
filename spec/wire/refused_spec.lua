-- A message that others may read differently is refused, its connection ends, and nothing behind it is served.
local host_app = require("spec.support.host_app")
local process = require("spec.support.process")
local wire = require("spec.support.wire")

local function post(headers, body)
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" .. headers .. "\r\n\r\n" .. (body or "")
end

local function get(headers)
  return "GET /hello HTTP/1.1\r\nHost: a\r\n" .. headers .. "\r\n\r\n"
end

local function line(text)
  return text .. "\r\nHost: a\r\n\r\n"
end

--- By what they claim to be; each list has the statuses that may be told.  silent: libmicrohttpd may close over one
--- that is not the first on its connection without a word.
local CLAIMS = {
  { "where a body ends is said twice, or in a way that nobody knows", { 400 }, {
    post("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"),
    post("Content-Length: 3\r\nContent-Length: 3", "abc"),
    post("Content-Length: 3\r\nContent-Length: 40", "abc"),
    post("Content-Length: 3, 3", "abc"),
    post("Content-Length: +3", "abc"),
    post("Content-Length: -3", "abc"),
    post("Content-Length: 0x3", "abc"),
    post("Content-Length: 3 4", "abc"),
    post("Content-Length:", "abc"),
    post("Transfer-Encoding: xchunked", "0\r\n\r\n"),
    post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
    post("Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
    post("Transfer-Encoding: identity", "abc"),
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    post("Transfer-Encoding: \11chunked", "0\r\n\r\n"),
    "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  } },
  { "a header hides another, or its own name or end", { 400 }, {
    post("Content-Length : 3", "abc"),
    post("Transfer-Encoding\t: chunked", "0\r\n\r\n"),
    post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
    post("X: a\r\n Content-Length: 3", "abc"),
    get("X: a\r\n\tfolded"),
    get(" X: a"),
    get("X: a\rContent-Length: 3"),
    get("X: a\nY: b"),
    get("X: a\0b"),
    get("X\0Y: a"),
    get("X: \1"),
    get("X: \127"),
    get("X Y: a"),
    get("X(: a"),
    get(": a"),
    get("no colon"),
  } },
  { "lines end in less than CR LF", { 400 }, {
    "GET /hello HTTP/1.1\nHost: a\n\n",
    "GET /hello HTTP/1.1\r\nHost: a\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a\r\n\n",
  } },
  { "it is not clear whose it is", { 400 }, {
    get("Host: a"),
    get("Host: b"),
    get("hOST: b"),
    "GET /hello HTTP/1.1\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: user@host\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a b/c\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a:b\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: [::1\r\n\r\n",
    'GET /hello HTTP/1.1\r\nHost: a<b>"\r\n\r\n',
    "GET /hello HTTP/1.1\r\nHost: \xe4\xbd\xa0\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost:\r\n\r\n",
    "GET /hello HTTP/1.0\r\nHost: a b\r\n\r\n",
  } },
  { "the request line is another than ours", { 400, 501, 505 }, silent = true, {
    line("G(T /hello HTTP/1.1"),
    line("get /hello HTTP/1.1"),
    line("TRACE /hello HTTP/1.1"),
    line("CONNECT a:80 HTTP/1.1"),
    line(("A"):rep(500) .. " /hello HTTP/1.1"),
    line("GET /hello HTTP/1.10"),
    line("GET /hello HTTP/2.0"),
    line("GET /hello HTTP/0.9"),
    line("GET /hello HTTP/1.1 "),
    line("GET  /hello HTTP/1.1"),
    line("GET\t/hello HTTP/1.1"),
    line("GET /hel lo HTTP/1.1"),
    line("GET hello HTTP/1.1"),
    line("GET * HTTP/1.1"),
    line("GET http:/hello HTTP/1.1"),
    line("GET http:///hello HTTP/1.1"),
    line("GET http://user@a/hello HTTP/1.1"),
    line("GET ftp://a/hello HTTP/1.1"),
    line("GET /hello#a HTTP/1.1"),
    line("GET /hello?\xe4\xbd\xa0 HTTP/1.1"),
    line('GET /hello?<a>"b" HTTP/1.1'),
    line("GET /hello?{a|b} HTTP/1.1"),
    line("GET /hello\\..\\a^b HTTP/1.1"),
    line("GET //a\0/hello HTTP/1.1"),
    line("GET /hello\7 HTTP/1.1"),
    line("GET /hello?a\0b HTTP/1.1"),
    "GET /hello\r\n",
    "\22\3\1\2\0\1\0\1\252\3\3\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  } },
  { "a chunk is not what it says", { 400, 413 }, {
    post("Transfer-Encoding: chunked", "x\r\nabc\r\n0\r\n\r\n"),
    post("Transfer-Encoding: chunked", "-3\r\nabc\r\n0\r\n\r\n"),
    post("Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n"),
    post("Transfer-Encoding: chunked", "3\r\nabcd\r\n0\r\n\r\n"),
    post("Transfer-Encoding: chunked", "ffffffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    post("Transfer-Encoding: chunked", "0;extension\r\n"),
  } },
  { "it is too large: 413, 414 or 431", { 413, 414, 431 }, {
    post("Content-Length: 99999999999", "abc"),
    post("Content-Length: 99999999999999999999999", "abc"),
    line("GET /" .. ("a"):rep(9000) .. " HTTP/1.1"),
    line("GET /" .. ("a"):rep(100000) .. " HTTP/1.1"),
    get("X: " .. ("a"):rep(9000)),
    get("X: " .. ("a"):rep(100000)),
    get(("X: a\r\n"):rep(1000) .. "Y: b"),
    get("Cookie: " .. ("a=b; "):rep(1000)),
  } },
}

describe("a message is refused where", function()
  local srv

  setup(function()
    srv = host_app.start()
  end)
  teardown(function()
    srv:stop()
  end)

  --- Refusals that the log has told of, by libmicrohttpd or by us.
  local function count_told()
    return select(2, srv:log():gsub(" refused status=", ""))
  end

  --- Sends all messages of a claim; each that has an answer is told of.
  local function refuse_all(claim, kept)
    local told, answered = count_told(), 0
    for _, bytes in ipairs(claim[3]) do
      answered = answered + (wire.refused(srv, bytes, claim[2], kept) and 1 or 0)
    end
    assert.is_true(process.wait_for(function()
      return count_told() >= told + answered
    end), ("%d were told of, %d had an answer"):format(count_told() - told, answered))
    srv:get("/hello"):expect({ status = 200 })
    return answered
  end

  for _, claim in ipairs(CLAIMS) do
    it(claim[1], function()
      assert.equal(#claim[3], refuse_all(claim))
    end)

    it(claim[1] .. ", behind another on its connection", function()
      refuse_all(claim, { silent = claim.silent })
    end)
  end

  it("others wait on half a message, and they are served then", function()
    local heads, bodies, idle = {}, {}, {}
    for i = 1, 40 do
      heads[i], bodies[i], idle[i] = srv:connect(), srv:connect(), srv:connect()
      bodies[i]:send(post("Transfer-Encoding: chunked", "3\r\nab"))
      idle[i]:send(get("X: y"))
      idle[i]:response("GET"):expect({ status = 200 })
      heads[i]:send("GET /hello HTTP/1.1\r\nHost")
    end
    for _, claim in ipairs(CLAIMS) do
      local conn = srv:connect()
      conn:send(claim[3][#claim[3]] .. wire.SMUGGLED)
      assert.falsy((conn:rest() or ""):find("HTTP/1.1 200", 1, true))
      conn:close()
    end
    for i = 1, 40 do
      heads[i]:send(": a\r\n\r\n")
      heads[i]:response("GET"):expect({ status = 200 })
      bodies[i]:send("c\r\n0\r\n\r\n")
      bodies[i]:response("POST"):expect({ status = 200 })
      idle[i]:send(get("X: y"))
      idle[i]:response("GET"):expect({ status = 200 })
      heads[i]:close()
      bodies[i]:close()
      idle[i]:close()
    end
  end)
end)
