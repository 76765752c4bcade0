--- The store: what a key shows, at what cost, and how a capsule comes and goes.
local stand_in = require("spec.support.stand_in")

local NOW = 1893456000

describe("capsule.store", function()
  local store, seal, key, db, calls, clock

  before_each(function()
    local crypto
    crypto, calls = stand_in.crypto()
    db = stand_in.db()
    clock = setmetatable({ time = NOW }, { __index = require("host.clock") })
    function clock.now()
      return clock.time
    end
    store, seal, key = stand_in.load({
      ["host.crypto"] = crypto,
      ["host.db"] = db,
      ["host.clock"] = clock,
    }, "capsule.store", "capsule.seal", "capsule.key")
  end)

  local function nothing()
    return {}
  end

  local function capsule(changes)
    local made = {
      name = "Alice",
      content = "words for later",
      note = "not yet!",
      opens_at = NOW + 100,
      zone = "Europe/Berlin",
      wall = "2030-01-01 01:01:40",
      lang = "en",
    }
    for name, value in pairs(changes or {}) do
      made[name] = value
    end
    return made
  end

  local function row_of(capsule_key)
    return db.capsules[key.hash(capsule_key)]
  end

  it("shows the note before the opening time and the message from that second on", function()
    local placed = store.put(capsule(), nil, nothing)
    clock.time = NOW + 99
    local early = store.find(placed.key)
    assert.equal("not_yet", early.state)
    assert.equal("not yet!", early.note)
    assert.is_nil(early.content)
    assert.is_nil(early.name)
    clock.time = NOW + 100
    local open = store.find(placed.key)
    assert.equal("opened", open.state)
    assert.equal("words for later", open.content)
    assert.equal("Alice", open.name)
    assert.equal("Europe/Berlin", open.zone)
    assert.equal("2030-01-01 01:01:40", open.wall)
    assert.equal(NOW, open.created_at)
  end)

  it("says before its time whether the capsule is whole, without its body", function()
    local placed = store.put(capsule(), nil, nothing)
    assert.is_true(store.find(placed.key).whole)
    local row = row_of(placed.key)
    local body = row.body
    row.body = body:sub(1, -2) .. string.char(body:byte(-1) ~ 1)
    assert.same({ state = "broken", id = row.id }, store.find(placed.key))
    row.body = body
    assert.equal("not_yet", store.find(placed.key).state)

    local sealing_key = seal.key(placed.key)
    row.version = 1 -- as one was sealed that cannot tell
    row.note = seal.close(sealing_key, "note", row, "not yet!")
    local older = store.find(placed.key)
    assert.same({ "not_yet", "not yet!", false }, { older.state, older.note, older.whole })
  end)

  it("keeps neither key nor text in the row", function()
    local placed = store.put(capsule(), nil, nothing)
    for name, value in pairs(row_of(placed.key)) do
      for _, secret in ipairs({ placed.key, "Alice", "words", "not yet", "Berlin" }) do
        assert.is_nil(tostring(value):find(secret, 1, true), name)
      end
    end
  end)

  it("writes a capsule with one statement, its letters in the same batch", function()
    store.put(capsule(), nil, nothing)
    assert.same({ "capsule.insert" }, db.calls)
    db.calls = {}
    local hash
    store.put(capsule(), nil, function(_, key_hash)
      hash = key_hash
      return { { "reminder.insert", { key_hash = key_hash } } }
    end)
    assert.same({ "capsule.insert", "reminder.insert" }, db.calls)
    assert.is_truthy(db.capsules[hash])
  end)

  it("writes once more where nobody knows whether it was written", function()
    local insert, lost = db.exec, 0
    function db.exec(name, args)
      insert(name, args)
      lost = lost + 1
      db.exec = insert
      return nil, "whether it took effect is unknown", "timeout"
    end
    local placed = store.put(capsule(), nil, nothing)
    assert.equal(1, lost)
    assert.is_false(placed.repeated)
    assert.equal("not_yet", store.find(placed.key).state)
    assert.is_truthy(store.recall(placed.key, store.undo_token(placed), 60))
    assert.equal(2, db.next_id) -- one capsule
  end)

  it("asks once more for what was put by way of another node", function()
    local placed = store.put(capsule(), nil, nothing)
    local hash = key.hash(placed.key)
    local row, token = db.capsules[hash], store.undo_token(placed)
    for name, found in pairs({
      find = function() return store.find(placed.key).state == "not_yet" end,
      known = function() return store.known(placed.key) ~= nil end,
      recall = function() return store.recall(placed.key, token, 60) ~= nil end,
    }) do
      db.capsules[hash], db.late = nil, nil
      assert.is_false(found(), name)
      function db.late()
        db.capsules[hash] = row
      end
      assert.is_true(found(), name)
    end
  end)

  it("does the same work for every key", function()
    local opened = store.put(capsule({ opens_at = NOW + 1 }), nil, nothing).key
    local sealed = store.put(capsule({ opens_at = NOW + 1000 }), nil, nothing).key
    local disabled = store.put(capsule({ opens_at = NOW + 1 }), nil, nothing).key
    row_of(disabled).disabled_at = NOW
    local deleted = store.put(capsule(), nil, nothing).key
    db.capsules[key.hash(deleted)] = nil
    clock.time = NOW + 10

    local keys = {
      opened = { opened, "opened" },
      sealed = { sealed, "not_yet" },
      disabled = { disabled, "missing" },
      deleted = { deleted, "missing" },
      unknown = { "0123456789abcdef", "missing" },
      legacy = { "gyFZ-TefX-hpLO-nAM3-9wd1", "missing" },
      ["too short"] = { "abc", "missing" },
      ["too long"] = { ("a"):rep(500), "missing" },
      malformed = { "!!!!!!!!!!!!!!!!", "missing" },
      empty = { "", "missing" },
      absent = { nil, "missing" },
    }
    local expected
    for what, case in pairs(keys) do
      db.calls = {}
      for name in pairs(calls) do
        calls[name] = nil
      end
      assert.equal(case[2], store.find(case[1]).state, what)
      local work = {
        statements = table.concat(db.calls, " "),
        opens = calls.open,
        derivations = calls.derive,
        hashes = calls.hash,
      }
      expected = expected or work
      assert.same(expected, work, what)
    end
    assert.equal("capsule.find", expected.statements)
    assert.equal(1, expected.opens)
  end)

  it("tells a row that was changed from a key that is unknown", function()
    local changes = {
      opens_at = NOW - 5,
      created_at = NOW - 1,
      version = 1,
      body = seal.close(("k"):rep(32), "body", { version = 1, opens_at = 1, created_at = 1 }, "x"),
      note = "",
    }
    for name, value in pairs(changes) do
      local placed = store.put(capsule(), nil, nothing)
      row_of(placed.key)[name] = value
      clock.time = name == "note" and NOW + 1 or NOW + 100
      local found = store.find(placed.key)
      assert.equal("broken", found.state, name)
      assert.is_nil(found.content)
      clock.time = NOW
    end
  end)

  it("passes on what the database says", function()
    db.fails = "io"
    assert.same({ nil, "the database is away", "io" }, { store.find("0123456789abcdef") })
    assert.same({ nil, "the database is away", "io" }, { store.put(capsule(), nil, nothing) })
  end)

  it("takes another random key when one is taken", function()
    local taken = store.put(capsule(), nil, nothing).key
    local real, given = key.new, { taken, taken, "ZZZZZZZZZZZZZZZZ" }
    key.new = function()
      return table.remove(given, 1)
    end
    local placed = store.put(capsule(), nil, nothing)
    key.new = real
    assert.equal("ZZZZZZZZZZZZZZZZ", placed.key)
    assert.is_false(placed.repeated)
  end)

  describe("a put that is repeated", function()
    it("is answered like the first and makes nothing", function()
      local fixed = "0123456789abcdef"
      local first = store.put(capsule(), fixed, nothing)
      clock.time = NOW + 50
      local second = store.put(capsule(), fixed, nothing)
      assert.is_false(first.repeated)
      assert.is_true(second.repeated)
      assert.equal(first.key, second.key)
      assert.equal(first.opens_at, second.opens_at)
      assert.equal(first.created_at, second.created_at)
      assert.equal(2, db.next_id)
    end)

    it("is known after the opening time too", function()
      assert.is_nil(store.known("0123456789abcdef"))
      store.put(capsule(), "0123456789abcdef", nothing)
      clock.time = NOW + 1000
      assert.equal(NOW + 100, store.known("0123456789abcdef").opens_at)
    end)
  end)

  describe("taking back", function()
    local placed, token

    before_each(function()
      placed = store.put(capsule(), nil, nothing)
      token = store.undo_token(placed)
    end)

    it("gives everything back before the opening time, and then it is gone", function()
      local found = store.recall(key.groups(placed.key), token, 900)
      assert.equal("words for later", found.content)
      assert.equal("not yet!", found.note)
      assert.equal("Alice", found.name)
      assert.is_true(store.delete(found))
      assert.equal("missing", store.find(placed.key).state)
      assert.is_nil(store.recall(placed.key, token, 900))
      assert.is_false(store.delete(found))
    end)

    it("ends after the time that was set", function()
      clock.time = NOW + 899
      assert.is_truthy(store.recall(placed.key, token, 900))
      clock.time = NOW + 900
      assert.is_nil(store.recall(placed.key, token, 900))
    end)

    it("needs the token of that very capsule", function()
      local other = store.put(capsule(), nil, nothing)
      local changed = token:sub(1, 20) .. (token:sub(21, 21) == "A" and "B" or "A") .. token:sub(22)
      local wrong = { "", "x", changed, store.undo_token(other), token .. "A", ("A"):rep(54) }
      for _, given in ipairs(wrong) do
        assert.is_nil(store.recall(placed.key, given, 900), given)
      end
      assert.is_nil(store.recall(placed.key, nil, 900))
      assert.is_nil(store.recall(other.key, token, 900))
      assert.is_nil(store.recall("!", token, 900))
    end)

    it("does not name the key in the token", function()
      local bytes = require("host.crypto").from_base64url(token)
      assert.is_nil(bytes:find(placed.key, 1, true))
    end)
  end)
end)
