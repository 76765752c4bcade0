--- What goes wrong with a mail server: each fault ends in the right state, is told in the right words, and pages are
--- served as before.
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

local LINE = "At 2030%-06%-01 20:0%d:%d%d, Sending email has failed: (.)%*%*%*@example%.org, ([^\n]+)"

--- The one failure in log and mail_log, which say the same; returns its reason.
local function expect_line(srv, address)
  local text = srv:sql("SELECT text FROM mail_log ORDER BY id LIMIT 1")
  local first, why = text:match("^" .. LINE .. "$")
  assert.is_truthy(why, text)
  assert.equal(address:sub(1, 1), first)
  assert.truthy(srv:log():find(text:gsub('"', '\\"'), 1, true), srv:log())
  assert.is_nil(srv:log():find(address, 1, true), "the address is in the log")
  assert.is_nil(srv:sql("SELECT text FROM mail_log"):find(address, 1, true))
  return why
end

--- Puts, waits until an attempt has failed while pages are asked for, and returns the row and how many came.
local function attempt(srv, address)
  srv:set_clock(letters.NOW)
  letters.put(srv, address)
  srv:get("/put"):expect({ status = 200 }) -- the first one takes longest
  srv:set_clock(letters.OPENS)
  local pages = 0
  assert.is_truthy(process.wait_for(function()
    srv:get("/put"):expect({ status = 200 })
    pages = pages + 1
    return srv:sql("SELECT count(*) FROM mail_log") == "1"
  end), srv:log())
  return letters.row(srv), pages
end

describe("a mail server that", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink:url() .. "?timeout=2")
  end)
  before_each(function()
    srv:sql("DELETE FROM mail_log")
    srv:sql("DELETE FROM reminder")
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  local function failures(kind)
    return letters.metric(srv, ('tc_reminders_failed_total{kind="%s"}'):format(kind)) or 0
  end

  local cases = {
    { "says 421 and closes", "rcpt-421@example.org", "later", "421 4.2.1" },
    { "says 450 to the recipient", "rcpt-450@example.org", "later", "450 4.2.1" },
    { "says 451 to DATA", "data-451@example.org", "later", "451 4.3.0" },
    { "says 452 to the letter", "end-452@example.org", "later", "452 5.6.0" },
    { "closes after the letter without a word", "drop@example.org", "later", "closed the connection" },
    { "takes the letter and hangs", "hang@example.org", "later", "within 2 s" },
    { "says 550 to the recipient", "rcpt-550@example.org", "failed", "550 4.2.1" },
    { "says 554 to the letter", "end-554@example.org", "failed", "554 5.6.0" },
  }
  for _, case in ipairs(cases) do
    local name, address, outcome, words = table.unpack(case)
    it(name .. (outcome == "later" and ", is asked again" or ", is believed"), function()
      local temporary, permanent = failures("temporary"), failures("permanent")
      local row, pages = attempt(srv, address)
      if words == "within 2 s" then
        assert.is_true(pages > 1, "pages wait for the mail server")
      end
      assert.truthy(expect_line(srv, address):find(words, 1, true))
      assert.equal(1, row.attempts)
      assert.equal("", row.lease_owner)
      if outcome == "later" then
        assert.equal("pending", row.state)
        assert.is_true(row.sealed > 0)
        local wait = row.next_attempt_at - letters.OPENS
        assert.is_true(wait >= 60 and wait < 80, wait)
        assert.equal(temporary + 1, failures("temporary"))
        assert.is_truthy(letters.counted(srv, "tc_reminders_oldest_overdue_seconds", 0, math.huge))
      else
        assert.equal("failed", row.state)
        assert.is_true(row.sealed > 0) -- it can be sent again
        assert.equal(permanent + 1, failures("permanent"))
      end
    end)
  end

end)

describe("a mail server that", function()
  it("is not there: the letter waits and goes when it is back", function()
    local port = process.free_port()
    local srv <close> = letters.server(("smtp://127.0.0.1:%d"):format(port))
    local row = attempt(srv, "ada@example.org")
    assert.truthy(expect_line(srv, "ada@example.org"):find("cannot be used", 1, true))
    assert.equal("pending", row.state)
    local sink = smtp.start({ words = { "--port", port } })
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.OPENS + 61)
    letters.await(srv, "sent", 1)
    assert.equal("2", srv:sql("SELECT attempts FROM reminder"))
    assert.equal(1, sink:letters())
  end)

  it("shows a certificate of another name gets nothing", function()
    local sink <close> = smtp.start({ tls = "starttls", names = { "DNS:other.example" } })
    local srv <close> = letters.server(sink:url(nil, "tls=required&ca=" .. sink.cert))
    local row = attempt(srv, "ada@example.org")
    assert.truthy(expect_line(srv, "ada@example.org"):lower():find("certificate", 1, true))
    assert.equal("pending", row.state)
    assert.equal(1, row.attempts)
    assert.equal(0, sink:count("rcpt"))
  end)
end)

describe("a mail server that refuses our login", function()
  local sink

  before_each(function()
    sink = smtp.start({ user = "me", password = "right", words = { "--auth-without-tls" } })
  end)
  after_each(function()
    sink:stop()
  end)

  local function server(password, options)
    local given = { env = { TIMECAPSULE_MAIL_PASSWORD = password } }
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return letters.server(sink:url("me", "tls=off"), given)
  end

  it("pauses everything with an alarm, burns no row, and is asked once", function()
    local data = process.folder()
    local srv = server("wrong", { data = data })
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 40, function(i)
      return ("reader%d@example.org"):format(i)
    end)
    srv:set_clock(letters.OPENS)
    assert.is_truthy(process.wait_for(function()
      return letters.metric(srv, "tc_reminders_paused") == 1
    end), srv:log())
    srv:tick("reminder.send")
    srv:get("/put"):expect({ status = 200 })
    assert.same({ pending = 40 }, letters.states(srv))
    assert.equal("0", srv:sql("SELECT sum(attempts) FROM reminder"))
    assert.equal("1", srv:sql("SELECT count(*) FROM mail_log WHERE outcome = 'auth'"))
    assert.equal(1, letters.metric(srv, 'tc_reminders_failed_total{kind="auth"}'))
    assert.truthy(srv:log():find("error no letters for a while: the mail server refuses our login", 1, true))
    assert.truthy(expect_line(srv, "reader1@example.org"):find("refuses the login", 1, true))
    assert.is_true(sink:count("auth") <= 2) -- PLAIN, then LOGIN
    srv:stop()

    local again <close> = server("right", { data = data })
    again:set_clock(letters.OPENS + 100)
    letters.await(again, "sent", 40)
    assert.equal(40, sink:letters())
  end)

  it("is tried again by itself after a while", function()
    local srv <close> = server("wrong")
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    srv:set_clock(letters.OPENS)
    assert.is_truthy(process.wait_for(function()
      return letters.metric(srv, "tc_reminders_paused") == 1
    end), srv:log())
    local before = sink:count("auth")
    srv:set_clock(letters.OPENS + 200)
    srv:tick("reminder.send")
    assert.equal(before, sink:count("auth"))
    srv:set_clock(letters.OPENS + 301)
    assert.is_truthy(process.wait_for(function()
      return sink:count("auth") > before
    end), srv:log())
  end)
end)

describe("many failures in a row", function()
  it("pause everything, and what was put off comes forward when letters go through again", function()
    local port = process.free_port()
    local srv = letters.server(("smtp://127.0.0.1:%d"):format(port))
    local sink
    finally(function()
      srv:stop()
      if sink then
        sink:stop()
      end
    end)
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 50, function(i)
      return ("reader%d@example.org"):format(i)
    end)
    srv:set_clock(letters.OPENS)
    assert.is_truthy(process.wait_for(function()
      return letters.metric(srv, "tc_reminders_paused") == 1
    end), srv:log())
    assert.equal("10", srv:sql("SELECT count(*) FROM mail_log"))
    assert.equal("10", srv:sql("SELECT sum(attempts) FROM reminder"))
    assert.truthy(srv:log():find("no letters for a while: too many have failed in a row", 1, true))
    srv:sql("UPDATE reminder SET next_attempt_at = next_attempt_at + 50000 WHERE attempts > 0")

    sink = smtp.start({ words = { "--port", port } })
    srv:set_clock(letters.OPENS + 61)
    letters.await(srv, "sent", 50)
    assert.equal(50, sink:letters())
  end)
end)

describe("a letter that takes longer than the reminders will wait", function()
  it("is ended, told and tried again, and nothing else waits for it", function()
    local site = process.folder()
    local source = assert(process.read_file("scripts/reminder/deliver.lua"))
    local changed, count = source:gsub("BEGIN_S, LETTER_S = 15, 40", "BEGIN_S, LETTER_S = 15, 1")
    assert.equal(1, count)
    os.execute("mkdir -p " .. site .. "/scripts/reminder")
    local file = assert(io.open(site .. "/scripts/reminder/deliver.lua", "wb"))
    file:write(changed)
    file:close()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, { args = { "--site", site } })
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    letters.put(srv, "hang@example.org")
    letters.put(srv, "bob@example.org")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 2)
    assert.is_truthy(process.wait_for(function()
      return srv:sql("SELECT count(*) FROM mail_log WHERE outcome = 'later'") == "1"
    end))
    assert.truthy(srv:sql("SELECT text FROM mail_log WHERE outcome = 'later'"):find(
      "h***@example.org, it took longer than 1 seconds", 1, true))
    assert.same({ sent = 2, pending = 1 }, letters.states(srv))
  end)
end)

describe("a row that was changed", function()
  it("fails, and says so, and harms no other", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink)
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    letters.put(srv, "bob@example.org")
    srv:sql("UPDATE reminder SET letter = 'other' WHERE id = (SELECT min(id) FROM capsule)")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 1)
    letters.await(srv, "failed", 1)
    assert.truthy(srv:log():find("a stored reminder does not open", 1, true))
    assert.same({ "bob@example.org" }, sink:envelope(1).to)
  end)
end)

describe("the form", function()
  it("refuses what no letter could be sent to", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink)
    srv:set_clock(letters.NOW)
    local long = ("a"):rep(60) .. "@" .. ("b"):rep(231) .. ".example"
    for _, address in ipairs({ "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example",
      "a@b.example,c@d.example", "a@b.example c@d.example", long, '"a b"@b.example', "用户@b.example" }) do
      srv:post("/put", capsules.form({ email = address })):expect({ status = 422 })
      srv:json("/api/v1/capsules", { name = "n", content = "c", opens_at = letters.OPENS, email = address })
        :expect({ status = 422 })
    end
    assert.equal("0|0", srv:sql("SELECT (SELECT count(*) FROM capsule), (SELECT count(*) FROM mailbox)"))
  end)
end)
