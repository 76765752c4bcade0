--- Servers that die while they send: nothing is lost, and nothing comes twice without a reason that can be counted.
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")
local socket = require("socket")

local SOAK = os.getenv("SOAK") ~= nil
local COUNT = SOAK and 1000 or 200
local KILLS = SOAK and 10 or tonumber(os.getenv("ROUNDS") or "") or 3

--- Waits until nothing more arrives: what a dead server had sent may still be read.
local function settle(sink)
  local before
  repeat
    before = sink:letters()
    socket.sleep(0.4)
  until sink:letters() == before
end

--- How many letters there are per Message-ID; fails where one has two readers or a reader two ids.
local function tally(sink)
  local counts, readers = {}, {}
  for _, letter in ipairs(letters.letters(sink)) do
    assert.is_truthy(letter.id, "a letter without Message-ID")
    assert.is_true(readers[letter.to] == nil or readers[letter.to] == letter.id,
      letter.to .. " has letters of two ids")
    readers[letter.to] = letter.id
    counts[letter.id] = (counts[letter.id] or 0) + 1
  end
  return counts
end

--- Message-IDs whose letter the sink has and whose row does not say so: they will come again.
local function accepted_unseen(sink, srv)
  local shown, unseen = {}, 0
  for id in srv:sql("SELECT message_id FROM reminder WHERE state = 'sent'"):gmatch("[^\n]+") do
    shown[id] = true
  end
  for id in pairs(tally(sink)) do
    unseen = unseen + (shown[id] and 0 or 1)
  end
  return unseen
end

local function repeats(sink)
  local more = 0
  for _, count in pairs(tally(sink)) do
    more = more + count - 1
  end
  return more
end

describe("a server that is killed while it sends", function()
  it(("%d times loses none of %d letters, and repeats none but those it could not record"):format(KILLS, COUNT),
    function()
      local data = process.folder()
      local sink = smtp.start()
      local srv = letters.server(sink, { data = data })
      finally(function()
        srv:stop()
        sink:stop()
      end)
      srv:set_clock(letters.NOW)
      letters.put_many(srv, COUNT, function(i)
        return ("reader%d@example.org"):format(i)
      end)
      math.randomseed(tonumber(os.getenv("SEED") or "") or os.time())
      local clock, bound = letters.OPENS, 0
      srv:set_clock(clock)
      for _ = 1, KILLS do
        local at = sink:letters() + math.random(1, COUNT // KILLS)
        process.wait_for(function()
          return sink:letters() >= at
        end)
        srv:kill("KILL")
        srv:wait()
        settle(sink)
        bound = bound + accepted_unseen(sink, srv)
        srv:stop()
        srv = letters.server(sink, { data = data })
        clock = clock + 100 -- leases of the dead have ended
        srv:set_clock(clock)
      end
      letters.await(srv, "sent", COUNT)
      local distinct = 0
      for _ in pairs(tally(sink)) do
        distinct = distinct + 1
      end
      assert.equal(COUNT, distinct)
      assert.is_true(repeats(sink) <= bound, ("%d repeats, %d explained"):format(repeats(sink), bound))
      assert.same({ sent = COUNT }, letters.states(srv))
      print(("%d letters, %d kills: %d repeats of at most %d"):format(COUNT, KILLS, repeats(sink), bound))
    end)
end)

describe("a server that is asked to end while it sends", function()
  it("finishes the letters that are under way, so that none comes twice", function()
    local count = 60
    local data = process.folder()
    local sink = smtp.start()
    local srv = letters.server(sink:url() .. "?connections=8", { data = data })
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.NOW)
    letters.put_many(srv, count, function(i)
      return ("slow@reader%d.example"):format(i) -- half a second each
    end)
    srv:set_clock(letters.OPENS)
    local stops = 0
    for at = 1, count, 20 do
      process.wait_for(function()
        return sink:letters() >= at
      end)
      local began = socket.gettime()
      srv:stop()
      stops = stops + 1
      assert.is_true(socket.gettime() - began < 20, "stopping took too long")
      local before = sink:letters()
      assert.equal("0", srv:sql("SELECT count(*) FROM reminder WHERE lease_owner IS NOT NULL"))
      assert.equal(tostring(before), srv:sql("SELECT count(*) FROM reminder WHERE state = 'sent'"))
      srv = letters.server(sink:url() .. "?connections=8", { data = data })
      srv:set_clock(letters.OPENS + stops)
    end
    letters.await(srv, "sent", count)
    assert.equal(count, sink:letters())
    assert.equal(0, repeats(sink))
  end)
end)

describe("two servers and a command on one database", function()
  it("send nothing twice", function()
    local count = SOAK and 1000 or 500
    local sink <close> = smtp.start()
    local first <close> = letters.server(sink)
    local place, env = letters.same_place(first)
    local second <close> = letters.server(sink, { args = place, env = env })
    -- Their clocks are a day behind the command's until it has begun, so that all three have a share.
    local now = os.time()
    for _, srv in ipairs({ first, second }) do
      srv:set_clock(now - 86400)
    end
    letters.put_many(first, count, function(i)
      return ("reader%d@example.org"):format(i)
    end, now - 3600)
    local args = { "remind", "--data", second.data, "--mail", sink:url(), "--mail-from", "c@sender.example" }
    local command = server.begin({ args = table.move(place, 1, #place, #args + 1, args), env = env })
    process.wait_for(function()
      return sink:letters() > 0
    end)
    for _, srv in ipairs({ first, second }) do
      srv:set_clock(os.time())
      assert(srv:control("tick reminder.send"))
    end
    local status, output = command()
    assert.equal(0, status, output)
    letters.await(first, "sent", count)
    settle(sink)
    assert.equal(0, repeats(sink))
    assert.equal(count, sink:letters())
    local by_command = tonumber(output:match("(%d+) sent"))
    local by_first = letters.metric(first, "tc_reminders_sent_total") or 0
    local by_second = letters.metric(second, "tc_reminders_sent_total") or 0
    assert.equal(count, by_command + by_first + by_second)
    assert.is_true(by_command > 0 and by_first + by_second > 0)
    print(("%d + %d by two servers, %d by the command"):format(by_first, by_second, by_command))
  end)
end)
