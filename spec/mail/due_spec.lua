--- A capsule's time has come: its letter, as a mail server gets it and Python's email package reads it.
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")
local socket = require("socket")

describe("a reminder", function()
  local sink, srv, count

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = { "--public-url", "https://capsule.example" } })
    count = 0
  end)
  before_each(function()
    srv:set_clock(letters.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  --- The next letter after the capsules' time has come.
  local function next_letter()
    srv:set_clock(letters.OPENS)
    count = count + 1
    local letter, envelope = sink:letter(count), sink:envelope(count)
    assert.same({}, letter.defects)
    return letter, envelope
  end

  it("goes out within two seconds of the opening time, not before", function()
    local worst = 0
    for _ = 1, os.getenv("SOAK") and 20 or 1 do
      srv:set_clock(letters.NOW)
      letters.put(srv, "ada@example.org")
      local early = socket.gettime() + 2
      srv:set_clock(letters.OPENS - 2)
      local due = socket.gettime() + 2
      repeat
        local seen = sink:letters()
        assert.is_true(seen == count or socket.gettime() >= early, "it came too early")
        socket.sleep(0.02)
      until socket.gettime() >= early
      assert.is_truthy(process.wait_for(function()
        return sink:letters() > count
      end))
      worst = math.max(worst, socket.gettime() - due)
      count = count + 1
      letters.await(srv, "sent", count)
    end
    assert.is_true(worst < 2, ("it took %.2f s"):format(worst))
    print(("due, and with the mail server %.2f s later at most"):format(worst))
  end)

  it("says in the language and the zone of the form when it was put and when it opened", function()
    local form = capsules.form({ email = "wang@例子.example", tz = "Asia/Tokyo", time = "2030-06-01 21:00" })
    local key = srv:post("/put", form, { ["Accept-Language"] = "zh-CN" }):expect({ status = 200 }):field("key")
    local letter, envelope = next_letter()
    assert.same({ "wang@xn--fsqu00a.example" }, envelope.to)
    assert.equal("一个时间胶囊打开了", letter.headers.subject)
    assert.equal("auto-generated", letter.headers["auto-submitted"])
    assert.same({ "multipart/alternative", "text/plain", "text/html" }, letter.shape)
    for _, part in ipairs(letter.parts) do
      assert.truthy(part.text:find("2030年6月1日 21:00（", 1, true), part.type)
      assert.truthy(part.text:find("2030年1月1日 09:00", 1, true), part.type)
      assert.truthy(part.text:find("Asia/Tokyo", 1, true), part.type)
      assert.truthy(part.text:find(capsules.groups(key), 1, true), part.type)
      assert.truthy(part.text:find("https://capsule.example/open#" .. key, 1, true), part.type)
    end
    srv:post("/open", { key = key }):expect({ status = 200 }):expect_body("words for later")
  end)

  it("has no word that a visitor typed", function()
    srv:post("/put", capsules.form({ name = "NAMEWORD", content = "CONTENTWORD", tips = "TIPSWORD",
      email = "mallory+SPAMWORD@example.org", mail_key = "off" })):expect({ status = 200 })
    local letter = next_letter()
    for _, part in ipairs(letter.parts) do
      assert.is_nil(part.text:find("WORD", 1, true), part.type)
    end
    assert.is_nil(letter.headers.subject:find("WORD", 1, true))
    assert.equal("mallory+SPAMWORD@example.org", letter.to[1].address)
  end)

  it("has no key where the person unticked it", function()
    local key = letters.put(srv, "ada@example.org", { mail_key = false })
    local letter = next_letter()
    for _, part in ipairs(letter.parts) do
      assert.is_nil(part.text:find(capsules.groups(key), 1, true), part.type)
      assert.is_nil(part.text:find(key, 1, true), part.type)
      assert.truthy(part.text:find("https://capsule.example/open", 1, true), part.type)
    end
  end)

  it("can be stopped by one click, which cancels what waits for that mailbox", function()
    letters.put(srv, "reader@example.org")
    letters.put(srv, "Reader@example.org", { opens_at = letters.OPENS + 1000000 })
    letters.put(srv, "other@example.org", { opens_at = letters.OPENS + 1000000 })
    local letter = next_letter()
    assert.equal("List-Unsubscribe=One-Click", letter.headers["list-unsubscribe-post"])
    local path = letter.headers["list-unsubscribe"]:match("^<https://capsule%.example(/confirm%?t=[%w_-]+)>$")
    assert.is_truthy(path, letter.headers["list-unsubscribe"])
    srv:post(path, { ["List-Unsubscribe"] = "One-Click" }):expect({ status = 200 })
    assert.equal("1|1", srv:sql("SELECT sum(CASE WHEN state = 'cancelled' AND sealed IS NULL THEN 1 ELSE 0 END),"
      .. " sum(CASE WHEN state = 'pending' THEN 1 ELSE 0 END) FROM reminder"))
    assert.is_nil(srv:log():find(path:match("t=(.+)"), 1, true))
  end)

  it("leaves a line in mail_log, and wiped rows", function()
    assert.equal("0", srv:sql("SELECT count(*) FROM reminder WHERE state = 'sent'"
      .. " AND (sealed IS NOT NULL OR mailbox_id IS NOT NULL OR lease_owner IS NOT NULL)"))
    assert.truthy(srv:sql("SELECT text FROM mail_log ORDER BY id LIMIT 1"):find(
      "^At 2030%-06%-01 20:00:0%d, Sending email has succeeded: a%*%*%*@example%.org$"))
    assert.equal(count, letters.metric(srv, "tc_reminders_sent_total"))
    assert.is_truthy(letters.counted(srv, 'tc_reminders{state="sent"}', count, count))
    assert.is_truthy(letters.counted(srv, "tc_reminders_oldest_overdue_seconds", 0, 0))
  end)
end)

describe("a server without a public address", function()
  it("sends the key and no link, and nobody else's Host", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink)
    srv:set_clock(letters.NOW)
    local res = srv:post("/put", capsules.form({ email = "ada@example.org" }),
      { Host = "evil.example" }):expect({ status = 200 })
    srv:set_clock(letters.OPENS)
    local letter = sink:letter(1)
    for _, part in ipairs(letter.parts) do
      assert.truthy(part.text:find(capsules.groups(res:field("key")), 1, true))
      assert.is_nil(part.text:find("http", 1, true))
    end
    assert.is_nil(letter.headers["list-unsubscribe"])
    assert.is_nil(sink:raw(1):find("evil", 1, true))
  end)
end)

describe("a server with --reminders off", function()
  it("leaves letters alone", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, { args = { "--reminders", "off" } })
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    srv:set_clock(letters.OPENS)
    assert(srv:control("tick reminder.send"))
    srv:get("/"):expect({ status = 200 }) -- by the same worker, behind what the timer would have begun
    assert.equal(0, srv:runs("reminder.send"))
    assert.same({ pending = 1 }, letters.states(srv))
    assert.equal("", sink:events())
  end)
end)

describe("one mailbox", function()
  it("gets so many letters a day, and the rest on the next", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, { args = { "--set", "mails_per_address=2" } })
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 5, function()
      return "ada@example.org"
    end)
    letters.put(srv, "bob@example.org")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 3)
    srv:tick("reminder.send")
    assert.same({ sent = 3, pending = 3 }, letters.states(srv))
    srv:set_clock(letters.OPENS + 86400)
    letters.await(srv, "sent", 5)
    srv:set_clock(letters.OPENS + 2 * 86400)
    letters.await(srv, "sent", 6)
    assert.equal("0", srv:sql("SELECT sum(attempts) - count(*) FROM reminder"))
  end)
end)
