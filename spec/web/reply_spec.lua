local accept = require("web.accept")
local cookie = require("web.cookie")
local statuses = require("web.status")
local json = require("host.json")
local reply = require("web.reply")

local function request(path, header)
  return { path = path, header = function()
    return header
  end }
end

describe("a reply", function()
  it("has headers of its own", function()
    assert.not_equal(reply.text("a").headers, reply.text("b").headers)
  end)

  it("has a status, a type and headers that were asked for", function()
    local rep = reply.json({ a = 1 }, 201, { Location = "/x" })
    assert.equal(201, rep.status)
    assert.equal("application/json", rep.headers["Content-Type"])
    assert.equal("/x", rep.headers["Location"])
    assert.same({ a = 1 }, json.decode(rep.body))
  end)

  it("has each header once, whatever the case of its name", function()
    local rep = reply.text("x", 200, { ["content-type"] = "text/csv", ["cache-control"] = "public", ["x-own"] = "1",
      ["SET-COOKIE"] = "a=b" })
    assert.equal("text/csv", rep.headers["Content-Type"])
    assert.equal("1", rep.headers["x-own"])
    assert.is_nil(rep.headers["content-type"])
    rep.headers["cache-Control"] = "public"
    assert.equal("no-store", reply.no_store(rep).headers["Cache-Control"])
    assert.is_nil(rep.headers["cache-Control"])
    assert.same({ "a=b", "c=d; Path=/; SameSite=Lax; HttpOnly" }, reply.set_cookie(rep, "c", "d").headers["Set-Cookie"])
  end)

  it("is a problem as RFC 9457 has it", function()
    local rep = reply.problem(422, { detail = "no", errors = { name = "missing" }, headers = { ["Retry-After"] = "1" } })
    assert.equal(422, rep.status)
    assert.equal("application/problem+json", rep.headers["Content-Type"])
    assert.equal("1", rep.headers["Retry-After"])
    assert.same({ type = "about:blank", title = "Unprocessable Content", status = 422, detail = "no",
      errors = { name = "missing" } }, json.decode(rep.body))
  end)

  it("is a file", function()
    local rep = reply.file("static/favicon.ico", { ["Cache-Control"] = "public" })
    assert.equal("static/favicon.ico", rep.file)
    assert.equal("public", rep.headers["Cache-Control"])
  end)

  it("leads to paths of this site only", function()
    assert.equal("/put", reply.redirect("/put").headers["Location"])
    assert.equal(303, reply.redirect("/put").status)
    for _, url in ipairs({ "", "put", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y", "\\\\e" }) do
      assert.has_error(function()
        reply.redirect(url)
      end, nil)
    end
  end)

  it("keeps all cookies that are set", function()
    local rep = reply.text("")
    reply.set_cookie(rep, "a", "1")
    assert.equal("a=1; Path=/; SameSite=Lax; HttpOnly", rep.headers["Set-Cookie"])
    reply.set_cookie(rep, "b", "2", { max_age = 60, secure = true, http_only = false, same_site = "Strict" })
    reply.set_cookie(rep, "c", "", { path = "/x" })
    assert.same({ "a=1; Path=/; SameSite=Lax; HttpOnly", "b=2; Path=/; Max-Age=60; SameSite=Strict; Secure",
      "c=; Path=/x; SameSite=Lax; HttpOnly" }, rep.headers["Set-Cookie"])
  end)
end)

describe("a cookie", function()
  local wrong = {
    { "", "1" }, { "a b", "1" }, { "a=", "1" }, { "a", "x;y" }, { "a", "x,y" }, { "a", "x y" }, { "a", 'x"' },
    { "a", "x\\" }, { "a", "x\r\n" }, { "a", "x\0" }, { "a", "é" }, { "a", 1 },
    { "a", "1", { path = "x" } }, { "a", "1", { path = "/;" } }, { "a", "1", { same_site = "lax" } },
  }
  for _, case in ipairs(wrong) do
    it(("cannot be %q=%q"):format(case[1], case[2]), function()
      assert.is_false((pcall(cookie.format, case[1], case[2], case[3])))
    end)
  end

  it("may have every character that RFC 6265 allows", function()
    local value = "!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~"
    assert.equal("a=" .. value, cookie.format("a", value):match("^[^;]+"))
  end)
end)

describe("wants_json", function()
  local cases = {
    { "/api/v1/capsules", "text/html", true },
    { "/api/v1/capsules", nil, true },
    { "/put", nil, false },
    { "/put", "*/*", false },
    { "/put", "application/json", true },
    { "/put", "application/problem+json", true },
    { "/put", "text/html,application/xhtml+xml,*/*;q=0.8", false },
    { "/put", "application/json;q=0.5, text/html", false },
    { "/put", "text/html;q=0.5, application/json", true },
    { "/apiary", "*/*", false },
  }
  for _, case in ipairs(cases) do
    it(("is %s for %s with %s"):format(tostring(case[3]), case[1], tostring(case[2])), function()
      assert.equal(case[3], reply.wants_json(request(case[1], case[2])))
    end)
  end
end)

describe("accept.parse", function()
  it("sorts by weight, then by place", function()
    local values = {}
    for i, item in ipairs(accept.parse("a;q=0.1, B ; q=0.9,c,d;x=1,e;q=0,f;q=abc")) do
      values[i] = item.value
    end
    assert.same({ "c", "d", "b", "a" }, values)
  end)

  it("reads no more of a hostile header than it must", function()
    assert.equal(32, #accept.parse(("x,"):rep(10000)))
  end)
end)

describe("errors", function()
  local cases = { io = 503, timeout = 503, limit = 503, conflict = 409, state = 409, input = 422, missing = 404,
    forbidden = 403, policy = 503 }
  for kind, status in pairs(cases) do
    it(("makes %d of %s"):format(status, kind), function()
      assert.equal(status, (statuses.of(kind)))
    end)
  end

  it("knows no other kind, and takes a failure without one for ours", function()
    assert.is_nil((statuses.of("nonsense")))
    assert.equal(500, (statuses.of(nil)))
    assert.equal("auth, conflict, forbidden, input, io, limit, missing, permanent, policy, state, temporary, timeout",
      statuses.kinds())
  end)

  it("says when to come back only where that helps", function()
    assert.equal(5, select(2, statuses.of("io")))
    assert.is_nil(select(2, statuses.of("input")))
    assert.equal(60, statuses.retry_after(429))
    assert.is_nil(statuses.retry_after(500))
  end)
end)
