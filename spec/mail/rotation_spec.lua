--- Another server secret: added, known by all, made current, what waits sealed again under it; and one that is lost.
local crypto = require("host.crypto")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local NODE = { args = { "--public-url", "https://capsule.example" } }

local function secret_of(srv, line)
  local text = process.read_file(srv.data .. "/secret")
  local n = 0
  for hex in text:gmatch("%x+") do
    n = n + 1
    if n == line then
      return crypto.from_hex(hex)
    end
  end
  error("the secret file has no line " .. line)
end

--- How many sealed rows there are, and how many of them that secret opens.
local function opened_by(srv, secret)
  local subkey, all, opened = crypto.derive(secret, "reminder"), 0, 0
  for letter, message_id, hex in srv:sql("SELECT letter, message_id, hex(sealed) FROM reminder WHERE sealed IS NOT NULL")
    :gmatch("([^|\n]+)|([^|\n]+)|(%x+)") do
    all = all + 1
    local ad = ("time-capsule reminder|1|%s|%s"):format(message_id, letter)
    opened = opened + (crypto.open(subkey, crypto.from_hex(hex), ad) and 1 or 0)
  end
  return all, opened
end

local function status_line(srv, name)
  local _, text = srv:control("status")
  return text:match("\n" .. name:gsub("%-", "%%-") .. " +([^\n]*)")
end

--- Waits until what is told of the sealing says so.
local function await_sealed(srv, words)
  assert.is_truthy(process.wait_for(function()
    local line = status_line(srv, "re-sealing")
    return line and line:find(words, 1, true)
  end), tostring(status_line(srv, "re-sealing")) .. "\n" .. srv:log())
end

local function good(status, output)
  assert.equal(0, status, output)
  return output
end

local function refuses(says, status, output)
  assert.equal(2, status, output)
  assert.truthy(output:find(says, 1, true), output)
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  process.output("chmod 600 " .. path)
end

local function copy_secret(from, to)
  write(to.data .. "/secret", process.read_file(from.data .. "/secret"))
end

--- Makes an SQLite or MariaDB database fail where that row would be changed, or no more.
local function set_trap(srv, id)
  if srv.database then
    srv:sql(id and ("CREATE TRIGGER trap BEFORE UPDATE ON reminder FOR EACH ROW SET NEW.attempts ="
      .. " IF(OLD.id = %d, (SELECT 1 UNION SELECT 2), NEW.attempts)"):format(id) or "DROP TRIGGER trap")
  else
    srv:sql(id and ("CREATE TRIGGER trap BEFORE UPDATE ON reminder WHEN OLD.id = %d"
      .. " BEGIN SELECT RAISE(ABORT, 'a trap'); END"):format(id) or "DROP TRIGGER trap")
  end
end

describe("another server secret", function()
  it("is made current only when every node knows it, and is then used by all", function()
    local sink <close> = smtp.start()
    local first <close> = letters.server(sink, NODE)
    local place, env = letters.same_place(first)
    local second = letters.server(sink, { args = { place[1], place[2] }, env = env, data = (function()
      local folder = process.folder()
      copy_secret(first, { data = folder })
      return folder
    end)() })
    finally(function()
      second:stop()
    end)
    letters.put(first, "ada@example.org")
    refuses("there is no next one", letters.run(first, "secret", "rotate"))

    local id = good(letters.run(first, "secret", "add")):match("^(%x+) is on the last line")
    refuses(id .. " is there already", letters.run(first, "secret", "add"))
    refuses("not every node knows " .. id, letters.run(first, "secret", "rotate"))
    local old, new = secret_of(first, 1), secret_of(first, 2)

    copy_secret(first, second)
    assert.is_true((second:control("reload")))
    assert.is_truthy(process.wait_for(function()
      return select(2, second:control("secrets")):find(id, 1, true)
    end))
    good(letters.run(first, "secret", "rotate"))
    assert.equal(new, secret_of(first, 1))
    await_sealed(first, "1 sealed again") -- done it is when all must have heard of it
    local all, opened = opened_by(first, new)
    assert.equal(1, all)
    assert.equal(1, opened)

    -- The other one's file still has the old one first: the database's word is what counts.
    assert.is_true((second:control("reload")))
    assert.is_truthy(process.wait_for(function()
      return status_line(second, "secrets"):find("^" .. id)
    end))
    letters.put(second, "bob@example.org")
    second:stop()
    second = letters.server(sink, { args = { place[1], place[2] }, env = env, data = second.data })
    assert.equal(old, secret_of(second, 1))
    letters.put(second, "eve@example.org")
    all, opened = opened_by(first, new)
    assert.equal(3, all)
    assert.equal(3, opened)
    assert.equal(0, select(2, opened_by(first, old)))
    local listed = good(letters.run(first, "secret"))
    assert.matches("^" .. id .. "  current since [^\n]+\n%x+  previous since", listed)
    -- The one that was stopped, and has another port now, is told for a while.
    assert.equal(3, select(2, listed:gsub("node [^\n]+ knows " .. id .. " %x+\n", "")))
  end)

  it("does not wait for a node that has said that it stops", function()
    local sink <close> = smtp.start()
    local first <close> = letters.server(sink, NODE)
    local place, env = letters.same_place(first)
    local folder = process.folder()
    copy_secret(first, { data = folder })
    local second = letters.server(sink, { args = { place[1], place[2] }, env = env, data = folder })
    good(letters.run(first, "secret", "add"))
    refuses("not every node knows", letters.run(first, "secret", "rotate"))
    second:stop()
    assert.matches("node [^\n]+ %(%d+ s ago, stopped%) knows %x+\n", good(letters.run(first, "secret")))
    good(letters.run(first, "secret", "rotate"))
  end)

  it("is sealed under by a server that was killed in the middle, and nothing is lost", function()
    local sink <close> = smtp.start()
    local data = process.folder()
    local function start()
      return letters.server(sink, { args = NODE.args, data = data })
    end
    local srv = start()
    finally(function()
      srv:stop()
    end)
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 500, function(i)
      return ("reader%d@example.org"):format(i)
    end)
    local before = srv:sql("SELECT id, message_id FROM reminder ORDER BY id")
    set_trap(srv, tonumber((srv:sql("SELECT max(id) FROM reminder"))) - 20)
    good(letters.run(srv, "secret", "add"))
    good(letters.run(srv, "secret", "rotate"))
    await_sealed(srv, "400 of 500 letters looked at, 400 sealed again")
    local all, opened = opened_by(srv, secret_of(srv, 1))
    assert.equal(500, all)
    assert.equal(400, opened)
    srv:kill("KILL")
    srv:wait()
    srv:stop()
    set_trap(srv)

    srv = start()
    -- Another process held the lease: it is waited for.
    srv:set_clock(letters.NOW + 600)
    await_sealed(srv, "500 letters sealed again, 500 are under")
    all, opened = opened_by(srv, secret_of(srv, 1))
    assert.equal(500, all)
    assert.equal(500, opened)
    assert.equal(before, srv:sql("SELECT id, message_id FROM reminder ORDER BY id"))
    local state = srv:sql("SELECT value FROM meta WHERE name = 'reseal'")
    assert.is_true((srv:control("reload")))
    srv:tick("reminder.reseal")
    assert.equal(state, srv:sql("SELECT value FROM meta WHERE name = 'reseal'"))
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 500)
    assert.equal(500, sink:letters())
  end)

  it("gives a repeated post the key that the one before gave it, for a day", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, NODE)
    local function put()
      return srv:json("/api/v1/capsules", { name = "n", content = "c", opens_at = letters.OPENS },
        { ["Idempotency-Key"] = "one" }):expect({ status = 201 }):json().key
    end
    local form = { name = "n", content = "c", time = "2031-01-01 00:00", tz = "UTC",
      once = crypto.base64url(("1"):rep(32)) }
    local key = put()
    srv:post("/put", form):expect({ status = 200 })
    good(letters.run(srv, "secret", "add"))
    assert.equal(key, put())
    good(letters.run(srv, "secret", "rotate"))
    assert.equal(key, put())
    srv:post("/put", form):expect({ status = 200 })
    assert.equal("2", srv:sql("SELECT count(*) FROM capsule"))
    srv:set_clock(os.time() + 2 * 86400)
    assert.not_equal(key, put())
    assert.equal("3", srv:sql("SELECT count(*) FROM capsule"))
  end)
end)

describe("a server secret that is lost", function()
  it("loses the letters that wait, told one by one, and no capsule; until it is found", function()
    local sink <close> = smtp.start()
    local data = process.folder()
    local function start()
      return letters.server(sink, { args = NODE.args, data = data })
    end
    local srv = start()
    finally(function()
      srv:stop()
    end)
    srv:set_clock(letters.NOW)
    local key = letters.put(srv, "ada@example.org")
    letters.put(srv, "bob@example.org")
    refuses("is not lost: it is in", letters.run(srv, "secret", "lost"))
    -- A clock that was set four years on lets it forget rows of before, its own too: it looks again.
    assert.is_truthy(process.wait_for(function()
      srv:control("secrets")
      return srv:sql("SELECT count(*) FROM node WHERE heartbeat_at > " .. os.time() + 86400) == "1"
    end))
    srv:stop()
    local old = process.read_file(data .. "/secret")
    os.remove(data .. "/secret")
    local place, env = letters.same_place(srv)
    env = srv.database and env or {}
    local args = { "--mail", sink:url(), "--mail-from", "capsule@sender.example" }
    local status, log = server.refused({ data = data, args = args, env = env })
    assert.equal(1, status)
    assert.truthy(log:find("timecapsule secret lost", 1, true), log)
    assert.is_nil(process.read_file(data .. "/secret"))

    -- Somebody knew it just now: then it can be had from there.
    refuses("is not lost: the node", letters.run(srv, "secret", "lost"))
    srv:sql("UPDATE node SET heartbeat_at = 1")
    local output = good(letters.run(srv, "secret", "lost"))
    assert.truthy(output:find("Nothing was wiped", 1, true), output)
    refuses("is not lost: it is in", letters.run(srv, "secret", "lost"))
    assert.equal(place[4], data .. "/secret")

    srv = start()
    srv:set_clock(letters.NOW)
    await_sealed(srv, "2 open with no secret that is known")
    assert.equal(2, select(2, srv:log():gsub("a letter that waits is lost[^\n]* reminder=%d+", "")), srv:log())
    local third = letters.put(srv, "eve@example.org")
    srv:set_clock(letters.OPENS)
    srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 200 })
    srv:json("/api/v1/capsules/open", { key = third }):expect({ status = 200 })
    letters.await(srv, "failed", 2)
    letters.await(srv, "sent", 1)
    srv:sql("UPDATE reminder SET due_at = 1, ended_at = 1 WHERE state = 'failed'")
    srv:sql("UPDATE reminder SET state = 'unconfirmed' WHERE id = (SELECT max(id) FROM (SELECT id FROM reminder"
      .. " WHERE state = 'failed') AS failed)")
    srv:tick("reminder.tidy")
    srv:sql("UPDATE reminder SET state = 'failed' WHERE state = 'unconfirmed'")
    local failed = good(letters.run(srv, "reminders", "--failed"))
    assert.equal(2, select(2, failed:gsub("%d+\tkept\ta stored reminder does not open", "")), failed)
    assert.equal(2, (opened_by(srv, secret_of(srv, 1))))

    -- Its line comes back: the letters do.
    write(data .. "/secret", process.read_file(data .. "/secret") .. old)
    assert.is_true((srv:control("reload")))
    await_sealed(srv, "2 letters sealed again")
    good(letters.run(srv, "reminders", "--again", "all"))
    letters.await(srv, "sent", 3)
    assert.equal(3, sink:letters())
  end)
end)
