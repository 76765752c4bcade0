--- Refusals that are about us and not about a recipient, as real servers word them: no letter is lost,
--- the queue pauses and says so, and once the fault is mended every letter arrives once.
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")
local socket = require("socket")

local NOT_OWNED = "553 5.7.1 <capsule@sender.example>: Sender address rejected: not owned by user bot@sender.example"
local ALARM = "error no letters for a while: the mail server refuses our sender"
local DAY = 86400

local function reader(i)
  return ("reader%d@example.org"):format(i)
end

local function await_pause(srv)
  assert.is_truthy(process.wait_for(function()
    return letters.metric(srv, "tc_reminders_paused") == 1
  end), srv:log())
end

local function await_attempts(srv, count)
  assert.is_truthy(process.wait_for(function()
    return tonumber(srv:sql("SELECT count(*) FROM mail_log")) >= count
  end), srv:log())
end

--- Runs a command beside the server; returns its status and what it printed.
local function command(srv, sink, name, ...)
  return letters.run(srv, name, "--mail", sink:url(), ...)
end

local function count_of(text, words)
  local _, count = text:gsub(words, "")
  return count
end

describe("a server that refuses our sender", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink)
  end)
  before_each(function()
    srv:sql("DELETE FROM mail_log")
    srv:sql("DELETE FROM reminder")
    srv:set_clock(letters.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  for _, case in ipairs({
    { "rcpt", NOT_OWNED },
    { "mail", "550 5.1.8 <{}>: Sender address rejected: Domain not found" },
    { "rcpt", "554 5.7.1 <{}>: Relay access denied" },
    { "end", "550 5.4.5 Daily user sending quota exceeded" },
    { "end", "550 5.7.26 unauthenticated email is not accepted" },
    { "end", "554 Message rejected: Email address is not verified." },
    { "data", "554 5.3.0 not today" },
  }) do
    local stage, words = case[1], case[2]
    it(("keeps every letter: %s at %s"):format(words, stage), function()
      local before = sink:letters()
      local failures = letters.metric(srv, 'tc_reminders_failed_total{kind="policy"}') or 0
      sink:reply(stage, words)
      letters.put_many(srv, 30, reader)
      srv:set_clock(letters.OPENS)
      await_pause(srv)
      assert.same({ pending = 30 }, letters.states(srv))
      assert.equal("30", srv:sql("SELECT count(*) FROM reminder WHERE length(sealed) > 0 AND mailbox_id > 0"))
      -- No more than are under way at once.
      local told = tonumber(srv:sql("SELECT count(*) FROM mail_log WHERE outcome = 'policy'"))
      assert.is_true(told >= 1 and told <= 8, srv:log():sub(-4000))
      assert.equal(failures + told, letters.metric(srv, 'tc_reminders_failed_total{kind="policy"}'))

      sink:reply(stage, nil)
      srv:set_clock(letters.OPENS + 61)
      letters.await(srv, "sent", 30)
      assert.equal(before + 30, sink:letters())
      assert.equal(0, letters.metric(srv, "tc_reminders_paused"))
    end)
  end

  it("is asked at growing intervals and told once", function()
    local told = count_of(srv:log(), ALARM)
    sink:reply("rcpt", NOT_OWNED)
    letters.put_many(srv, 5, reader)
    local at = letters.OPENS
    local attempts = 0
    for _, wait in ipairs({ 61, 121, 241, 481 }) do
      srv:set_clock(at)
      await_attempts(srv, attempts + 1)
      await_pause(srv)
      attempts = tonumber(srv:sql("SELECT count(*) FROM mail_log"))
      srv:stop_clock(at + wait - 4)
      socket.sleep(1.3)
      assert.equal(tostring(attempts), srv:sql("SELECT count(*) FROM mail_log"))
      at = at + wait
    end
    assert.is_true(attempts <= 8, attempts)
    assert.equal(told + 1, count_of(srv:log(), ALARM))
    assert.is_truthy(process.wait_for(function()
      return letters.metric(srv, 'tc_reminders_trouble{kind="policy"}') == 1
    end))
    sink:reply("rcpt", nil)
    srv:set_clock(at + 3600)
    letters.await(srv, "sent", 5)
    srv:set_clock(at + 3700)
    assert.is_truthy(process.wait_for(function()
      return letters.metric(srv, 'tc_reminders_trouble{kind="policy"}') == 0
    end))
  end)
end)

describe("one recipient's strict server", function()
  it("does not hold the letters of others", function()
    local sink = smtp.start()
    local srv = letters.server(sink)
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.NOW)
    letters.put(srv, "data-554@example.org") -- gets "554 4.3.0" to DATA
    letters.put_many(srv, 3, reader)
    srv:set_clock(letters.OPENS)
    await_pause(srv)
    srv:set_clock(letters.OPENS + 61)
    letters.await(srv, "sent", 3)
    assert.same({ sent = 3, pending = 1 }, letters.states(srv))
  end)
end)

describe("what many different recipients get in a row", function()
  it("is no recipient's fault: their letters wait again", function()
    local sink = smtp.start()
    local srv = letters.server(sink)
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 12, reader)
    sink:reply("rcpt", "550 5.1.1 <{}>: Recipient address rejected: User unknown")
    srv:set_clock(letters.OPENS)
    await_pause(srv)
    assert.same({ pending = 12 }, letters.states(srv))
    assert.truthy(srv:log():find("whoever they are for", 1, true))
    local _, told = command(srv, sink, "doctor")
    assert.truthy(told:find("the mail server refused letters from us, whoever they are for (policy): At 2030", 1, true), told)
    sink:reply("rcpt", nil)
    srv:set_clock(letters.OPENS + 121)
    letters.await(srv, "sent", 12)
    assert.equal(12, sink:letters())
  end)
end)

describe("a letter that has failed for good", function()
  local sink, srv

  before_each(function()
    sink = smtp.start()
    srv = letters.server(sink)
    srv:set_clock(letters.NOW)
  end)
  after_each(function()
    srv:stop()
    sink:stop()
  end)

  it("is told in the original's words, kept, and sent when somebody asks for it", function()
    letters.put(srv, "ada@example.org")
    sink:reply("rcpt", "550 5.1.1 <{}>: User unknown")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "failed", 1)
    assert.is_true(letters.row(srv).sealed > 0)

    local status, told = command(srv, sink, "reminders", "--failed")
    assert.equal(0, status, told)
    assert.truthy(told:find(
      "At 2030%-06%-01 20:00:0%d, Sending email has failed: a%*%*%*@example%.org, .*550 5%.1%.1"), told)

    sink:reply("rcpt", nil)
    local again
    status, again = command(srv, sink, "reminders", "--again", "all")
    assert.equal(0, status, again)
    assert.truthy(again:find("1 letter", 1, true), again)
    srv:set_clock(letters.OPENS + 10)
    letters.await(srv, "sent", 1)
    assert.equal("", letters.row(srv).sealed)
  end)

  it("is wiped after 30 days, but not one that does not open", function()
    letters.put(srv, "ada@example.org")
    letters.put(srv, "bob@example.org")
    srv:sql("UPDATE reminder SET message_id = '<moved@x>' WHERE id = (SELECT max(id) FROM reminder)")
    sink:reply("rcpt", "550 5.1.1 <{}>: User unknown")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "failed", 2)
    assert.equal("2", srv:sql("SELECT count(*) FROM reminder WHERE length(sealed) > 0"))
    for days, kept in pairs({ [29] = "2", [31] = "1" }) do
      srv:sql(("UPDATE reminder SET ended_at = %d WHERE ended_at IS NOT NULL"):format(os.time() - days * DAY))
      command(srv, sink, "remind") -- by the real clock nothing is due; it tidies
      assert.equal(kept, srv:sql("SELECT count(*) FROM reminder WHERE length(sealed) > 0"))
    end
  end)
end)

describe("a letter that was taken while the database could not be written", function()
  it("is not sent again by the next generation", function()
    local sink, site = smtp.start(), process.folder()
    local srv = letters.server(sink, { args = { "--site", site } })
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    srv:sql("CREATE TRIGGER no_sent BEFORE UPDATE OF sent_at ON reminder BEGIN SELECT raise(ABORT, 'not now'); END")
    srv:set_clock(letters.OPENS)
    assert.is_truthy(sink:envelope(1))
    assert.is_truthy(process.wait_for(function()
      return srv:log():find("its row does not say so yet", 1, true)
    end), srv:log())
    files.write(site, { ["static/new.txt"] = "another generation" })
    assert.is_true((srv:control("reload")))
    for minute = 2, 6, 2 do -- past the lease
      srv:set_clock(letters.OPENS + minute * 60)
      socket.sleep(1.2)
    end
    assert.equal(1, sink:letters())
    srv:sql("DROP TRIGGER no_sent")
    letters.await(srv, "sent", 1)
    assert.equal(1, sink:letters())
  end)
end)
