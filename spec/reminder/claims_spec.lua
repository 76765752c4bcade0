--- Claims on a real database: leases, what ends them, and what a row holds afterwards.
local clock = require("host.clock")
local db = require("host.db")
local task = require("host.task")
local mailbox = require("reminder.mailbox")
local claims = require("reminder.claim")
local queue = require("reminder.queue")
local sealed = require("reminder.sealed")
local store = require("capsule.store")

--- Puts a capsule that has opened already, with a reminder; returns its key.
local function put(address, opens_at)
  local capsule = { name = "Ann", content = "words", note = "", zone = "UTC", wall = "", lang = "en",
    opens_at = opens_at or clock.now() - 10 }
  return assert(store.put(capsule, nil, function(placed, key_hash)
    return queue.calls({ key = placed.key, key_hash = key_hash, opens_at = placed.opens_at,
      created_at = placed.created_at, mailbox = address, mail_key = true, lang = "en", zone = "UTC" })
  end)).key
end

--- How many rows are in each state.
local function counts()
  local found = {}
  for _, row in ipairs(assert(db.all("reminder.count"))) do
    found[row.state] = row.letters
  end
  return found
end

local FREE = { minute = 0, day = 0, address = 0 }
local held = {}

--- A claim whose rows do not outlive the spec.
local function take(room, caps)
  local claim = assert(claims.take(room, caps or FREE))
  table.move(claim.rows, 1, #claim.rows, #held + 1, held)
  return claim
end

--- Cancels everything that is due or held or was put off, so that each spec has the queue for
--- itself.
local function drain()
  assert(queue.hasten())
  repeat
    local count = #take(1000).rows
  until count == 0
  for _, row in ipairs(held) do
    assert(queue.cancel(row))
  end
  held = {}
end

local function note(outcome)
  return { at = clock.now(), outcome = outcome, text = "a line of the log" }
end

describe("a claim", function()
  before_each(drain)

  it("takes what is due, the oldest first, and no more than there is room for", function()
    local now = clock.now()
    put("a@example.org", now - 10)
    put("b@example.org", now - 30)
    put("c@example.org", now - 20)
    put("d@example.org", now + 1000)
    local claim = take(2)
    assert.equal(2, #claim.rows)
    assert.equal("b@example.org", sealed.open(claim.rows[1]).mailbox)
    assert.equal("c@example.org", sealed.open(claim.rows[2]).mailbox)
    assert.equal(1, #take(10).rows)
    assert.equal(0, #take(10).rows)
  end)

  it("says when nothing is due", function()
    assert.is_false(claims.is_due())
    put("a@example.org")
    assert.is_true(claims.is_due())
    take(10)
    assert.is_false(claims.is_due())
  end)

  it("leaves nobody else what it holds, however many claim at once", function()
    for i = 1, 100 do
      put(("reader%d@example.org"):format(i))
    end
    local holders, tries = {}, {}
    for i = 1, 16 do
      tries[i] = i
    end
    task.each(tries, 16, function()
      repeat
        local claim = take(7)
        for _, row in ipairs(claim.rows) do
          assert.is_nil(holders[row.id], "claimed twice")
          holders[row.id] = claim.owner
        end
      until #claim.rows == 0
    end)
    local count = 0
    for _ in pairs(holders) do
      count = count + 1
    end
    assert.equal(100, count)
  end)

  it("leaves room for what others hold, however many claim at once", function()
    for i = 1, 60 do
      put(("reader%d@example.org"):format(i))
    end
    local load = assert(claims.load())
    local tries, counts_of, sum = {}, {}, 0
    for i = 1, 8 do
      tries[i] = i
    end
    task.each(tries, 8, function(i)
      counts_of[i] = #take(200, { minute = load.last_minute + 15, day = 0, address = 0 }).rows
    end)
    for _, count in ipairs(counts_of) do
      sum = sum + count
    end
    assert.equal(15, sum)
    assert.equal(5, #take(200, { minute = 0, day = load.last_day + 20, address = 0 }).rows)
  end)

  it("counts what others are sending to an address as sent", function()
    for _ = 1, 3 do
      put("many@example.org")
    end
    local before = take(1).rows[1].mails_today
    assert.equal(before + 1, take(1).rows[1].mails_today)
    assert.equal(before + 2, take(1).rows[1].mails_today)
  end)

  it("gives back what nobody has told the end of", function()
    put("a@example.org")
    put("b@example.org")
    local claim = take(10)
    assert(queue.cancel(claim.rows[1]))
    assert(claims.release(claim))
    local again = take(10)
    assert.equal(1, #again.rows)
    assert.equal(claim.rows[2].id, again.rows[1].id)
    assert.equal(0, again.rows[1].attempts)
  end)

  it("shows how many letters are under way", function()
    put("a@example.org")
    put("b@example.org")
    take(10)
    assert.equal(2, assert(claims.load()).under_way)
  end)
end)

describe("a row", function()
  before_each(drain)

  it("is wiped once its letter has been handed over, and names no mailbox any more", function()
    put("a@example.org")
    local row = take(1).rows[1]
    assert.is_truthy(row.mailbox_id)
    local before = counts().sent or 0
    assert(queue.sent(row, note("sent")))
    assert.equal(before + 1, counts().sent)
    assert.equal(0, #take(1).rows)
    assert.is_false(claims.is_due())
    local person = assert(mailbox.find("a@example.org"))
    assert.equal(1, person.mails_today)
  end)

  it("counts a failure and comes again at its time", function()
    put("a@example.org")
    local row = take(1).rows[1]
    assert(queue.later(row, clock.now() - 1, note("later")))
    local again = take(1).rows[1]
    assert.equal(row.id, again.id)
    assert.equal(1, again.attempts)
    assert(queue.later(again, clock.now() + 60, note("later")))
    assert.equal(0, #take(1).rows)
  end)

  it("counts nothing where nothing was tried", function()
    put("a@example.org")
    local row = take(1).rows[1]
    assert(queue.later(row, clock.now() - 1))
    assert.equal(0, take(1).rows[1].attempts)
  end)

  it("listens to nobody whose lease was taken over, but for a letter that was taken", function()
    put("a@example.org")
    local old = take(1).rows[1]
    assert(queue.later(old, clock.now() - 1)) -- as if its lease had ended
    local new = take(1).rows[1]
    assert(queue.fail(old, note("failed")))
    assert(queue.later(old, clock.now() - 1, note("later")))
    assert.equal(0, #take(1).rows)
    assert(queue.sent(old, note("sent")))
    local sent = counts().sent
    assert(queue.later(new, clock.now() - 1, note("later")))
    assert.equal(sent, counts().sent)
    assert.equal(0, #take(1).rows)
  end)

  it("comes forward after an outage when it had been put off, and only then", function()
    put("a@example.org")
    put("b@example.org", clock.now() + 500)
    local row = take(1).rows[1]
    assert(queue.later(row, clock.now() + 80000, note("later")))
    assert.equal(0, #take(10).rows)
    assert.equal(1, assert(queue.hasten()).affected)
    assert.equal(row.id, take(10).rows[1].id)
  end)
end)

describe("an address that wants no letters", function()
  before_each(drain)

  it("has those that wait cancelled and wiped, and gets no new ones", function()
    put("stop@example.org")
    put("other@example.org")
    local cancelled = counts().cancelled or 0
    assert.equal(1, mailbox.stop(mailbox.hash("STOP@example.org")))
    assert.equal(cancelled + 1, counts().cancelled)
    put("stop@example.org")
    assert.equal(cancelled + 2, counts().cancelled)
    local rows = take(10).rows
    assert.equal(1, #rows)
    assert.equal("other@example.org", sealed.open(rows[1]).mailbox)
  end)

  it("may change its mind for what is put from then on", function()
    local hash = mailbox.hash("again@example.org")
    put("again@example.org")
    mailbox.stop(hash)
    assert.equal(0, mailbox.confirm(hash))
    assert.equal("confirmed", assert(mailbox.find("again@example.org")).state)
    put("again@example.org")
    assert.equal(1, #take(10).rows)
  end)
end)

describe("housekeeping", function()
  it("leaves alone what is young or waits", function()
    drain()
    put("young@example.org")
    assert(queue.tidy())
    assert.is_truthy(assert(mailbox.find("young@example.org")).id)
    assert.equal(1, #take(10).rows)
  end)
end)
