--- Taking a capsule back within fifteen minutes.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("taking back", function()
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

  it("is offered up to a whole minute", function()
    srv:stop_clock("2030-01-01T00:00:30Z")
    local _, done = capsules.put(srv)
    done:expect_body("1 January 2030, 00:15 (UTC)"):expect_no_body("00:15:")
  end)

  it("deletes the capsule and fills the form with what was typed", function()
    local content = "\nlines\n<b>&</b> 胶囊 🎁"
    local key, done = capsules.put(srv, {
      content = content,
      to = "Bob",
      email = "alice@example.org",
      tz = "Asia/Tokyo",
      time = "2030-06-01T12:00:07",
      mail_key = "off",
      once = srv:get("/put"):field("once"),
    })
    local res = srv:post("/put/undo", { key = key, token = done:field("token") })
      :expect({ status = 200, header = { ["cache-control"] = "no-store" } })
      :expect_no_body(key)
    res:expect_body("Taken back. The old key no longer works")
    assert.equal("Alice", res:field("name"))
    assert.equal("Bob", res:field("to"))
    assert.equal("alice@example.org", res:field("email"))
    assert.equal("2030-06-01T12:00:07", res:field("time"))
    assert.equal(content, capsules.textarea(res, "content"))
    assert.equal("patience!", capsules.textarea(res, "tips"))
    res:expect_body("<option selected>Asia/Tokyo</option>")
    assert.is_nil(res.body:match('type="checkbox" name="mail_key"[^>]*checked'))

    srv:post("/open", { key = key }):expect({ status = 404 })
    srv:post("/put/undo", { key = key, token = done:field("token") }):expect({ status = 409 })
    local again = capsules.put(srv, { once = res:field("once") })
    assert.not_equal(key, again)
  end)

  it("works for a capsule whose moment has come meanwhile", function()
    local key, done = capsules.put(srv, { time = "2030-01-01 00:05" })
    srv:set_clock("2030-01-01T00:10:00Z")
    srv:post("/put/undo", { key = key, token = done:field("token") })
      :expect({ status = 200 })
      :expect_body("words for later")
  end)

  it("ends after fifteen minutes", function()
    local key, done = capsules.put(srv)
    srv:set_clock("2030-01-01T00:20:00Z")
    srv:post("/put/undo", { key = key, token = done:field("token") })
      :expect({ status = 409, header = { ["cache-control"] = "no-store" } })
      :expect_body("It is too late to take it back")
      :expect_no_body("words for later")
    srv:post("/open", { key = key }):expect({ status = 403 })
  end)

  it("needs the token of that capsule", function()
    local key, done = capsules.put(srv)
    local other, other_done = capsules.put(srv)
    local cases = {
      { key = key, token = other_done:field("token") },
      { key = other, token = done:field("token") },
      { key = key, token = "" },
      { key = key },
      { token = done:field("token") },
      { key = "0123456789abcdef", token = done:field("token") },
    }
    local expected
    for _, fields in ipairs(cases) do
      local res = srv:post("/put/undo", fields):expect({ status = 409 })
      local body = res.body:gsub("%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x", "")
      expected = expected or body
      assert.equal(expected, body)
    end
    srv:post("/open", { key = key }):expect({ status = 403 })
    srv:post("/open", { key = other }):expect({ status = 403 })
  end)

  it("is not done by GET", function()
    srv:get("/put/undo"):expect({ status = 405, header = { allow = "POST, OPTIONS" } })
  end)
end)
