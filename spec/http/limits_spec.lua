--- What one client may ask for in a minute: capsules, keys, and requests to the API.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local NOW, NEXT_MINUTE = capsules.NOW, "2030-01-01T00:01:00Z"
local LIMITS = { "--trusted-proxy", "127.0.0.1", "--set", "puts_per_minute=2", "--set", "opens_per_minute=3",
  "--set", "requests_per_minute=4" }

--- Headers of a request from that address, as a proxy adds it.
local function from(address)
  return { ["X-Forwarded-For"] = address }
end

local function put(srv, address)
  return srv:post("/put", capsules.form(), from(address))
end

local function ask_api(srv, address)
  return srv:json("/api/v1/capsules/open", { key = "0000000000000000" }, from(address))
end

local function expect_too_often(res, kind)
  res:expect({ status = 429, header = { ["content-type"] = kind, ["cache-control"] = "no-store" } })
  local wait = tonumber(res.headers["retry-after"])
  assert.is_true(wait and wait >= 1 and wait <= 60, res.headers["retry-after"])
end

describe("a server that is one of two", function()
  it("lets a client have its half of what all together let it, and never nothing", function()
    local srv <close> = server.start({ args = { "--trusted-proxy", "127.0.0.1", "--set", "nodes=2",
      "--set", "puts_per_minute=5", "--set", "opens_per_minute=1" } })
    srv:set_clock(NOW)
    put(srv, "203.0.113.1"):expect({ status = 200 })
    put(srv, "203.0.113.1"):expect({ status = 200 })
    put(srv, "203.0.113.1"):expect({ status = 429 })
    ask_api(srv, "203.0.113.1"):expect({ status = 404 })
    ask_api(srv, "203.0.113.1"):expect({ status = 429 })
  end)
end)

describe("limits of a client", function()
  local srv

  setup(function()
    srv = server.start({ args = LIMITS })
  end)
  before_each(function()
    srv:set_clock(NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("end its putting for the rest of the minute, and nobody else's", function()
    put(srv, "203.0.113.1"):expect({ status = 200 })
    put(srv, "203.0.113.1"):expect({ status = 200 })
    local refused = put(srv, "203.0.113.1")
    expect_too_often(refused, "text/html; charset=utf-8")
    refused:expect_body("Too many attempts")
    srv:post("/put/undo", {}, from("203.0.113.1")):expect({ status = 429 })
    put(srv, "203.0.113.2"):expect({ status = 200 })
    srv:get("/put", from("203.0.113.1")):expect({ status = 200 })
    srv:set_clock(NEXT_MINUTE)
    put(srv, "203.0.113.1"):expect({ status = 200 })
  end)

  it("are wider for a customer with many networks of IPv6, and have an end", function()
    for i = 1, 16 do -- two for each of eight
      put(srv, ("2001:db8:77:%x::1"):format(i)):expect({ status = 200 })
    end
    put(srv, "2001:db8:77:ffff::1"):expect({ status = 429 })
    put(srv, "2001:db8:78::1"):expect({ status = 200 })
  end)

  it("count all whom a proxy does not tell as one", function()
    put(srv, "unknown"):expect({ status = 200 })
    put(srv, "_hidden"):expect({ status = 200 })
    put(srv, nil):expect({ status = 429 })
  end)

  it("count keys that are tried, in whatever way", function()
    local key = capsules.put(srv, nil, from("198.51.100.1"))
    srv:post("/open", { key = key }, from("203.0.113.3")):expect({ status = 403 })
    srv:post("/put/calendar", { key = key }, from("203.0.113.3")):expect({ status = 200 })
    ask_api(srv, "203.0.113.3"):expect({ status = 404 })
    expect_too_often(srv:post("/open/", { key = key }, from("203.0.113.3")), "text/html; charset=utf-8")
  end)

  it("count requests to the API, and tell it in JSON", function()
    for _ = 1, 3 do
      ask_api(srv, "203.0.113.4"):expect({ status = 404 })
    end
    expect_too_often(ask_api(srv, "203.0.113.4"), "application/problem+json")
    local refused = srv:json("/api/v1/capsules", {}, from("203.0.113.4"))
    expect_too_often(refused, "application/problem+json")
    assert.equal(429, refused:json().status)
    assert.equal("Too many attempts", refused:json().title)
  end)

  it("take the first 64 bits of IPv6 for one client", function()
    put(srv, "2001:db8:1:2::1"):expect({ status = 200 })
    put(srv, "2001:db8:1:2::2"):expect({ status = 200 })
    put(srv, "2001:db8:1:2:ffff::3"):expect({ status = 429 })
    put(srv, "2001:db8:1:3::1"):expect({ status = 200 })
  end)

  it("are not for the proxies themselves, and are counted", function()
    for _ = 1, 4 do
      srv:post("/put", capsules.form(), from("127.0.0.1")):expect({ status = 200 })
    end
    srv.admin:get("/metrics"):expect_body('tc_rate_limited_total{limit="put"}', 'tc_rate_limited_total{limit="open"}',
      'tc_rate_limited_total{limit="request"}')
  end)
end)

describe("--rate-limits off", function()
  it("lets a client ask as often as it likes", function()
    local args = table.move(LIMITS, 1, #LIMITS, 3, { "--rate-limits", "off" })
    local srv <close> = server.start({ args = args })
    srv:set_clock(NOW)
    for _ = 1, 6 do
      put(srv, "203.0.113.1"):expect({ status = 200 })
      ask_api(srv, "203.0.113.1"):expect({ status = 404 })
    end
  end)
end)
