--- A form that is not in order comes back with everything typed and a message per field.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("a rejected form", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  local function rejected(changes)
    return srv:post("/put", capsules.form(changes)):expect({ status = 422 })
  end

  it("says what is missing", function()
    srv:post("/put", {})
      :expect({ status = 422, header = { ["cache-control"] = "no-store" } })
      :expect_body("Say whom it is from.", "Write a message.", "Choose the opening time.")
  end)

  it("says what is wrong with each field", function()
    local cases = {
      { { name = "" }, "Say whom it is from." },
      { { name = "  " }, "Say whom it is from." },
      { { name = ("n"):rep(51) }, "“From” has 51 characters; at most 50 fit." },
      { { name = "a\nb" }, "“From” is one line" },
      { { content = "" }, "Write a message." },
      { { content = ("c"):rep(5001) }, "The message has 5001 characters; at most 5000 fit." },
      { { tips = ("t"):rep(1001) }, "The note has 1001 characters; at most 1000 fit." },
      { { time = "" }, "Choose the opening time." },
      { { time = false }, "Choose the opening time." },
      { { time = "soon" }, "This is no date and time." },
      { { time = "2030-02-30 00:00" }, "This is no date and time." },
      { { time = "2029-12-31 23:59" }, "This moment has passed." },
      { { time = "2131-01-01 00:00" }, "within 100 years" },
      { { tz = "Mars/Olympus" }, "There is no such time zone." },
      { { tz = "../../etc/passwd" }, "There is no such time zone." },
      { { tz = "Mars/Olympus", time = "soon" }, 'id="time-error"' },
      { { tz = "Mars/Olympus", time = "" }, "Choose the opening time." },
      { { email = ("e"):rep(250) .. "@example.org" }, "longer than 254 bytes" },
      { { email = "nobody" }, "This is not an email address." },
      { { email = "a@example.org, b@example.org" }, "This is not an email address." },
      { { email = "a@example.org\r\nBcc: b@example.org" }, "This is not an email address." },
    }
    for _, case in ipairs(cases) do
      rejected(case[1]):expect_body(case[2])
    end
  end)

  it("says what is wrong with a NUL in each field, which a multipart form may hold", function()
    for _, name in ipairs({ "name", "email", "time", "tz", "content", "tips" }) do
      local parts = {}
      for field, value in pairs(capsules.form({ [name] = "a\0b" })) do
        parts[#parts + 1] = ('--xyz\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n')
          :format(field, value)
      end
      srv:post("/put", table.concat(parts) .. "--xyz--\r\n",
        { ["Content-Type"] = "multipart/form-data; boundary=xyz" }):expect({ status = 422 })
    end
  end)

  it("names the neighbours of a time that the clocks skip", function()
    rejected({ time = "2030-03-31 02:30", tz = "Europe/Berlin" })
      :expect_body("Clocks in Europe/Berlin skip", ">2030-03-31</span> 01:59", ">2030-03-31</span> 03:00")
  end)

  it("says it in Chinese to a Chinese reader", function()
    srv:post("/put", capsules.form({ name = "" }), { ["Accept-Language"] = "zh-CN" })
      :expect({ status = 422 })
      :expect_body("请署名。", '<html lang="zh-CN"')
  end)

  it("keeps everything typed", function()
    local typed = capsules.form({
      name = 'A "quoted" <name> & more',
      email = "nobody",
      time = "2030-06-01 12:00:07",
      tz = "Asia/Tokyo",
      content = "\n  first line\n<second> & 'third' 胶囊 🎁\n",
      tips = "\nnote",
      mail_key = "off",
    })
    local res = srv:post("/put", typed):expect({ status = 422 })
    assert.equal(typed.name, res:field("name"))
    assert.equal("nobody", res:field("email"))
    assert.equal("2030-06-01T12:00:07", res:field("time"))
    assert.equal(typed.content, capsules.textarea(res, "content"))
    assert.equal(typed.tips, capsules.textarea(res, "tips"))
    res:expect_body("<option selected>Asia/Tokyo</option>")
    assert.is_nil(res.body:match('type="checkbox" name="mail_key"[^>]*checked'))
    srv:post("/put", capsules.form({ name = "", time = "next summer" }))
      :expect_body('value="next summer"')
  end)

  it("keeps the box ticked where it was", function()
    local res = rejected({ name = "", email = "ann@example.org", mail_key = "on" })
    assert.is_truthy(res.body:match('type="checkbox" name="mail_key"[^>]*checked'))
  end)

  it("keeps its `once`, and replaces one that is none", function()
    local once = srv:get("/put"):field("once")
    assert.equal(once, rejected({ name = "", once = once }):field("once"))
    local fresh = rejected({ name = "", once = "1" }):field("once")
    assert.equal(43, #fresh)
  end)

  it("makes no capsule", function()
    rejected({ name = "" })
    srv.admin:get("/metrics"):expect_body("tc_capsules_put_total 0\n")
  end)
end)

describe("the setting 'required'", function()
  it("says what must be filled in", function()
    local srv <close> = server.start({ args = { "--set", "required=content,tips,email" } })
    srv:set_clock(capsules.NOW)
    srv:post("/put", {})
      :expect({ status = 422 })
      :expect_body("Write a message.", "Write a note", "Enter an email address.", "Choose the opening")
      :expect_no_body("Say whom it is from.")
    capsules.put(srv, { name = "", email = "a@example.org" })
  end)

  it("is refused with a field that does not exist", function()
    local status, log = server.refused({ args = { "--set", "required=name,adress" } })
    assert.not_equal(0, status)
    assert.is_truthy(log:find("'name,adress'", 1, true), log)
  end)
end)
