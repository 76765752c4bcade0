--- An answer that is kept and sent again says what this visitor's says, and nothing of another's.
local files = require("spec.support.files")
local server = require("spec.support.server")

local ROUNDS = os.getenv("SOAK") and 100000 or 400
local WAITING = 40 -- answers of 30 KB that nobody takes: more than a system keeps for a socket, and than are kept

-- One page with two holes between texts that stand, and headers that may differ.
local PAGE = [[
[<%= who %>]<%- string.rep("standing text ", 2200) %>[<%= who %>]<%- string.rep("standing text ", 2200) %>end
]]
local SITE = [[
local clock = require("host.clock")
local reply = require("web.reply")
local still = require("host.still")

local function page(req)
  local query = req.query
  return reply.html(req, "pages/kept", { who = query.who or "" }, { headers = { ["Content-Type"] = "text/plain",
    ["X-Who"] = query.head, ["Set-Cookie"] = query.cookie, ["ETag"] = query.tag, ["Cache-Control"] = query.store } })
end

-- A body whose mark holds something else than its texts.
local function forged()
  local mark = still.mark({ "text" })
  for key in pairs(mark) do
    if type(key) == "userdata" then
      mark[key] = still.NOTHING
    end
  end
  return { status = 200, headers = { ["Content-Type"] = "text/plain" }, body = setmetatable({ "mine" }, mark) }
end

return function(app)
  app:get("site.forged", "/forged", forged)
  app:get("site.page", "/page", page)
  app:get("site.slow", "/slow", function(req)
    clock.sleep(tonumber(req.query.seconds) or 0.4)
    return page(req)
  end)
end
]]

local function folder()
  return files.folder({ ["scripts/site.lua"] = SITE, ["templates/pages/kept.html"] = PAGE })
end

local GZIP = { ["Accept-Encoding"] = "gzip" }
local STANDING = ("standing text "):rep(2200)

local function wanted(who)
  return ("[%s]%s[%s]%send\n"):format(who, STANDING, who, STANDING)
end

describe("an answer that is kept", function()
  local srv

  setup(function()
    srv = server.start({ args = { "--site", folder(), "--workers", "1", "--rate-limits", "off" } })
  end)
  teardown(function()
    srv:stop()
  end)

  local function expect(res, who, head)
    assert.equal(200, res.status)
    assert.is_true(res:unpacked() == wanted(who), "another's answer: " .. res.body:sub(1, 60))
    assert.equal(head, res.headers["x-who"])
  end

  it("is each visitor's own, whatever the others ask for", function()
    local conns = {}
    for i = 1, 5 do
      conns[i] = srv:connect()
    end
    for _ = 1, ROUNDS do
      local who = tostring(math.random(10 ^ math.random(1, 4)))
      local head = math.random(3) == 1 and who or nil
      local path = ("/page?who=%s%s"):format(who, head and "&head=" .. head or "")
      local headers = math.random(2) == 1 and GZIP or nil
      expect(conns[math.random(#conns)]:request({ path = path, headers = headers }), who, head)
    end
    for _, conn in ipairs(conns) do
      conn:close()
    end
  end)

  it("is not changed while it is on its way to somebody who takes it slowly", function()
    local slow = srv:connect()
    for i = 100, 99 + WAITING do
      slow:ask({ path = "/page?who=" .. i })
    end
    for i = 500, 599 do
      expect(srv:get("/page?who=" .. i), tostring(i))
    end
    for i = 100, 99 + WAITING do
      expect(slow:response(), tostring(i))
    end
    slow:close()
  end)

  it("has no body for HEAD, and its length", function()
    local conn = srv:connect()
    for _, headers in ipairs({ {}, GZIP }) do
      local first = srv:get("/page?who=123", headers)
      local res = conn:request({ method = "HEAD", path = "/page?who=124", headers = headers })
      assert.same(first.headers, res.headers)
      assert.equal("", res.body)
      expect(conn:request({ path = "/page?who=125", headers = headers }), "125")
    end
    conn:close()
  end)

  it("takes a cookie to nobody else", function()
    expect(srv:get("/page?who=1&cookie=mine"), "1")
    local res = srv:get("/page?who=2")
    expect(res, "2")
    assert.same({}, res.cookies)
  end)

  it("is gzip for who takes it, kept or not, and says that it depends on that", function()
    local cases = { { nil, false }, { "gzip", true }, { "br, gzip;q=0.1", true }, { "*", true }, { "gzip;q=0", false },
      { "identity", false }, { "gzip;q=0, *", false } }
    for _, query in ipairs({ "", "&store=no-store", "&cookie=mine" }) do
      for _, case in ipairs(cases) do
        local res = srv:get("/page?who=1" .. query, { ["Accept-Encoding"] = case[1] })
        expect(res, "1")
        assert.equal(case[2] and "gzip" or nil, res.headers["content-encoding"], tostring(case[1]) .. query)
        assert.equal("Accept-Language, Cookie, Accept-Encoding", res.headers.vary)
        assert.equal(tostring(#res.body), res.headers["content-length"])
        assert.equal(case[2], #res.body < 1000)
      end
    end
    local res = srv:get("/page?who=1&tag=x", GZIP) -- the tag is that of one form
    assert.equal("Accept-Language, Cookie", res.headers.vary)
    assert.is_nil(res.headers["content-encoding"])
  end)

  it("never takes what a visitor sent to the compressor, so that a length says nothing of it", function()
    for _, query in ipairs({ "", "&store=no-store" }) do
      local lengths = {}
      for _, who in ipairs({ ("standing text "):rep(50), ("x"):rep(700), ("0123456"):rep(100), ("[who]\u{E9}"):rep(100) }) do
        local escaped = who:gsub("[^%w]", function(byte)
          return ("%%%02X"):format(byte:byte())
        end)
        local res = srv:get("/page?who=" .. escaped .. query, GZIP)
        expect(res, who)
        local _, times = res.body:gsub(who:gsub("%p", "%%%0"), "")
        assert.equal(2, times)
        lengths[#who] = lengths[#who] or #res.body
        assert.equal(lengths[#who], #res.body)
      end
    end
  end)

  it("is no matter where a script marks a body with what is no text", function()
    local res = srv:get("/forged", GZIP)
    assert.equal(200, res.status)
    assert.equal("mine", res.body)
  end)

  it("is of its generation", function()
    expect(srv:get("/page?who=1", GZIP), "1")
    assert.is_true((srv:control("reload")))
    expect(srv:get("/page?who=2", GZIP), "2")
  end)

  it("is as good when the server ends, and says that the connection does", function()
    local ending <close> = server.start({ args = { "--site", folder(), "--workers", "1" } })
    local conn = ending:connect()
    expect(conn:request({ path = "/slow?who=10" }), "10")
    conn:ask({ path = "/slow?who=11&seconds=3", headers = GZIP }) -- the signal is to come before its answer
    os.execute("sleep 0.1")
    ending:kill("TERM")
    local res = conn:response()
    expect(res, "11")
    assert.equal("close", res.headers.connection)
    assert.equal("gzip", res.headers["content-encoding"])
    conn:close()
    assert.equal(0, ending:wait())
  end)
end)
