--- A capsule that many write into, by the API: begun, filled by a code, opened by the key.
local crypto = require("host.crypto")
local gathering = require("capsule.gathering")
local json = require("host.json")
local letters = require("spec.support.letters")
local seal = require("capsule.seal")
local server = require("spec.support.server")

local HOUR = 3600

describe("a gathering", function()
  local srv

  lazy_setup(function()
    srv = server.start({ args = { "--rate-limits", "off" } })
  end)
  before_each(function()
    srv:set_clock(letters.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
  end)

  local function begin(gather, changes)
    local capsule = { name = "Class 9b", content = "from all of us", opens_at = letters.OPENS,
      gather = gather or json.decode("{}") }
    for name, value in pairs(changes or {}) do
      capsule[name] = value or nil
    end
    return srv:json("/api/v1/capsules", capsule)
  end

  local function begun(gather, changes)
    local answer = begin(gather, changes):expect({ status = 201 }):json()
    return answer.key, answer.code
  end

  local function add(code, name, content, headers)
    return srv:json("/api/v1/letters", { code = code, name = name or "Ada", content = content or "words" }, headers)
  end

  local function open(key, after)
    return srv:json("/api/v1/capsules/open", { key = key, after = after })
  end

  local function count()
    return tonumber((srv:sql("SELECT count(*) FROM gathering_letter")))
  end

  it("gives a code, takes letters by it, and opens them with the key, oldest first", function()
    local key, code = begun()
    assert.equal(16, #code)
    assert.not_equal(key, code)
    local text = "line\nl\u{fc}ne \u{1f381} <b>&</b>\r\n"
    assert.same({ created_at = "2030-01-01T00:00:00Z", opens_at = "2030-06-01T12:00:00Z" },
      add(code, "Ada", text):expect({ status = 201, header = { ["cache-control"] = "no-store" } }):json())
    srv:set_clock(letters.NOW + 60)
    add(code:gsub("....", "%0-"), "Bob", "second"):expect({ status = 201 })
    assert.equal(2, open(key):expect({ status = 403 }):json().letters)
    open(code):expect({ status = 404 })
    add(key):expect({ status = 404 })
    srv:set_clock(letters.OPENS)
    local answer = open(key):expect({ status = 200 }):json()
    assert.equal("from all of us", answer.content)
    assert.same({ { name = "Ada", content = text, created_at = "2030-01-01T00:00:00Z" },
      { name = "Bob", content = "second", created_at = "2030-01-01T00:01:00Z" } }, answer.letters)
    assert.is_nil(answer.after)
  end)

  it("needs no message of its own, and no capsule without one has letters", function()
    local key = begun(nil, { content = false })
    begin(nil, { content = false, gather = false }):expect({ status = 422 })
    local plain = srv:json("/api/v1/capsules", { name = "A", content = "b", opens_at = letters.OPENS }):json()
    assert.is_nil(plain.code)
    assert.is_nil(open(plain.key):expect({ status = 403 }):json().letters)
    srv:set_clock(letters.OPENS)
    assert.is_nil(open(plain.key):json().letters)
    assert.same({}, open(key):expect({ status = 200 }):json().letters)
  end)

  it("takes no letter from its closing moment on, and none over its number", function()
    local _, code = begun({ ["until"] = letters.NOW + HOUR, most = 2 })
    add(code, "1"):expect({ status = 201 })
    add(code, "2"):expect({ status = 201 })
    assert.is_truthy(add(code, "3"):expect({ status = 409 }):json().detail:find("full", 1, true))
    local _, other = begun({ ["until"] = letters.NOW + HOUR })
    srv:stop_clock(letters.NOW + HOUR - 1)
    add(other, "1"):expect({ status = 201 })
    srv:set_clock(letters.NOW + HOUR)
    assert.is_truthy(add(other, "2"):expect({ status = 409 }):json().detail:find("no more letters", 1, true))
    assert.is_truthy(add(code, "3"):expect({ status = 409 }):json().detail:find("no more letters", 1, true))
  end)

  it("takes the same letter once, also after it has closed", function()
    local key, code = begun({ ["until"] = letters.NOW + HOUR })
    local before, headers = count(), { ["Idempotency-Key"] = "letter-1" }
    local first = add(code, "Ada", "words", headers):expect({ status = 201 }):json()
    srv:set_clock(letters.NOW + HOUR)
    assert.same(first, add(code, "Ada", "words", headers):expect({ status = 201 }):json())
    add(code, "Ada", "other words", headers):expect({ status = 409 })
    assert.equal(before + 1, count())
    srv:set_clock(letters.OPENS)
    assert.equal(1, #open(key):json().letters)
  end)

  it("does not say full where a lock was not got, or another's change was in the way", function()
    local _, code = begun()
    srv:sql("DELETE FROM gathering_letter")
    srv:sql("CREATE UNIQUE INDEX stand_in ON gathering_letter (gathering_id)") -- a conflict, of no letter with itself
    add(code, "1"):expect({ status = 201 })
    local problem = add(code, "2"):expect({ status = 409 }):json()
    srv:sql("DROP INDEX stand_in" .. (os.getenv("SPEC_DATABASE") == "mariadb" and " ON gathering_letter" or ""))
    assert.is_nil((problem.detail or ""):find("full", 1, true))
    add(code, "2"):expect({ status = 201 })
  end)

  it("has the same key and code for the same post, and others where it differs", function()
    local headers = { ["Idempotency-Key"] = "class-9b" }
    local function put(gather)
      return srv:json("/api/v1/capsules", { name = "A", content = "b", opens_at = letters.OPENS, gather = gather }, headers)
        :expect({ status = 201 }):json()
    end
    local first = put({ most = 3, ["until"] = letters.NOW + HOUR })
    assert.same(first, put({ ["until"] = letters.NOW + HOUR, most = 3 }))
    assert.not_equal(first.key, put({ most = 4, ["until"] = letters.NOW + HOUR }).key)
    assert.not_equal(first.key, put().key)
  end)

  it("says what is wrong, by member", function()
    for member, gather in pairs({
      ["gather.until"] = { { ["until"] = letters.NOW }, { ["until"] = letters.OPENS + 1 }, { ["until"] = "soon" } },
      ["gather.most"] = { { most = 0 }, { most = 501 }, { most = 1.5 }, { most = "7" } },
      gather = { true, "x", { most = 3, least = 1 } },
    }) do
      for _, value in ipairs(gather) do
        assert.is_string(begin(value):expect({ status = 422 }):json().errors[member], member)
      end
    end
    assert.is_string(begin(nil, { content = "U2FsdGVkX1xx" }):expect({ status = 422 }):json().errors.gather)
    local _, code = begun()
    assert.is_string(add(code, "A", ""):expect({ status = 422 }):json().errors.content)
    assert.is_string(add(code, "A", ("x"):rep(5001)):expect({ status = 422 }):json().errors.content)
    assert.is_string(add(code, ("x"):rep(51)):expect({ status = 422 }):json().errors.name)
    assert.is_string(srv:json("/api/v1/letters", { code = code, content = "x", email = "a@b" }):expect({ status = 422 })
      :json().errors.email)
    add("abcdefghijklmnop"):expect({ status = 404 })
    add(code, ""):expect({ status = 422 })
    srv:json("/api/v1/letters", { name = "A", content = "x" }):expect({ status = 404 })
  end)

  it("goes with its capsule: taken back, disabled, erased", function()
    local key, code = begun()
    add(code):expect({ status = 201 })
    srv:sql("UPDATE capsule SET disabled_at = 1 WHERE id = (SELECT max(id) FROM capsule)")
    add(code):expect({ status = 404 })
    srv:sql("UPDATE capsule SET disabled_at = NULL")
    local before = count()
    local status, output = letters.run(srv, "erase", "--key", key)
    assert.equal(0, status, output)
    assert.equal(before - 1, count())
    add(code):expect({ status = 404 })
    assert.equal("0", srv:sql("SELECT count(*) FROM gathering WHERE capsule_id NOT IN (SELECT id FROM capsule)"))
  end)

  it("opens the rest where one letter was changed, and says how many do not open", function()
    local key, code = begun()
    local _, other = begun()
    add(code, "1"):expect({ status = 201 })
    add(other, "moved"):expect({ status = 201 })
    srv:sql("UPDATE gathering_letter SET gathering_id = (SELECT max(id) - 1 FROM gathering)"
      .. " WHERE id = (SELECT max(id) FROM (SELECT id FROM gathering_letter) AS held)")
    srv:set_clock(letters.OPENS)
    local answer = open(key):expect({ status = 200 }):json()
    assert.equal(1, #answer.letters)
    assert.equal(1, answer.damaged)
    assert.is_truthy(srv:log():find("a letter of a gathering does not open", 1, true))
    srv:sql("DELETE FROM gathering_letter WHERE id = (SELECT max(id) FROM (SELECT id FROM gathering_letter) AS held)")
  end)

  it("shows as broken where its row was changed", function()
    local _, code = begun()
    srv:sql("UPDATE gathering SET closes_at = closes_at - 1 WHERE id = (SELECT max(id) FROM (SELECT id FROM gathering) AS held)")
    add(code):expect({ status = 500 })
  end)

  it("gives 500 letters of 5000 characters in parts that stay within the limits of a request, each once", function()
    local key, code = begun({ most = 500 })
    local body = json.encode({ code = code, name = "n", content = ("\u{5bc6}"):rep(5000) })
    for at = 1, 500, 25 do
      local connections = {}
      for i = 1, 25 do
        connections[i] = srv:connect()
        connections[i]:ask({ method = "POST", path = "/api/v1/letters",
          headers = { ["Content-Type"] = "application/json" }, body = body })
      end
      for i, conn in ipairs(connections) do
        assert.equal(201, conn:response("POST").status, at + i)
        conn:close()
      end
    end
    srv:set_clock(letters.OPENS)
    local seen, parts, after = 0, 0, nil
    repeat
      local answer = open(key, after):expect({ status = 200 }):json()
      seen, parts, after = seen + #answer.letters, parts + 1, answer.after
    until not after
    assert.equal(500, seen)
    assert.equal(10, parts)
  end)

  it("keeps letters from the database, the code, the server secret and other writers", function()
    local key, code = begun()
    local _, elsewhere = begun()
    add(code, "Ada", "what nobody else may read"):expect({ status = 201 })
    local function hex(query)
      return crypto.from_hex((srv:sql(query):gsub("%s", "")))
    end
    local number = tonumber((srv:sql("SELECT max(id) - 1 FROM gathering")))
    local sealed = hex("SELECT hex(body) FROM gathering_letter ORDER BY id DESC LIMIT 1")
    local secret = crypto.from_hex(io.open(srv.data .. "/secret"):read("l"):match("%x+"))
    local known = { secret, code, elsewhere, sealed:sub(1, 32) }
    for table_name, columns in pairs({ capsule = { "key_hash", "note", "body" },
      gathering = { "code_hash", "public_key", "title" }, gathering_letter = { "mark" } }) do
      for _, column in ipairs(columns) do
        for line in srv:sql(("SELECT hex(%s) FROM %s"):format(column, table_name)):gmatch("%x+") do
          known[#known + 1] = crypto.from_hex(line)
        end
      end
    end
    local public = hex(("SELECT hex(public_key) FROM gathering WHERE id = %d"):format(number))
    local tried = 0
    local function try(bytes)
      tried = tried + 1
      local pair = crypto.box_pair(bytes)
      for _, half in ipairs({ bytes, pair.secret }) do
        assert.is_nil((crypto.box_open({ public = public, secret = half }, sealed)))
      end
      assert.is_nil((crypto.box_open(pair, sealed)))
      assert.is_nil((crypto.open(bytes, sealed)))
    end
    for _, value in ipairs(known) do
      for _, context in ipairs({ "time-capsule gathering pair v1", "time-capsule gathering code v1",
        "time-capsule gathering title v1", "time-capsule letter mark v1", "undo letter", "reminder", "once" }) do
        try(crypto.derive(value, context))
      end
      try(crypto.hash(value))
      if #value == 32 then
        try(value)
      end
      assert.not_equal(gathering.code(value), code)
    end
    assert.is_true(tried > 50)
    assert.is_nil((srv:sql("SELECT hex(title) FROM gathering"):find((crypto.hex("Class 9b"):upper()), 1, true)))
    local pair = crypto.box_pair(crypto.derive(key, "time-capsule gathering pair v1"))
    assert.equal(public, pair.public)
    local letter = json.decode(crypto.box_open(pair, sealed))
    assert.equal("what nobody else may read", letter.content)
    assert.equal(number, letter.gathering)
    assert.equal(3, seal.GATHERING)
  end)
end)

describe("a gathering of two servers", function()
  it("takes no letter too many and none too late, and opens every one that it acknowledged", function()
    local shared = require("spec.support.mariadb").shared():create()
    local first <close> = server.start({ database = shared, args = { "--rate-limits", "off" } })
    local second <close> = server.start({ database = shared, args = { "--rate-limits", "off", "--secret-file",
      first.data .. "/secret" } })
    local function clocks(moment)
      first:set_clock(moment)
      second:set_clock(moment)
    end
    local function at_once(code, count, before_answers)
      local connections, taken = {}, {}
      for i = 1, count do
        connections[i] = (i % 2 == 0 and first or second):connect()
        connections[i]:ask({ method = "POST", path = "/api/v1/letters",
          headers = { ["Content-Type"] = "application/json" },
          body = json.encode({ code = code, name = tostring(i), content = "words " .. i }) })
        if i == count // 2 and before_answers then
          before_answers()
        end
      end
      for i, conn in ipairs(connections) do
        local status = conn:response("POST").status
        assert.is_true(status == 201 or status == 409, tostring(status))
        taken[tostring(i)] = status == 201 or nil
        conn:close()
      end
      return taken
    end
    local function begin(gather)
      return first:json("/api/v1/capsules", { name = "A", opens_at = letters.NOW + 100, gather = gather })
        :expect({ status = 201 }):json()
    end
    local function names(key)
      local list = {}
      for _, letter in ipairs(second:json("/api/v1/capsules/open", { key = key }):expect({ status = 200 }):json().letters) do
        list[letter.name] = true
      end
      return list
    end
    local function size(set)
      local n = 0
      for _ in pairs(set) do
        n = n + 1
      end
      return n
    end

    clocks(letters.NOW)
    local bounded, open = begin({ most = 30 }), begin({ most = 100 })
    local few = at_once(bounded.code, 100)
    assert.equal(30, size(few))
    local some = at_once(open.code, 100, function()
      clocks(letters.NOW + 100)
    end)
    local last = first:sql("SELECT max(gathering_letter.created_at) FROM gathering_letter")
    assert.is_true(tonumber((last)) < letters.NOW + 100)
    assert.equal(0, size(at_once(open.code, 10)))
    assert.same(few, names(bounded.key))
    local all = names(open.key)
    for name in pairs(some) do
      assert.is_true(all[name], name)
    end
    assert.equal(size(some), size(all))
  end)
end)
