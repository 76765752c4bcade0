--- Sealed sessions: what the browser keeps is not read, not changed, and ends.
local clock = require("host.clock")
local crypto = require("host.crypto")
local json = require("host.json")
local protect = require("web.protect")
local serving = require("web.serving")
local session = require("web.session")

local members = session.new({ name = "members", idle = 3600 })

--- A request with that cookie.
local function request(cookie, fields, headers)
  local req = { method = "POST", scheme = "https", form = fields or {} }
  function req.header(_, name)
    return headers and headers[name]
  end
  function req.cookie(_, name)
    return name == "members" and cookie or nil
  end
  return req
end

local function reply_of()
  return { headers = {} }
end

local function cookie_of(rep)
  return rep.headers["Set-Cookie"]:match("^members=([^;]*)")
end

--- A session's cookie, and its token.
local function begin(values)
  local req, rep = request(), reply_of()
  assert(members:begin(req, rep, values))
  return cookie_of(rep), members:csrf(req), rep
end

--- A cookie as the server would have sealed it so many seconds ago.
local function older(seconds)
  local key = assert(crypto.secret("session members"))
  local state = json.encode({ values = { member = 7 }, csrf = "x", used = clock.now() - seconds })
  return crypto.base64url(crypto.seal(key, state, "members"))
end

describe("a session", function()
  it("holds values for the requests that follow, in a cookie that says nothing", function()
    local cookie, _, rep = begin({ member = 7, name = "Ada" })
    assert.same({ member = 7, name = "Ada" }, members:open(request(cookie)))
    assert.truthy(rep.headers["Set-Cookie"]:find("; Path=/; SameSite=Strict; HttpOnly; Secure", 1, true))
    assert.is_nil(crypto.from_base64url(cookie):find("Ada", 1, true))
  end)

  it("is none where the cookie was changed, is another session's, or no cookie at all", function()
    local cookie = begin({ member = 7 })
    local last = cookie:sub(-2, -2) == "A" and "B" or "A"
    for _, wrong in ipairs({ cookie:sub(1, -3) .. last .. cookie:sub(-1), cookie:sub(1, 40), "", "x", "%", ("A"):rep(5000) }) do
      assert.is_nil(members:open(request(wrong)))
    end
    assert.is_nil(members:open(request()))
    local other = session.new({ name = "others" })
    local req = request(cookie)
    req.cookie = function()
      return cookie
    end
    assert.is_nil(other:open(req))
  end)

  it("ends when nobody has used it for so long, and lives on while somebody does", function()
    assert.same({ member = 7 }, members:open(request(older(3599))))
    assert.is_nil(members:open(request(older(3601))))
    local req, rep = request(older(1800)), reply_of()
    assert(members:open(req))
    members:keep(req, rep)
    assert.same({ member = 7 }, members:open(request(cookie_of(rep))))
    assert.equal(clock.now(), json.decode(crypto.open(crypto.secret("session members"),
      crypto.from_base64url(cookie_of(rep)), "members")).used)
    rep = reply_of()
    req = request(older(10))
    members:open(req)
    assert.is_nil(members:keep(req, rep).headers["Set-Cookie"])
  end)

  it("is finished in the browser", function()
    local req, rep = request(begin({ member = 7 })), reply_of()
    assert(members:open(req))
    members:finish(req, rep)
    assert.truthy(rep.headers["Set-Cookie"]:find("^members=; Path=/; Max%-Age=0"))
  end)

  it("has a token that what acts must carry, in its form or a header", function()
    local cookie, token = begin({ member = 7 })
    local hook = protect.hook(members)
    local say, say_admin = serving.install(function(_, status, _, kind)
      return status .. " " .. kind
    end)
    finally(function()
      serving.install(say, say_admin)
    end)
    assert.truthy(members:field(request(cookie)):find('name="csrf" value="' .. token .. '"', 1, true))
    assert.is_nil(hook(request(cookie, { csrf = token })))
    assert.is_nil(hook(request(cookie, {}, { ["X-CSRF-Token"] = token })))
    for _, fields in ipairs({ {}, { csrf = "" }, { csrf = token .. "x" }, { csrf = select(2, begin({ member = 7 })) } }) do
      assert.equal("403 stale", hook(request(cookie, fields)))
    end
    assert.equal("403 stale", hook(request(nil, { csrf = token })))
    local reading = request(nil)
    reading.method = "GET"
    assert.is_nil(hook(reading))
    assert.equal("", protect.field(reading))
  end)

  it("does not hold more than a cookie does", function()
    assert.error_matches(function()
      begin({ much = ("x"):rep(4000) })
    end, "the session 'members' holds too much")
  end)
end)
