--- What the database holds after a put, and what happens when somebody changes it.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("the rows of a capsule", function()
  local srv

  setup(function()
    srv = server.start()
  end)
  before_each(function()
    srv:set_clock(capsules.NOW)
    srv:sql("DELETE FROM reminder; DELETE FROM capsule")
  end)
  teardown(function()
    srv:stop()
  end)

  it("are one capsule, and one pending reminder where there is a mailbox", function()
    capsules.put(srv)
    assert.equal("1|0", srv:sql(
      "SELECT (SELECT count(*) FROM capsule), (SELECT count(*) FROM reminder)"))
    capsules.put(srv, { email = "alice@example.org" })
    assert.equal("opening|1906545600|pending|0|1906545600||1", srv:sql(
      "SELECT letter, due_at, state, attempts, next_attempt_at, lease_owner,"
        .. " message_id LIKE '<%@%>' FROM reminder"))
    assert.equal("32|1906545600|2|", srv:sql("SELECT length(key_hash), opens_at, version,"
      .. " disabled_at FROM capsule ORDER BY id DESC LIMIT 1"))
  end)

  it("are gone together when the capsule is taken back", function()
    local key, done = capsules.put(srv, { email = "alice@example.org" })
    srv:post("/put/undo", { key = key, token = done:field("token") }):expect({ status = 200 })
    assert.equal("0|0", srv:sql(
      "SELECT (SELECT count(*) FROM capsule), (SELECT count(*) FROM reminder)"))
  end)

  it("are one of each for a post that is repeated", function()
    local once = srv:get("/put"):field("once")
    for _ = 1, 3 do
      capsules.put(srv, { email = "alice@example.org", once = once })
    end
    assert.equal("1|1", srv:sql(
      "SELECT (SELECT count(*) FROM capsule), (SELECT count(*) FROM reminder)"))
  end)

  it("answer like no capsule once it is disabled", function()
    -- But for the number of the request and the key itself, which comes back to be put right.
    local function answer(key)
      local res = srv:post("/open", { key = key }):expect({ status = 404 })
      return (res.body:gsub('request%-id">%x+', ""):gsub(('value="%s"'):format(key), ""))
    end
    local key = capsules.put(srv)
    srv:sql("UPDATE capsule SET disabled_at = 1893456000")
    assert.equal(answer("0123456789abcdef"), answer(key))
    srv:post("/put/calendar", { key = key }):expect({ status = 404 })
    srv:set_clock("2030-07-01T00:00:00Z")
    assert.equal(answer("0123456789abcdef"), answer(key))
  end)

  it("do not open early when their time is changed: 500, said in log and metrics", function()
    local key = capsules.put(srv)
    srv:sql("UPDATE capsule SET opens_at = 1")
    local res = srv:post("/open", { key = key })
      :expect({ status = 500, header = { ["cache-control"] = "no-store" } })
      :expect_no_body("words for later", "patience!")
    local id = assert(res.body:match('request%-id">(%x+)<'))
    srv:json("/api/v1/capsules/open", { key = key })
      :expect({ status = 500, header = { ["content-type"] = "application/problem+json" } })
    srv:post("/put/calendar", { key = key }):expect({ status = 500 })
    assert.is_truthy(srv:log():find("error a stored capsule does not open[^\n]*" .. id), srv:log())
    srv.admin:get("/metrics"):expect_body("tc_seal_failures_total 3")
  end)

  it("do not open with the texts of another capsule", function()
    local one = capsules.put(srv, { content = "first-text" })
    local two = capsules.put(srv, { content = "second-text" })
    srv:sql("UPDATE capsule SET body = (SELECT body FROM capsule ORDER BY id LIMIT 1)")
    srv:set_clock("2030-07-01T00:00:00Z")
    srv:post("/open", { key = one }):expect({ status = 200 })
    srv:post("/open", { key = two }):expect({ status = 500 }):expect_no_body("first-text", "second-text")
  end)

  it("prove before their time that they are whole, and are broken when the message was changed", function()
    local key = capsules.put(srv)
    srv:post("/open", { key = key }):expect({ status = 403 }):expect_body("is whole")
    srv:sql("UPDATE capsule SET body = SUBSTR(body, 1, LENGTH(body) - 1)")
    srv:post("/open", { key = key }):expect({ status = 500 }):expect_no_body("patience!")
    srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 500 })
  end)
end)
