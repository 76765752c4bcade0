--- What people write and when they want it read survives put and open, byte for byte.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("put and open", function()
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

  --- The message as a program reads it.
  local function content_of(key)
    return srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 200 }):json()
  end

  local texts = {
    ["emoji"] = "👩‍🚀🏳️‍🌈 🎁\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    ["CJK"] = "写给未来的自己：第二行「不是」HTML 𠮷野家",
    ["right to left"] = "שלום עולם مرحبا بالعالم",
    ["combining marks"] = "e\u{301} Z\u{351}\u{36b}\u{343}a\u{330}",
    ["HTML"] = "<b>bold</b> & \"quotes\" 'n' &amp; &#60; </textarea><script>",
    ["template tags"] = "<% os.exit() %> <%= 1 %> {{x}} {name}",
    ["SQL"] = "'; DROP TABLE capsule; --",
    ["white space"] = "\n\n  two\n\ttabs\t\n \n",
    ["5000 characters"] = ("胶"):rep(4999) .. "🎁",
    ["controls"] = "a\u{1}b\u{7f}c\u{feff}d\u{2028}e",
    ["percent and plus"] = "100% a+b=c&d %20 %zz",
  }
  for what, text in pairs(texts) do
    it("keeps " .. what, function()
      local key = capsules.put(srv, { content = text, name = "胶囊 🎁" })
      srv:set_clock("2030-06-01T12:00:00Z")
      local res = srv:post("/open", { key = key }):expect({ status = 200 })
      assert.equal(text, capsules.text(res, "capsule-content"))
      local found = content_of(key)
      assert.equal(text, found.content)
      assert.equal("胶囊 🎁", found.name)
    end)
  end

  it("makes a form's line ends LF", function()
    local key = capsules.put(srv, { content = "a\r\nb\rc\n" })
    srv:set_clock("2030-06-01T12:00:00Z")
    assert.equal("a\nb\nc\n", content_of(key).content)
  end)

  it("keeps almost 64 KiB that the browser has encrypted", function()
    local sealed = capsules.sealed({ size = 47 * 1024 + 16 })
    local larger = capsules.sealed({ size = 48 * 1024 + 16 })
    local key = capsules.put(srv, { content = sealed })
    local legacy = "U2FsdGVkX1+qwjmJ6bGZ0r7rmG5rrbcxP2G2KwBtEKSteVri92eYbN1gIo6c1gtH\n"
    local other = capsules.put(srv, { content = legacy })
    srv:set_clock("2030-06-01T12:00:00Z")
    assert.equal(sealed, content_of(key).content)
    assert.equal(legacy, content_of(other).content)
    srv:set_clock(capsules.NOW)
    srv:post("/put", capsules.form({ content = larger })):expect({ status = 422 })
      :expect_body(("has %d bytes"):format(#larger))
  end)

  local moments = {
    { "a year after 2038", "2099-12-31 23:59", "UTC", "2099-12-31T23:59:00Z" },
    { "a leap day", "2032-02-29 12:00", "UTC", "2032-02-29T12:00:00Z" },
    { "seconds", "2030-06-01T12:00:07", "UTC", "2030-06-01T12:00:07Z" },
    { "a zone ahead", "2030-06-01 12:00", "Asia/Shanghai", "2030-06-01T04:00:00Z" },
    { "a zone behind", "2030-06-01 12:00", "America/New_York", "2030-06-01T16:00:00Z" },
    { "half an hour", "2030-06-01 12:00", "Asia/Kolkata", "2030-06-01T06:30:00Z" },
    -- 02:30 is there twice that night, at 00:30 and at 01:30 UTC: the later, never early
    { "a DST overlap", "2030-10-27 02:30", "Europe/Berlin", "2030-10-27T01:30:00Z" },
    { "the second after a DST gap", "2030-03-31 03:00", "Europe/Berlin", "2030-03-31T01:00:00Z" },
  }
  for _, case in ipairs(moments) do
    it("keeps a moment: " .. case[1], function()
      local key, done = capsules.put(srv, { time = case[2], tz = case[3] })
      done:expect_body(case[4])
      srv:post("/open", { key = key }):expect({ status = 403 }):expect_body(case[4])
      srv:set_clock(case[4])
      assert.equal(case[4], content_of(key).opens_at)
    end)
  end
end)
