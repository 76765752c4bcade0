--- The JSON API.
local capsules = require("spec.support.capsules")
local http = require("spec.support.http")
local server = require("spec.support.server")

local PUT, OPEN = "/api/v1/capsules", "/api/v1/capsules/open"

describe("the API", function()
  local srv

  setup(function()
    srv = server.start()
  end)
  before_each(function()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  local function body(changes)
    local made = { name = "Alice", opens_at = "2030-06-01T12:00:00Z", content = "words" }
    for name, value in pairs(changes or {}) do
      made[name] = value or nil
    end
    return made
  end

  local function put(changes, headers)
    return srv:json(PUT, body(changes), headers):expect({ status = 201 }):json()
  end

  local function problem(res, status)
    res:expect({
      status = status,
      header = { ["content-type"] = "application/problem+json", ["cache-control"] = "no-store" },
    })
    local found = res:json()
    assert.equal(status, found.status)
    assert.is_string(found.title)
    assert.is_string(found.detail)
    return found
  end

  it("puts and opens a capsule", function()
    local res = srv:json(PUT, body({ tips = "patience!" })):expect({
      status = 201,
      header = { ["content-type"] = "application/json", ["cache-control"] = "no-store" },
    })
    local made = res:json()
    assert.matches("^%w+$", made.key)
    assert.equal(16, #made.key)
    assert.equal("2030-06-01T12:00:00Z", made.opens_at)
    res:expect_body('"url":null')

    local early = problem(srv:json(OPEN, { key = made.key }):expect_no_body("words", "Alice"), 403)
    assert.equal("2030-06-01T12:00:00Z", early.opens_at)
    assert.equal("patience!", early.tips)

    srv:set_clock("2030-06-01T12:00:00Z")
    local open = srv:json(OPEN, { key = capsules.groups(made.key) }):expect({
      status = 200,
      header = { ["content-type"] = "application/json", ["cache-control"] = "no-store" },
    })
    local found = open:json()
    assert.equal("Alice", found.name)
    assert.equal("words", found.content)
    assert.equal("2030-06-01T12:00:00Z", found.opens_at)
    assert.matches("^2030%-01%-01T00:00:%d%dZ$", found.created_at)
    srv:post("/open", { key = made.key }):expect({ status = 200 }):expect_body("words")
  end)

  it("says whom it is for where somebody said so", function()
    local key, other = put({ to = "Bob" }).key, put().key
    srv:set_clock("2030-07-01T00:00:00Z")
    assert.equal("Bob", srv:json(OPEN, { key = key }):json().to)
    assert.is_nil(srv:json(OPEN, { key = other }):json().to)
    srv:set_clock(capsules.NOW)
  end)

  it("has a default note in the reader's language", function()
    local key = put().key
    local english = problem(srv:json(OPEN, { key = key }), 403)
    assert.matches("^Its time has not come", english.tips)
    local chinese = problem(srv:json(OPEN, { key = key }, { ["Accept-Language"] = "zh-CN" }), 403)
    assert.matches("时候还没有到", chinese.tips)
  end)

  it("leaves text untouched", function()
    local text = "a\r\nb\rc\n \u{feff}胶囊 🎁 </script>\u{2028}"
    local key = put({ content = text, name = " A " }).key
    srv:set_clock("2030-07-01T00:00:00Z")
    local found = srv:json(OPEN, { key = key }):json()
    assert.equal(text, found.content)
    assert.equal(" A ", found.name)
  end)

  it("takes RFC 3339 and unix seconds, and answers UTC", function()
    local cases = {
      { "2030-06-01T20:00:00+08:00", "2030-06-01T12:00:00Z" },
      { "2030-06-01T12:00:00.000Z", "2030-06-01T12:00:00Z" },
      { "2030-06-01T12:00:00.2Z", "2030-06-01T12:00:01Z" },
      { 1906545600, "2030-06-01T12:00:00Z" },
      { 4102444740, "2099-12-31T23:59:00Z" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], put({ opens_at = case[1] }).opens_at)
    end
  end)

  it("says per member what is wrong", function()
    local cases = {
      { { name = false }, "name" },
      { { name = ("n"):rep(51) }, "name" },
      { { name = 5 }, "name" },
      { { to = ("n"):rep(51) }, "to" },
      { { to = "a\nb" }, "to" },
      { { content = "" }, "content" },
      { { content = ("c"):rep(5001) }, "content" },
      { { content = "a\0b" }, "content" },
      { { tips = ("t"):rep(1001) }, "tips" },
      { { email = "nobody" }, "email" },
      { { opens_at = false }, "opens_at" },
      { { opens_at = "2030-06-01 12:00" }, "opens_at" },
      { { opens_at = "2029-12-31T23:59:59Z" }, "opens_at" },
      { { opens_at = 1 }, "opens_at" },
      { { opens_at = 1e18 }, "opens_at" },
      { { mail = "a@example.org" }, "mail" },
      { { mail_key = "no" }, "mail_key" },
    }
    for _, case in ipairs(cases) do
      local found = problem(srv:json(PUT, body(case[1])), 422)
      assert.is_string(found.errors[case[2]], case[2])
    end
    local all = problem(srv:json(PUT, {}), 422).errors
    assert.is_string(all.name)
    assert.is_string(all.content)
    assert.is_string(all.opens_at)
    problem(srv:json(OPEN, {}), 422)
    problem(srv:json(OPEN, { key = 5 }), 422)
  end)

  it("takes JSON objects only", function()
    for _, text in ipairs({ "", "{", "[1]", "[]", '"x"', "5", "null", '{"name":"\xff"}', "{}x" }) do
      problem(srv:json(PUT, text), 400)
    end
    for _, kind in ipairs({ "text/plain", "application/x-www-form-urlencoded", "" }) do
      local text = '{"name":"A"}'
      problem(srv:post(PUT, text, { ["Content-Type"] = kind }), 415)
    end
    local headers = { ["Content-Type"] = "Application/JSON; charset=utf-8" }
    srv:post(PUT, '{"name":"A","content":"c","opens_at":1906545600}', headers)
      :expect({ status = 201 })
  end)

  it("answers the same for every key that opens nothing", function()
    local expected, length
    for _, key in ipairs({ "0123456789abcdef", "short", "!!!!!!!!!!!!!!!!", ("a"):rep(500), "" }) do
      local res = srv:json(OPEN, { key = key })
      local found = problem(res, 404)
      found.request_id = nil
      expected = expected or found
      assert.same(expected, found)
      assert.equal(length or #res.body, #res.body)
      length = #res.body
    end
  end)

  it("repeats by Idempotency-Key", function()
    local headers = { ["Idempotency-Key"] = "order-17" }
    local first = put(nil, headers)
    assert.equal(first.key, put(nil, headers).key)
    assert.not_equal(first.key, put({ content = "other" }, headers).key)
    assert.not_equal(first.key, put(nil, { ["Idempotency-Key"] = "order-18" }).key)
    assert.not_equal(put().key, put().key)
    srv:set_clock("2030-07-01T00:00:00Z")
    assert.equal(first.key, put(nil, headers).key)
    for _, wrong in ipairs({ ("x"):rep(256), "two words", "\u{e9}" }) do
      problem(srv:json(PUT, body({ opens_at = 1e10 }), { ["Idempotency-Key"] = wrong }), 400)
    end
  end)

  it("answers errors of the way as problems too", function()
    problem(srv:get(PUT):expect({ header = { allow = "POST, OPTIONS" } }), 405)
    problem(srv:get("/api/v1/nothing"), 404)
    srv:request({ method = "OPTIONS", path = PUT })
      :expect({ status = 204, header = { allow = "POST, OPTIONS" } })
    local large = '{"content":"' .. ("a"):rep(1100000) .. '"}'
    problem(srv:json(PUT, large), 413)
  end)

  it("links where the server has a public address", function()
    local public <close> = server.start({ args = { "--public-url", "https://capsule.example" } })
    public:set_clock(capsules.NOW)
    local made = public:json(PUT, body()):json()
    assert.equal("https://capsule.example/open#" .. made.key, made.url)
  end)

  it("is spoken by pages too, to those who like JSON better", function()
    local res = http.request(srv.address, {
      method = "GET",
      path = "/nothing",
      headers = { Accept = "application/json" },
    })
    problem(res, 404)
  end)
end)
