--- The same post twice with one `once`: the same key, one capsule.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("a repeated post", function()
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

  local function made()
    return tonumber(srv.admin:get("/metrics").body:match("tc_capsules_put_total (%d+)") or 0)
  end

  local function once()
    return assert(srv:get("/put"):field("once"))
  end

  it("has a fresh `once` in every form", function()
    assert.not_equal(once(), once())
  end)

  it("is answered with the same key and makes one capsule", function()
    local token, before = once(), made()
    local first, page = capsules.put(srv, { once = token, email = "a@example.org" })
    local second, again = capsules.put(srv, { once = token, email = "a@example.org" })
    assert.equal(first, second)
    assert.equal(page.body, again.body)
    assert.equal(before + 1, made())
  end)

  it("is another capsule when anything typed differs", function()
    local token, before = once(), made()
    local seen = {}
    for _, changes in ipairs({
      {},
      { content = "other words" },
      { name = "Bob" },
      { time = "2030-06-01 12:01" },
      { tz = "Europe/Berlin" },
      { tips = "" },
      { email = "a@example.org" },
      { email = "a@example.org", mail_key = "off" },
    }) do
      changes.once = token
      local key = capsules.put(srv, changes)
      assert.is_nil(seen[key])
      seen[key] = true
    end
    assert.equal(before + 8, made())
  end)

  it("is another capsule without `once`, or with one that is none of ours", function()
    for _, token in ipairs({ false, "", "1", ("A"):rep(44) }) do
      assert.not_equal((capsules.put(srv, { once = token })), (capsules.put(srv, { once = token })))
    end
  end)

  it("is answered the same after the opening time", function()
    local token = once()
    local key = capsules.put(srv, { once = token })
    srv:set_clock("2030-07-01T00:00:00Z")
    assert.equal(key, (capsules.put(srv, { once = token })))
    srv:post("/put", capsules.form({ once = once() }))
      :expect({ status = 422 })
      :expect_body("This moment has passed.")
  end)

  it("is answered the same when both arrive at once", function()
    local token, before = once(), made()
    local http = require("spec.support.http")
    local body = http.form(capsules.form({ once = token }))
    local connections = {}
    for i = 1, 8 do
      connections[i] = srv:connect()
      connections[i]:ask({
        method = "POST",
        path = "/put",
        headers = { ["Content-Type"] = "application/x-www-form-urlencoded" },
        body = body,
      })
    end
    local key
    for _, connection in ipairs(connections) do
      local res = assert(connection:response("POST"))
      connection:close()
      res:expect({ status = 200 })
      key = key or res:field("key")
      assert.equal(key, res:field("key"))
    end
    assert.equal(before + 1, made())
  end)
end)
