--- What arrives: letters as a mail server gets them, read by Python's email package.
local cjson = require("cjson")
local mime = require("mime")
local smtp = require("spec.support.smtp")

describe("host.smtp.send", function()
  local sink, srv, count

  lazy_setup(function()
    sink = smtp.start()
    srv = smtp.app({ "--mail", sink:url(), "--mail-from", "capsule@sender.example" })
    count = 0
  end)

  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  --- Sends it, expects it to be taken, and returns it as parsed, with its envelope and receipt.
  local function deliver(letter, longest)
    local out = smtp.send(srv, letter)
    assert.is_truthy(out.receipt, out.message or out.raised)
    count = count + 1
    local parsed, envelope = sink:letter(count), sink:envelope(count)
    assert.same({}, parsed.defects)
    assert.is_false(parsed.bare)
    assert.is_true(parsed.longest <= (longest or 76))
    return parsed, envelope, out.receipt
  end

  it("hands a plain letter over", function()
    local before = os.time()
    local got, envelope, receipt = deliver({ subject = "Hello", text = "Hello.\nBye.\n" })
    assert.equal("capsule@sender.example", envelope.from)
    assert.same({ "ada@example.org" }, envelope.to)
    assert.same({ { name = "", address = "capsule@sender.example" } }, got.from)
    assert.same({ { name = "", address = "ada@example.org" } }, got.to)
    assert.equal("Hello", got.headers.subject)
    assert.equal("auto-generated", got.headers["auto-submitted"])
    assert.equal(receipt.id, got.headers["message-id"])
    assert.equal("250 2.0.0 taken as 1", receipt.reply)
    assert.is_true(got.time >= before - 1 and got.time <= os.time() + 1)
    assert.same({ "text/plain" }, got.shape)
    assert.equal("utf-8", got.parts[1].charset)
    assert.equal("base64", got.parts[1].encoding)
    assert.equal("Hello.\r\nBye.\r\n", got.parts[1].text)
  end)

  local long = ("很长的主题"):rep(60)
  local subjects = {
    { "Chinese", "你好,世界" },
    { "Japanese", "タイムカプセルが開きました" },
    { "an emoji", "🎉 opened" },
    { "a long one in Chinese", long },
    { "a long one in words", ("word "):rep(100) .. "end" },
    { "a long one without spaces", ("a"):rep(500) },
    { "one that looks encoded", "=?UTF-8?Q?=48?=" },
    { "spaces at both ends", "  a  b  " },
    { "punctuation", [["quoted" <a@b.example>, (comment); \ , :]] },
    { "a single dot", "." },
    { "nothing", "" },
  }
  for _, case in ipairs(subjects) do
    it("carries a subject: " .. case[1], function()
      assert.equal(case[2], (deliver({ subject = case[2] })).headers.subject)
    end)
  end

  local names = { "Ada Lovelace", "王小明", "O'Neil, \"the\" <x@y.example> \\", ("名字"):rep(40), "a (b)" }
  for _, name in ipairs(names) do
    it("carries a name: " .. name:sub(1, 30), function()
      local got, envelope = deliver({ to = { address = "ada@example.org", name = name },
        from = { address = "me@sender.example", name = name } })
      assert.same({ { name = name, address = "ada@example.org" } }, got.to)
      assert.same({ { name = name, address = "me@sender.example" } }, got.from)
      assert.equal("me@sender.example", envelope.from)
      assert.same({ "ada@example.org" }, envelope.to)
    end)
  end

  it("carries every line of a text, also a single dot and very long ones", function()
    local text = ".\n..\n.\n\n" .. ("x"):rep(5000) .. "\nFrom here\n你好\ttab\n"
    local got = deliver({ text = text })
    assert.equal((text:gsub("\n", "\r\n")), got.parts[1].text)
  end)

  it("makes CR LF of every line end", function()
    local got = deliver({ text = "a\r\nb\nc\rd" })
    assert.equal("a\r\nb\r\nc\r\nd", got.parts[1].text)
  end)

  it("sends to a domain in other letters by its ASCII form", function()
    local got, envelope = deliver({ to = "ada@例子.example" })
    assert.same({ "ada@xn--fsqu00a.example" }, envelope.to)
    assert.equal("ada@xn--fsqu00a.example", got.to[1].address)
  end)

  it("offers text and HTML as alternatives", function()
    local got = deliver({ text = "plain 你", html = "<p>html 你</p>" })
    assert.same({ "multipart/alternative", "text/plain", "text/html" }, got.shape)
    assert.equal("plain 你", got.parts[1].text)
    assert.equal("<p>html 你</p>", got.parts[2].text)
  end)

  it("sends HTML alone", function()
    local out = srv:json("/send", { to = "ada@example.org", subject = "s", html = "<p>x" }):json()
    assert.is_truthy(out.receipt)
    count = count + 1
    assert.same({ "text/html" }, sink:letter(count).shape)
  end)

  it("carries attachments, whatever their names and bytes", function()
    local data = {}
    for i = 0, 127 do
      data[#data + 1] = string.char(i)
    end
    data = table.concat(data):rep(50)
    local got = deliver({ text = "t", html = "<p>h", attachments = {
      { name = "capsule.ics", type = "text/calendar; method=PUBLISH; charset=utf-8", data = "BEGIN:VCALENDAR\r\n" },
      { name = "胶囊 \"1\".bin", data = data },
      { name = ("长"):rep(80) .. ".bin", data = "x" },
    } })
    assert.same({ "multipart/mixed", "multipart/alternative", "text/plain", "text/html",
      "text/calendar", "application/octet-stream", "application/octet-stream" }, got.shape)
    assert.equal("capsule.ics", got.parts[3].filename)
    assert.equal("attachment", got.parts[3].disposition)
    assert.equal("BEGIN:VCALENDAR\r\n", got.parts[3].text)
    assert.equal("胶囊 \"1\".bin", got.parts[4].filename)
    assert.equal(data, (mime.unb64(got.parts[4].base64)))
    assert.equal(("长"):rep(80) .. ".bin", got.parts[5].filename)
  end)

  it("takes headers of the script's own, and those three in place of the host's", function()
    local got, _, receipt = deliver({ headers = {
      ["Message-ID"] = "<reminder.1@sender.example>", ["Date"] = "Sat, 1 Feb 2025 00:00:00 +0800",
      ["Auto-Submitted"] = "auto-replied", ["X-Note"] = "注意",
      ["List-Unsubscribe"] = "<https://x.example/confirm?t=" .. ("a"):rep(300) .. ">",
      ["Reply-To"] = "help@sender.example" } }, 400)
    assert.equal("<reminder.1@sender.example>", receipt.id)
    assert.equal("<reminder.1@sender.example>", got.headers["message-id"])
    assert.equal("auto-replied", got.headers["auto-submitted"])
    assert.equal("注意", got.headers["x-note"])
    assert.equal("help@sender.example", got.headers["reply-to"])
    assert.equal(1738339200, got.time)
    local seen = {}
    for _, name in ipairs(got.names) do
      assert.is_nil(seen[name], name .. " twice")
      seen[name] = true
    end
  end)

  it("tells the server the size beforehand", function()
    local _, envelope = deliver({ text = ("x"):rep(1000) })
    assert.truthy(cjson.encode(envelope.options):match("SIZE=%d+"))
  end)

  it("carries a megabyte", function()
    local out = srv:get("/send-large?size=1048000"):json()
    assert.is_truthy(out.receipt, out.message)
    count = count + 1
    assert.equal(("x"):rep(1048000), (mime.unb64(sink:letter(count).parts[2].base64)))
  end)

  it("uses a connection again", function()
    deliver({})
    deliver({})
    assert.equal(sink:envelope(1).connection, sink:envelope(count).connection)
    assert.equal(1, sink:count("connect"))
  end)
end)

describe("host.smtp.send refuses", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = smtp.app({ "--mail", sink:url() })
  end)

  lazy_teardown(function()
    assert.equal("", sink:events(), "something reached the mail server")
    srv:stop()
    sink:stop()
  end)

  local address = "ada@example.org"
  local inputs = {
    { "a line break in an address", { to = "a@b.example\r\nBcc: c@d.example" } },
    { "a line feed in an address", { to = "a@b.example\nRCPT TO:<c@d.example>" } },
    { "a NUL in an address", { to = "a@b.example\0" } },
    { "two addresses", { to = "a@b.example, c@d.example" } },
    { "two addresses without a space", { to = "a@b.example,c@d.example" } },
    { "an address with parameters behind it", { to = "a@b.example> SIZE=1" } },
    { "an address of 300 bytes", { to = ("a"):rep(60) .. "@" .. ("b"):rep(231) .. ".example" } },
    { "a quoted local part", { to = "\"a b\"@b.example" } },
    { "a local part in other letters", { to = "你@b.example" } },
    { "a second sender", { from = "a@b.example, c@d.example" } },
    { "a line break in a name", { to = { address = address, name = "a\r\nBcc: c@d.example" } } },
    { "a NUL in a name", { to = { address = address, name = "a\0b" } } },
    { "a line break in the subject", { subject = "a\r\nBcc: c@d.example" } },
    { "a line feed in the subject", { subject = "a\n\nbody" } },
    { "a line break in a header", { headers = { ["X-Note"] = "a\r\nBcc: c@d.example" } } },
    { "a second address in Reply-To", { headers = { ["Reply-To"] = "a@b.example, c@d.example" } } },
    { "a Message-ID that is none", { headers = { ["Message-ID"] = "a b" } } },
    { "a line break in a file's name", { attachments = { { name = "a\r\nb", data = "x" } } } },
    { "a line break in a file's type", { attachments = { { name = "a", type = "a/b\r\nc: d", data = "x" } } } },
  }
  for _, case in ipairs(inputs) do
    it(case[1], function()
      local out = smtp.send(srv, case[2])
      assert.equal("input", out.kind)
      assert.is_string(out.message)
      assert.is_nil(out.message:find("c@d.example", 1, true))
    end)
  end

  it("a letter that is too large", function()
    local out = srv:get("/send-large?size=1048577"):json()
    assert.equal("limit", out.kind)
  end)

  local misuses = {
    { "a field that there is not", { too = "x" }, "no field 'too'" },
    { "a number for a text", { subject = 1 }, "subject is a number, not a string" },
    { "a header of the host's", { headers = { To = "x" } }, "headers cannot hold 'To'" },
    { "a Bcc", { headers = { bcc = "a@b.example" } }, "headers cannot hold 'bcc'" },
    { "a header name with a line break", { headers = { ["X\r\nBcc"] = "x" } }, "headers cannot hold" },
    { "an attachment without data", { attachments = { { name = "a" } } }, "needs name and data" },
    { "an address in a list", { to = { "a@b.example", "c@d.example" } }, "a key that is no string" },
  }
  for _, case in ipairs(misuses) do
    it(case[1] .. ", by raising", function()
      local out = smtp.send(srv, case[2])
      assert.truthy((out.raised or "nothing"):find("bad argument #1 to 'host.smtp.send'", 1, true))
      assert.truthy(out.raised:find(case[3], 1, true), out.raised)
    end)
  end

  it("a letter without text", function()
    local out = srv:json("/send", { to = address, subject = "s" }):json()
    assert.truthy(out.raised:find("needs a field 'text' or 'html'", 1, true))
  end)
end)
