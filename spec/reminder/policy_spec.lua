--- Which letters a capsule is owed, when a failed one is tried again, how many go out.
local policy = require("reminder.policy")

local MINUTE, HOUR, DAY = 60, 3600, 86400

describe("policy.letters", function()
  it("owes one letter, at the opening time", function()
    assert.same({ { letter = "opening", due_at = 2000 } },
      policy.letters({ opens_at = 2000, created_at = 1000 }))
  end)
end)

describe("policy.closing_letters", function()
  it("owes one a week before others can no longer add letters, where that is a day ahead at least", function()
    assert.same({ { letter = "closing", due_at = 3 * DAY } },
      policy.closing_letters({ closes_at = 10 * DAY, created_at = 2 * DAY }))
    assert.same({}, policy.closing_letters({ closes_at = 10 * DAY, created_at = 2 * DAY + 1 }))
    assert.same({}, policy.closing_letters({ created_at = 0 }))
  end)
end)

describe("policy.next_attempt", function()
  local cases = {
    { "a minute after the first failure", 1, MINUTE },
    { "twice as long after the second", 2, 2 * MINUTE },
    { "about half an hour after the sixth", 6, 32 * MINUTE },
    { "seventeen hours after the eleventh", 11, 1024 * MINUTE },
    { "a day after the twelfth", 12, DAY },
    { "and a day after each one that follows", 20, DAY },
    { "also after the last but one", 23, DAY },
    { "never after that", 24, nil },
    { "nor later", 100, nil },
  }
  for _, case in ipairs(cases) do
    local name, failed, delay = table.unpack(case)
    it("tries again " .. name, function()
      assert.equal(delay and 1000 + delay, policy.next_attempt(failed, 1000))
    end)
  end

  it("gives up between 13 and 14 days after the first attempt", function()
    local now, failed = 0, 0
    repeat
      failed = failed + 1
      local at = policy.next_attempt(failed, now)
      assert.is_true(not at or (at - now >= MINUTE and at - now <= DAY))
      now = at or now
    until not at
    assert.is_true(now > 13 * DAY and now <= 14 * DAY, now / HOUR .. " hours")
  end)
end)

describe("policy.room", function()
  local none = { minute = 0, day = 0, address = 0 }
  local cases = {
    { "any number without caps", { 900, 90000, 50 }, none, nil },
    { "the cap of a minute", { 0, 0, 0 }, { minute = 60, day = 0 }, 60 },
    { "what the last minute has left", { 45, 45, 0 }, { minute = 60, day = 0 }, 15 },
    { "nothing when the minute is full", { 60, 60, 0 }, { minute = 60, day = 0 }, 0 },
    { "nothing, not less, when it is more than full", { 99, 99, 9 }, { minute = 60, day = 0 }, 0 },
    { "room for those under way", { 30, 30, 20 }, { minute = 60, day = 0 }, 10 },
    { "what the day has left", { 0, 490, 0 }, { minute = 60, day = 500 }, 10 },
    { "the minute's share of a long day", { 50, 100, 0 }, { minute = 60, day = 500 }, 10 },
    { "the day alone", { 50, 100, 1 }, { minute = 0, day = 500 }, 399 },
  }
  for _, case in ipairs(cases) do
    local name, load, caps, room = table.unpack(case)
    it("gives " .. name, function()
      assert.equal(room, policy.room({ last_minute = load[1], last_day = load[2],
        under_way = load[3] }, caps))
    end)
  end
end)

describe("policy.postpone", function()
  local cases = {
    { "the first letter of a day", 0, 24, nil },
    { "the last one that fits", 23, 24, nil },
    { "any letter without a cap", 1000, 0, nil },
    { "the next one to the next day", 24, 24, 11 * DAY },
    { "all that follow", 500, 24, 11 * DAY },
  }
  for _, case in ipairs(cases) do
    local name, mails, cap, at = table.unpack(case)
    it((at and "puts off " or "lets through ") .. name, function()
      assert.equal(at, policy.postpone(mails, { address = cap }, 10 * DAY + 5 * HOUR))
    end)
  end

  it("waits a day at the first second of one", function()
    assert.equal(11 * DAY, policy.postpone(1, { address = 1 }, 10 * DAY))
    assert.equal(11 * DAY, policy.postpone(1, { address = 1 }, 11 * DAY - 1))
  end)
end)

describe("policy's pauses", function()
  it("are there for every kind that halts", function()
    for _, kind in ipairs({ "temporary", "auth", "policy" }) do
      assert.is_true(policy.pause(kind, 1) >= 60)
    end
    assert.is_true(policy.TROUBLE >= 2)
  end)

  it("grow while the trouble is about us, to an hour", function()
    assert.same({ 60, 120, 240 }, { policy.pause("policy", 1), policy.pause("policy", 2), policy.pause("policy", 3) })
    assert.same({ 300, 600 }, { policy.pause("auth", 1), policy.pause("auth", 2) })
    assert.equal(3600, policy.pause("policy", 7))
    assert.equal(3600, policy.pause("policy", 1000000))
    assert.equal(60, policy.pause("temporary", 50))
  end)
end)
