--- Three days without a mail server: everything that is overdue goes out afterwards, at the configured rate.
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

local HOUR, DAY = 3600, 86400
local OVERDUE = "tc_reminders_oldest_overdue_seconds"
local SOAK = os.getenv("SOAK")
local STEP = SOAK and 2 or 12 -- hours between two looks at an outage
local ATTEMPTS = { 1, 2, 23, 24 }
if SOAK then
  for attempt = 1, 24 do
    ATTEMPTS[attempt] = attempt
  end
end

describe("after three days of outage", function()
  it("what is overdue goes out at the configured rate, and nothing was given up", function()
    local count, rate = 60, 20
    local port = process.free_port()
    local srv = letters.server(("smtp://127.0.0.1:%d"):format(port),
      { args = { "--set", "mails_per_minute=" .. rate } })
    local sink
    finally(function()
      srv:stop()
      if sink then
        sink:stop()
      end
    end)
    srv:set_clock(letters.NOW)
    letters.put_many(srv, count // 2, function(i)
      return ("first%d@example.org"):format(i)
    end)
    letters.put_many(srv, count // 2, function(i)
      return ("second%d@example.org"):format(i)
    end, letters.OPENS + DAY)

    for hour = 0, 72, STEP do
      srv:set_clock(letters.OPENS + hour * HOUR)
      srv:tick("reminder.send")
    end
    assert.same({ pending = count }, letters.states(srv))
    assert.is_truthy(letters.counted(srv, OVERDUE, 3 * DAY, math.huge))
    local failures = tonumber(srv:sql("SELECT count(*) FROM mail_log"))
    local passes = 72 // STEP + 1
    assert.is_true(failures >= passes and failures <= 11 * passes, failures .. " attempts")

    sink = smtp.start({ words = { "--port", port } })
    local back = letters.OPENS + 3 * DAY + 2 * HOUR
    for minute = 0, 4 do
      srv:set_clock(back + minute * 61)
      srv:tick("reminder.send")
      assert.is_true(sink:letters() <= (minute + 1) * rate, "faster than configured")
    end
    letters.await(srv, "sent", count)
    assert.equal(count, sink:letters())
    assert.is_truthy(letters.counted(srv, OVERDUE, 0, 0))
    -- In no minute more than the rate.
    assert.is_true(tonumber(srv:sql("SELECT max((SELECT count(*) FROM mail_log AS b WHERE b.outcome = 'sent'"
      .. " AND b.at > a.at - 60 AND b.at <= a.at)) FROM mail_log AS a WHERE a.outcome = 'sent'")) <= rate)
  end)

  it("also when the server itself was off", function()
    local sink, data = smtp.start(), process.folder()
    local srv = letters.server(sink, { data = data })
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 20, function(i)
      return ("reader%d@example.org"):format(i)
    end)
    srv:stop()
    srv = letters.server(sink, { data = data })
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.OPENS + 30 * DAY)
    letters.await(srv, "sent", 20)
    assert.equal(20, sink:letters())
  end)
end)

describe("a letter that nobody takes", function()
  it("is given up after 14 days, and can be sent again", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink)
    srv:set_clock(letters.NOW)
    letters.put(srv, "rcpt-450@example.org")
    local clock, seen = letters.OPENS, 0
    for _, attempt in ipairs(ATTEMPTS) do
      srv:sql(("UPDATE reminder SET attempts = %d"):format(attempt - 1))
      srv:set_clock(clock)
      seen = seen + 1
      assert.is_truthy(process.wait_for(function()
        return srv:sql("SELECT count(*) FROM mail_log") == tostring(seen)
      end), "attempt " .. attempt .. ":\n" .. srv:log())
      clock = math.max(letters.row(srv).next_attempt_at, clock + 1)
    end
    local row = letters.row(srv)
    assert.equal("failed", row.state)
    assert.is_true(row.sealed > 0)
    assert.equal(24, row.attempts)
    assert.equal(seen, sink:count("rcpt"))
  end)
end)
