--- What a stolen database is good for: without the server secret nothing, with it exactly the reminders that wait and
--- carry a key.
local crypto = require("host.crypto")
local key = require("capsule.key")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local seal = require("capsule.seal")
local smtp = require("spec.support.smtp")

local TABLES = { "capsule", "reminder", "mailbox", "mail_log", "meta", "node" }

local function from_hex(text)
  return (text:gsub("%x%x", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

--- Every value that is stored, once, as bytes.
local function stored_values(srv)
  local values, seen = {}, {}
  local function add(value)
    if #value > 0 and not seen[value] then
      seen[value] = true
      values[#values + 1] = value
    end
  end
  for _, name in ipairs(TABLES) do
    local columns = srv.columns(name)
    for _, column in ipairs(columns) do
      for hex in srv.srv:sql(("SELECT hex(%s) FROM %s"):format(column, name)):gmatch("[^\n]+") do
        add(from_hex(hex))
      end
    end
  end
  return values
end

--- A database at rest, however it is kept.
local function dump_of(srv)
  return {
    srv = srv,
    columns = function(name)
      local list = {}
      local query = srv.database and
        ("SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND table_name = '%s'")
          :format(srv.database.name, name) or ("SELECT name FROM pragma_table_info('%s')"):format(name)
      for column in srv:sql(query):gmatch("[^\n]+") do
        list[#list + 1] = column
      end
      assert.is_true(#list > 0, name)
      return list
    end,
  }
end

local function rows(srv, query, names)
  local list = {}
  for line in srv:sql(query):gmatch("[^\n]+") do
    local row, at = {}, 1
    for value in (line .. "|"):gmatch("([^|]*)|") do
      row[names[at]] = value
      at = at + 1
    end
    list[#list + 1] = row
  end
  return list
end

local function capsules_of(srv)
  local list = rows(srv, "SELECT id, hex(key_hash), opens_at, created_at, version, hex(note), hex(body) FROM capsule",
    { "id", "key_hash", "opens_at", "created_at", "version", "note", "body" })
  for _, row in ipairs(list) do
    for name, value in pairs(row) do
      local is_bytes = name == "key_hash" or name == "note" or name == "body"
      row[name] = is_bytes and from_hex(value) or tonumber(value)
    end
  end
  return list
end

--- Does this text open the capsule, as its key or as any key on the way to one?
local function opens(capsule, text)
  for _, sealing_key in ipairs({ seal.key(text), #text == 32 and text or crypto.hash(text) }) do
    for _, field in ipairs({ "note", "body" }) do
      if seal.open(sealing_key, field, capsule, capsule[field]) then
        return true
      end
    end
  end
  return false
end

--- What the secret of a server opens: the contents of its reminders that are still sealed.
local function opened_by(secret, srv)
  local list = {}
  local subkey = crypto.derive(secret, "reminder")
  for _, row in ipairs(rows(srv, "SELECT letter, message_id, hex(sealed) FROM reminder WHERE sealed IS NOT NULL",
    { "letter", "message_id", "sealed" })) do
    local ad = ("time-capsule reminder|1|%s|%s"):format(row.message_id, row.letter)
    local plain = crypto.open(subkey, from_hex(row.sealed), ad)
    list[#list + 1] = plain and require("host.json").decode(plain) or {}
  end
  return list
end

describe("a stolen database", function()
  local srv, sink, secret, keys, sealed_before

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink)
    srv:set_clock(letters.NOW)
    local later = letters.OPENS + 86400
    keys = {
      sent = letters.put(srv, "sent@example.org"),
      failed = letters.put(srv, "rcpt-550@example.org"),
      waiting = letters.put(srv, "waiting@example.org", { opens_at = later }),
      keyless = letters.put(srv, "keyless@example.org", { opens_at = later, mail_key = false }),
      bare = srv:json("/api/v1/capsules", { name = "n", content = "c", opens_at = later }):json().key,
    }
    sealed_before = {}
    for hex in srv:sql("SELECT hex(sealed) FROM reminder WHERE due_at = " .. letters.OPENS):gmatch("[^\n]+") do
      sealed_before[#sealed_before + 1] = from_hex(hex)
    end
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 1)
    letters.await(srv, "failed", 1)
    -- What it holds is kept for a while; then:
    srv:sql("UPDATE reminder SET ended_at = 1 WHERE state = 'failed'")
    assert.equal(0, (letters.run(srv, "remind")))
    secret = from_hex(process.read_file(srv.data .. "/secret"):match("%x+"))
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  local function hash_of(capsule_key)
    return key.hash(capsule_key)
  end

  it("opens with its keys, so that what follows proves something", function()
    local opened = 0
    for _, capsule in ipairs(capsules_of(srv)) do
      for _, capsule_key in pairs(keys) do
        if hash_of(capsule_key) == capsule.key_hash then
          assert.is_true(opens(capsule, capsule_key))
          opened = opened + 1
        end
      end
    end
    assert.equal(5, opened)
  end)

  it("opens nothing by itself, whatever stored value is tried as a key", function()
    local capsules = capsules_of(srv)
    assert.equal(5, #capsules)
    local values = stored_values(dump_of(srv))
    assert.is_true(#values > 30, #values .. " values")
    for _, value in ipairs(values) do
      for _, capsule in ipairs(capsules) do
        assert.is_false(opens(capsule, value))
      end
      for _, contents in ipairs(opened_by(#value >= 32 and value:sub(1, 32) or crypto.hash(value), srv)) do
        assert.is_nil(next(contents))
      end
    end
    for _, value in ipairs(values) do
      for name, capsule_key in pairs(keys) do
        assert.is_nil(value:find(capsule_key, 1, true), name)
      end
      assert.is_nil(value:find("waiting@", 1, true))
    end
  end)

  it("opens with the secret exactly the capsules whose reminder waits and has the key", function()
    local found = {}
    for _, contents in ipairs(opened_by(secret, srv)) do
      assert.is_truthy(contents.mailbox)
      for _, capsule in ipairs(capsules_of(srv)) do
        if contents.key and opens(capsule, contents.key) then
          found[capsule.key_hash] = true
        end
      end
    end
    assert.same({ [hash_of(keys.waiting)] = true }, found)
  end)

  it("holds no trace of a reminder that was sent or has failed long ago, not even between the rows", function()
    if srv.database then
      return -- its files and logs keep sealed copies until they expire, as the page says
    end
    assert.equal(2, #sealed_before)
    assert.is_truthy(process.wait_for(function()
      return process.read_file(srv.data .. "/capsules.db-wal") == ""
    end), "the write-ahead log is not empty")
    local bytes = process.read_file(srv.data .. "/capsules.db")
    for _, sealed in ipairs(sealed_before) do
      assert.is_nil(bytes:find(sealed:sub(1, 24), 1, true))
      assert.is_nil(bytes:find(sealed:sub(-24), 1, true))
    end
    -- The same search finds one that waits.
    local waiting = from_hex(srv:sql("SELECT hex(sealed) FROM reminder WHERE sealed IS NOT NULL LIMIT 1"))
    assert.is_truthy(bytes:find(waiting:sub(1, 24), 1, true))
  end)
end)

describe("a server whose secret was changed", function()
  it("sends what an older one sealed, and honours who said no under it", function()
    local sink, data = smtp.start(), process.folder()
    local srv = letters.server(sink, { data = data, args = { "--public-url", "https://capsule.example" } })
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    letters.put(srv, "bob@example.org")
    letters.put(srv, "eve@example.org")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 3)
    local token, ada
    for n = 1, 3 do
      ada = sink:envelope(n).to[1] == "ada@example.org" and n or ada
      if sink:envelope(n).to[1] == "eve@example.org" then
        token = sink:letter(n).headers["list-unsubscribe"]:match("t=([%w_-]+)")
      end
    end
    srv:post("/confirm", { t = token, ["do"] = "stop" }):expect({ status = 200 })
    letters.put(srv, "ada@example.org", { opens_at = letters.OPENS + 1000 })
    srv:stop()
    local old = process.read_file(data .. "/secret")
    local file = assert(io.open(data .. "/secret", "wb"))
    file:write(("1234567890abcdef"):rep(4), "\n", old)
    file:close()

    srv = letters.server(sink, { data = data, args = { "--public-url", "https://capsule.example" } })
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.OPENS + 10)
    letters.put(srv, "eve@example.org", { opens_at = letters.OPENS + 1000 })
    srv:set_clock(letters.OPENS + 1000)
    letters.await(srv, "sent", 4)
    letters.await(srv, "cancelled", 1)
    assert.same({ "ada@example.org" }, sink:envelope(4).to)
    assert.equal(4, sink:letters())
    srv:get("/confirm?t=" .. token):expect({ status = 200 })

    -- Whoever says the last word has it, through a letter of whichever secret.
    letters.put(srv, "ada@example.org", { opens_at = letters.OPENS + 2000 })
    local function say(wish, address, n)
      assert.equal(address, sink:envelope(n).to[1])
      local authority = sink:letter(n).headers["list-unsubscribe"]:match("t=([%w_-]+)")
      srv:post("/confirm", { t = authority, ["do"] = wish }):expect({ status = 200 })
    end
    say("confirm", "ada@example.org", 4)
    srv:set_clock(letters.OPENS + 1500) -- the clock goes on by itself: a slow machine may be past 1001
    say("stop", "ada@example.org", ada)
    srv:set_clock(letters.OPENS + 2000)
    letters.await(srv, "cancelled", 2)
    assert.equal(4, sink:letters())
    srv:set_clock(letters.OPENS + 2001)
    say("confirm", "ada@example.org", ada)
    letters.put(srv, "ada@example.org", { opens_at = letters.OPENS + 3000 })
    srv:set_clock(letters.OPENS + 3000)
    assert.same({ "ada@example.org" }, sink:envelope(5).to)
  end)
end)
