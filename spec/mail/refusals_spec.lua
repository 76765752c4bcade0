--- What becomes of letters at each refusal, whichever step of their way it answers: a recipient's ends that one
--- letter, which is kept; one about us or the rules ends none.  Mended, each arrives once.
---
--- SOAK=1 goes through every status of RFC 3463 and its registry.
local letters = require("spec.support.letters")
local refusals = require("spec.support.refusals")
local smtp = require("spec.support.smtp")

local SEND = "reminder.send"
local HOUR = 3600 -- the longest pause

local THEIRS, OURS = refusals.ABOUT_RECIPIENT, refusals.ABOUT_US
if os.getenv("SOAK") then
  THEIRS, OURS = refusals.registry()
end

local function joined(first, second)
  return table.move(second, 1, #second, #first + 1, table.move(first, 1, #first, 1, {}))
end

describe("letters that are refused", function()
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

  local function send_at(moment)
    srv:set_clock(moment)
    srv:tick(SEND)
  end

  --- So many letters since then, each another's.
  local function expect_once(before, count)
    local list, seen = letters.letters(sink), {}
    assert.equal(before + count, #list)
    for n = before + 1, #list do
      assert.is_nil(seen[list[n].to], list[n].to)
      seen[list[n].to] = true
    end
  end

  for _, stage in ipairs(refusals.STAGES) do
    it("for what is about us or the rules wait: at " .. stage, function()
      local before, at = sink:letters(), letters.OPENS
      letters.put_many(srv, 12, function(i)
        return ("reader%d@example.org"):format(i)
      end)
      -- At MAIL nobody but the sender has been named yet.
      for _, words in ipairs(stage == "mail" and joined(OURS, THEIRS) or OURS) do
        if stage ~= "mail" or not words:find(" 5.6.", 1, true) then
          sink:reply(stage, words)
          send_at(at)
          local told = srv:sql(("SELECT outcome, text FROM mail_log WHERE at >= %d"):format(at))
          for line in (told .. "\n"):gmatch("(.-)\n") do
            assert.equal("policy|", line:sub(1, 7), words .. ": " .. line)
            assert.truthy(line:find(words:match("^[^{]+"), 1, true), words .. ": " .. line)
          end
          at = at + HOUR + 1
        end
      end
      assert.same({ pending = 12 }, letters.states(srv))
      assert.equal("12", srv:sql("SELECT count(*) FROM reminder WHERE length(sealed) > 0 AND mailbox_id > 0"))
      sink:reply(stage, nil)
      send_at(at)
      assert.same({ sent = 12 }, letters.states(srv))
      expect_once(before, 12)
    end)
  end

  for _, stage in ipairs({ "rcpt", "data", "end" }) do
    it("for what is about the recipient end alone, and are kept: at " .. stage, function()
      local before = sink:letters()
      for i = 1, #THEIRS do
        letters.put(srv, ("refused%d@example.org"):format(i), { opens_at = letters.OPENS + 60 * i })
        letters.put(srv, ("taken%d@example.org"):format(i), { opens_at = letters.OPENS + 60 * i + 30 })
      end
      for i, words in ipairs(THEIRS) do
        sink:reply(stage, words)
        send_at(letters.OPENS + 60 * i)
        assert.equal(tostring(i), srv:sql("SELECT count(*) FROM reminder WHERE state = 'failed' AND length(sealed) > 0"), words)
        sink:reply(stage, nil)
        send_at(letters.OPENS + 60 * i + 30)
        assert.same({ failed = i, sent = i, pending = 2 * (#THEIRS - i) > 0 and 2 * (#THEIRS - i) or nil }, letters.states(srv))
      end
      local status, told = letters.run(srv, "reminders", "--mail", sink:url(), "--again", "all")
      assert.equal(0, status, told)
      send_at(letters.OPENS + 60 * #THEIRS + HOUR)
      assert.same({ sent = 2 * #THEIRS }, letters.states(srv))
      expect_once(before, 2 * #THEIRS)
    end)
  end
end)
