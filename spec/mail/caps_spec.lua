--- Two servers on one database: the caps of letters are those of both together.
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

local MINUTES = 5

describe("two servers on one database", function()
  local sink, first, second

  local function start(...)
    sink = smtp.start()
    local base = mariadb.shared():create()
    first = letters.server(sink, { database = base, args = { ... } })
    second = letters.server(sink, { database = base, args = { "--secret-file", first.data .. "/secret", ... } })
    finally(function()
      first:stop()
      second:stop()
      sink:stop()
    end)
  end

  local function set_clocks(moment)
    first:set_clock(moment)
    second:set_clock(moment)
  end

  --- Both begin to send at once, and have ended.
  local function both_send()
    local before = { first:runs("reminder.send"), second:runs("reminder.send") }
    first:control("tick reminder.send")
    second:control("tick reminder.send")
    assert(process.wait_for(function()
      return first:runs("reminder.send") > before[1] + 1 and second:runs("reminder.send") > before[2] + 1
    end))
  end

  it("send no more letters a minute than one may", function()
    start("--set", "mails_per_minute=7")
    set_clocks(letters.NOW)
    letters.put_many(first, MINUTES * 7, function(i)
      return ("reader%d@example.org"):format(i)
    end)
    for minute = 0, MINUTES - 1 do
      set_clocks(letters.OPENS + minute * 61)
      both_send()
      assert.is_true(sink:letters() <= 7 * (minute + 1), sink:letters() .. " letters, minute " .. minute)
    end
    set_clocks(letters.OPENS + MINUTES * 61)
    letters.await(first, "sent", MINUTES * 7)
    assert.equal(MINUTES * 7, sink:letters())
  end)
end)
