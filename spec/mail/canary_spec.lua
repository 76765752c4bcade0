--- The canary: whatever stops letters without a word raises an alarm within two periods, and its end ends the alarm.
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

local DAY = 86400
local CANARY = { "--set", "canary=canary@example.org", "--public-url", "https://capsule.example" }

local function alarm(srv)
  return letters.metric(srv, "tc_canary_alarm")
end

local function await_alarm(srv, value)
  assert.is_truthy(process.wait_for(function()
    return alarm(srv) == value
  end), srv:log())
end

describe("the canary", function()
  local data = process.folder()
  local sink, srv, at

  --- Its letter of a new period goes out.
  local function sing()
    at = at + 2 * DAY
    srv:set_clock(at)
    local before = srv:sql("SELECT count(*) FROM mail_log WHERE outcome = 'canary'")
    srv:tick("admin.canary")
    assert.is_truthy(process.wait_for(function()
      return srv:sql("SELECT count(*) FROM mail_log WHERE outcome = 'canary'") ~= before
    end), srv:log())
    await_alarm(srv, 0)
  end

  --- Two periods go by.
  local function wait_two_periods()
    srv:set_clock(at + DAY)
    srv:tick("admin.canary")
    at = at + 2 * DAY + 60
    srv:set_clock(at)
    srv:tick("admin.canary")
  end

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = CANARY, data = data })
    at = letters.NOW
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  local function refuses(stage, words)
    return function()
      sink:reply(stage, words)
    end, function()
      sink:reply(stage, nil)
    end
  end

  local function sql(plant, heal)
    return function()
      srv:sql(plant)
    end, function()
      srv:sql(heal)
    end
  end

  for _, case in ipairs({
    { "a server that refuses our sender", refuses("mail", "550 5.1.8 no such sender") },
    { "a server that does not relay for us", refuses("rcpt", "554 5.7.1 relay access denied") },
    { "a mailbox that is no more", refuses("rcpt", "550 5.1.1 <{}>: unknown") },
    { "a server that puts off for ever", refuses("data", "451 4.3.0 later") },
    { "a database that takes no capsule",
      sql("CREATE TRIGGER no_put BEFORE INSERT ON capsule BEGIN SELECT raise(ABORT, 'no'); END", "DROP TRIGGER no_put") },
    { "rows that no secret opens",
      sql("CREATE TRIGGER changed AFTER INSERT ON reminder BEGIN UPDATE reminder SET message_id = '<x@y>' WHERE id = new.id; END",
        "DROP TRIGGER changed") },
    { "a mailbox that wants no more letters",
      sql("UPDATE mailbox SET state = 'stopped'", "UPDATE mailbox SET state = 'unconfirmed'") },
  }) do
    local name, plant, heal = table.unpack(case)
    it("raises an alarm over " .. name, function()
      sing()
      plant()
      wait_two_periods()
      await_alarm(srv, 1)
      assert.truthy(srv:log():find("the canary is silent", 1, true))
      heal()
      sing()
    end)
  end

  it("raises an alarm over a clock that was set back", function()
    sing()
    srv:set_clock(at - 5 * DAY)
    await_alarm(srv, 1)
  end)

  it("raises an alarm over a timer that is dead", function()
    sing()
    srv:stop()
    srv = letters.server(sink, { args = { "--reminders", "off", table.unpack(CANARY) }, data = data })
    at = at + 2 * DAY + 60
    srv:set_clock(at)
    await_alarm(srv, 1)
    srv:stop()
    srv = letters.server(sink, { args = CANARY, data = data })
    srv:set_clock(at)
    sing()
  end)

  it("leaves nothing behind but its last capsule", function()
    sing()
    assert.equal("1", srv:sql("SELECT count(*) FROM capsule"))
  end)
end)

describe("a server that takes the canary's letters and swallows them", function()
  it("is told by the answers that do not come", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, { args = { "--set", "canary_answers=on", table.unpack(CANARY) } })
    srv:set_clock(letters.NOW)
    srv:tick("admin.canary")
    local link = sink:letter(1).parts[1].text:match("https://capsule.example(/canary%?t=[%w_-]+)")
    assert.is_truthy(link)
    srv:get(link):expect({ status = 200 })
    srv:get(link:sub(1, -3)):expect({ status = 404 })
    await_alarm(srv, 0)
    for day = 1, 2 do
      srv:set_clock(letters.NOW + day * (DAY + 60))
      srv:tick("admin.canary")
      srv:tick("reminder.send")
      assert.is_truthy(sink:envelope(1 + day), srv:log())
    end
    await_alarm(srv, 1)
    assert.truthy(srv:log():find("nobody answers that they arrive", 1, true))
  end)
end)

describe("letters that were due while the server was off", function()
  it("say after thirty days that they are late, and go out once, within the rate", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, { args = { "--set", "mails_per_minute=5" } })
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 12, function(i)
      return ("reader%d@example.org"):format(i)
    end)
    local began = letters.OPENS + 30 * DAY
    for minute = 0, 2 do
      srv:set_clock(began + minute * 61)
      srv:tick("reminder.send")
      assert.is_truthy(process.wait_for(function()
        return sink:letters() == math.min(5 * (minute + 1), 12)
      end), sink:letters())
    end
    letters.await(srv, "sent", 12)
    assert.equal(12, sink:letters())
    for n = 1, 12 do
      assert.truthy(sink:letter(n).parts[1].text:find("This letter is late: it was due at", 1, true))
    end
  end)
end)
