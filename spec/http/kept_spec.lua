--- An answer that is kept and sent again says what this visitor's says, and nothing of another's.
local files = require("spec.support.files")
local server = require("spec.support.server")

local ROUNDS = os.getenv("SOAK") and 100000 or 400
local WAITING = 40 -- answers of 30 KB that nobody takes: more than a system keeps for a socket, and than are kept

-- One page with two holes between texts that stand, and a header that may differ.
local SITE = [[
local clock = require("host.clock")
local STANDING = ("standing text "):rep(2200)

local function page(req)
  local who = req.query.who or ""
  return { status = 200, headers = { ["Content-Type"] = "text/plain", ["X-Who"] = req.query.head, ["Set-Cookie"] =
    req.query.cookie }, body = { "<", who, ">", STANDING, "<" .. who .. ">", STANDING, "end" } }
end

return function(app)
  app:get("site.page", "/page", page)
  app:get("site.slow", "/slow", function(req)
    clock.sleep(tonumber(req.query.seconds) or 0.4)
    return page(req)
  end)
end
]]

local STANDING = ("standing text "):rep(2200)

local function wanted(who)
  return ("<%s>%s<%s>%send"):format(who, STANDING, who, STANDING)
end

describe("an answer that is kept", function()
  local srv

  setup(function()
    srv = server.start({ args = { "--site", files.folder({ ["scripts/site.lua"] = SITE }), "--workers", "1",
      "--rate-limits", "off" } })
  end)
  teardown(function()
    srv:stop()
  end)

  local function expect(res, who, head)
    assert.equal(200, res.status)
    assert.is_true(res.body == wanted(who), "another's answer: " .. res.body:sub(1, 60))
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
      expect(conns[math.random(#conns)]:request({ path = path }), who, head)
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
    local first, conn = srv:get("/page?who=123"), srv:connect()
    local res = conn:request({ method = "HEAD", path = "/page?who=124" })
    assert.equal(first.headers["content-length"], res.headers["content-length"])
    expect(conn:request({ path = "/page?who=125" }), "125")
    conn:close()
  end)

  it("takes a cookie to nobody else", function()
    expect(srv:get("/page?who=1&cookie=mine"), "1")
    local res = srv:get("/page?who=2")
    expect(res, "2")
    assert.same({}, res.cookies)
  end)

  it("is as good when the server ends, and says that the connection does", function()
    local ending <close> = server.start({ args = { "--site", files.folder({ ["scripts/site.lua"] = SITE }), "--workers",
      "1" } })
    local conn = ending:connect()
    expect(conn:request({ path = "/slow?who=10" }), "10")
    conn:ask({ path = "/slow?who=11&seconds=3" }) -- the signal is to come before its answer
    os.execute("sleep 0.1")
    ending:kill("TERM")
    local res = conn:response()
    expect(res, "11")
    assert.equal("close", res.headers.connection)
    conn:close()
    assert.equal(0, ending:wait())
  end)
end)
