--- The main job: put a capsule, be told "not yet", read it from its second on.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("a capsule", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("is put, is not yet open, and opens at its second", function()
    srv:get("/put")
      :expect({ status = 200, header = { ["content-type"] = "text/html; charset=utf-8" } })
      :expect_body('name="once"', 'value="2031-01-01T00:00"')

    local key, done = capsules.put(srv)
    done:expect({ header = { ["cache-control"] = "no-store" } })
      :expect_body("1 June 2030, 12:00 (UTC)", "2030-06-01T12:00:00Z")
    local shown = done.body:match('id="capsule%-key"[^>]*>(.-)</p>'):gsub("<[^>]*>", "")
    assert.equal(capsules.groups(key), shown)

    srv:post("/open", { key = key })
      :expect({ status = 403, header = { ["cache-control"] = "no-store" } })
      :expect_body("patience!", "1 June 2030, 12:00 (UTC)", "2030-06-01T12:00:00Z")
      :expect_no_body("words for later", "Alice")

    srv:stop_clock("2030-06-01T11:59:59Z")
    srv:post("/open", { key = key }):expect({ status = 403 }):expect_no_body("words for later")

    srv:set_clock("2030-06-01T12:00:00Z")
    srv:post("/open", { key = key })
      :expect({ status = 200, header = { ["cache-control"] = "no-store" } })
      :expect_body("words for later", "Alice", "1 June 2030, 12:00 (UTC)")
      :expect_no_body("patience!")
    srv:set_clock(capsules.NOW)
  end)

  it("sends a link whose # sign was escaped on to the fragment, and logs no key", function()
    local key = "abcdEFGH1234mnop"
    for _, link in ipairs({ "/open%23" .. key, "/open/%23abcd-EFGH-1234-mnop%26fbclid=x" }) do
      srv:get(link):expect({ status = 303, header = { location = "/open#" .. key, ["cache-control"] = "no-store" } })
    end
    srv:get("/open%23none"):expect({ status = 404 })
    assert.is_nil(srv:log():find(key, 1, true))
  end)

  it("is put by the original's five fields alone", function()
    local res = srv:post("/put", {
      name = "Bob",
      email = "bob@example.org",
      time = "2031-01-02 03:04:05",
      content = "five fields",
      tips = "",
    }):expect({ status = 200 })
    local key = assert(res:field("key"))
    assert.matches("^[0-9a-zA-Z]+$", key)
    assert.equal(16, #key)

    srv:post("/open", { key = key })
      :expect({ status = 403 })
      :expect_body("Its time has not come")
      :expect_no_body("bob@example.org")
    srv:set_clock("2031-01-03T00:00:00Z")
    srv:post("/open", { key = key }):expect({ status = 200 }):expect_body("five fields")
    srv:set_clock(capsules.NOW)
  end)

  it("opens however the key is written, in its own case only", function()
    local key = capsules.put(srv)
    local spellings = {
      key,
      capsules.groups(key),
      " " .. capsules.groups(key) .. "\r\n",
      (capsules.groups(key):gsub("-", " ")),
      (capsules.groups(key):gsub("-", "\u{2013}")),
    }
    for _, typed in ipairs(spellings) do
      srv:post("/open", { key = typed }):expect({ status = 403 })
    end
    local other = key:gsub("%a", function(c)
      return c == c:upper() and c:lower() or c:upper()
    end)
    srv:post("/open", { key = other }):expect({ status = 404 })
  end)

  it("is put and opened by both spellings, with and without a slash", function()
    for _, slash in ipairs({ "", "/" }) do
      srv:get("/put" .. slash):expect({ status = 200 }):expect_body("<form")
      srv:get("/open" .. slash):expect({ status = 200 }):expect_body("<form")
      local res = srv:post("/put" .. slash, capsules.form()):expect({ status = 200 })
      srv:post("/open" .. slash, { key = res:field("key") }):expect({ status = 403 })
    end
  end)

  it("says whom it is from and for, when it was written, for how long it was sealed, and where to write back", function()
    local key = capsules.put(srv, { name = "Ada", to = "Bob 王", tz = "Asia/Tokyo", time = "2048-01-01 12:00" })
    local unsaid = capsules.put(srv, { time = "2048-01-01 12:00" })
    srv:post("/open", { key = key }):expect({ status = 403 }):expect_no_body("Ada", "Bob")
    srv:set_clock("2048-02-01T00:00:00Z")
    srv:post("/open", { key = key }):expect({ status = 200 })
      :expect_body("<h1 dir=\"auto\">From Ada</h1>", ">To Bob 王</p>", "Written 1 January 2030 ·\u{a0}sealed\u{a0}for 18 years",
        '<a class="button" href="/put">Write one back</a>', "Written on", "Sealed until")
    srv:post("/open?lang=zh-CN", { key = key }):expect_body("来自 Ada", "写给 Bob 王", "写于2030年1月1日 ·\u{a0}封存了 18 年", "写一封回信")
    srv:post("/open", { key = unsaid }):expect_body("From Alice"):expect_no_body(">To ")
    srv:set_clock(capsules.NOW)
  end)

  it("says nothing of a reminder that nobody asked for and nothing would send", function()
    local plain = capsules.put(srv, {})
    srv:post("/open", { key = plain }):expect({ status = 403 }):expect_no_body("not set up", 'id="reminder"')
    local owed = capsules.put(srv, { email = "ada@example.org" })
    srv:post("/open", { key = owed }):expect({ status = 403 }):expect_body("not set up", 'value="stop"')
  end)

  it("has the fields of a passphrase on a page of their own, in the language of its address", function()
    local chinese = { ["Accept-Language"] = "zh-CN" }
    srv:get("/put", chinese):expect_body('data-part="/put/passphrase/zh-CN"'):expect_no_body('type="password"')
    local res = srv:get("/put/passphrase/en", chinese):expect({ status = 200 }):expect_body('lang="en"', ">Passphrase</label>")
    assert.is_nil(res.headers["set-cookie"])
    srv:get("/put/passphrase/xx"):expect({ status = 404 })
  end)

  it("shows text as text, never as HTML", function()
    local key = capsules.put(srv, {
      name = "<b>A</b>",
      to = "<i>B</i>",
      content = "<script>alert(1)</script>",
      tips = '"><img src=x>',
    })
    srv:post("/open", { key = key }):expect_no_body("<img src=x>")
    srv:set_clock("2030-07-01T00:00:00Z")
    srv:post("/open", { key = key })
      :expect_no_body("<script>alert", "<b>A</b>", "<i>B</i>")
      :expect_body("&lt;script&gt;")
    srv:set_clock(capsules.NOW)
  end)
end)

describe("a server with a public address", function()
  it("links to the capsule in the fragment, as text and as a QR code", function()
    local srv <close> = server.start({ args = { "--public-url", "https://capsule.example" } })
    srv:set_clock(capsules.NOW)
    local key, res = capsules.put(srv)
    res:expect_body("https://capsule.example/open#" .. key, 'class="qr"')
  end)
end)

describe("a server without a public address", function()
  it("links nowhere, whatever Host a request names", function()
    local srv <close> = server.start()
    srv:set_clock(capsules.NOW)
    srv:post("/put", capsules.form(), { Host = "evil.example" })
      :expect({ status = 200 })
      :expect_no_body("evil.example", "/open#", 'class="qr"')
  end)
end)
