local crypto = require("host.crypto")
local random = require("host.random")

--- The message of a call that must raise.
local function raised(...)
  local good, message = pcall(...)
  assert.is_false(good)
  return message
end

describe("host.random", function()
  it("gives as many bytes as asked for", function()
    for _, n in ipairs({ 0, 1, 31, 32, 4096, 65536 }) do
      assert.equal(n, #random.bytes(n))
    end
  end)

  it("gives bytes as text, each text another", function()
    local seen = {}
    for n = 1, 64 do
      local text = random.base64url(n)
      assert.equal(n, #crypto.from_base64url(text))
      assert.is_nil(seen[text])
      seen[text] = n > 8 or nil
    end
    assert.truthy(raised(random.base64url, 65):find("1 to 64 expected", 1, true))
    assert.truthy(raised(random.base64url, 0):find("1 to 64 expected", 1, true))
  end)

  it("does not repeat itself", function()
    assert.not_equal(random.bytes(16), random.bytes(16))
    assert.not_equal(random.token(16), random.token(16))
    assert.not_equal(random.uuid(), random.uuid())
  end)

  it("makes tokens of 0-9a-zA-Z, using all of it", function()
    local seen, count = {}, 0
    local token = random.token(1024) .. random.token(1024) .. random.token(1024)
    assert.equal(3072, #token)
    assert.is_truthy(token:match("^%w+$"))
    for c in token:gmatch(".") do
      if not seen[c] then
        seen[c], count = true, count + 1
      end
    end
    assert.equal(62, count) -- a missing one: 62 * (61/62)^3072, less than 1 in 10^19
  end)

  it("makes tokens of the alphabet that is given", function()
    assert.is_truthy(random.token(200, "01"):match("^[01]+$"))
    assert.is_truthy(random.token(200, "-_~ "):match("^[%-_~ ]+$"))
  end)

  it("draws every character of a token equally often", function()
    local counts, n = { a = 0, b = 0, c = 0 }, 30 * 1024
    for _ = 1, 30 do
      for c in random.token(1024, "abc"):gmatch(".") do
        counts[c] = counts[c] + 1
      end
    end
    for _, count in pairs(counts) do -- 8 standard deviations
      assert.is_true(math.abs(count - n / 3) < 8 * math.sqrt(n * 2 / 9))
    end
  end)

  it("gives integers between both ends, both included", function()
    local seen = {}
    for _ = 1, 400 do
      local n = random.int(-2, 3)
      assert.equal("integer", math.type(n))
      assert.is_true(n >= -2 and n <= 3)
      seen[n] = true
    end
    for n = -2, 3 do
      assert.is_true(seen[n])
    end
    assert.equal(7, random.int(7, 7))
  end)

  it("covers the whole range of integers", function()
    local low, high = false, false
    for _ = 1, 200 do
      local n = random.int(math.mininteger, math.maxinteger)
      low, high = low or n < 0, high or n >= 0
    end
    assert.is_true(low and high)
    assert.equal(math.maxinteger, random.int(math.maxinteger, math.maxinteger))
    assert.is_true(random.int(math.mininteger, math.maxinteger - 1) < math.maxinteger)
  end)

  it("makes UUIDs of version 4", function()
    for _ = 1, 50 do
      local hex = "%x%x%x%x"
      local form = "^" .. hex .. hex .. "%-" .. hex .. "%-4%x%x%x%-[89ab]%x%x%x%-" .. hex:rep(3) .. "$"
      assert.is_truthy(random.uuid():match(form))
    end
  end)

  it("raises for misuse, naming function and argument", function()
    local cases = {
      { random.bytes, {}, "host.random.bytes takes 1 argument, got 0" },
      { random.bytes, { 1, 2 }, "host.random.bytes takes 1 argument, got 2" },
      { random.bytes, { -1 }, "bad argument #1 to 'host.random.bytes' (0 to 65536 expected, got -1)" },
      { random.bytes, { 65537 }, "0 to 65536 expected" },
      { random.bytes, { "8" }, "integer expected, got string" },
      { random.bytes, { 1.5 }, "integer expected, got a fraction" },
      { random.token, { 0 }, "1 to 1024 expected" },
      { random.token, { 8, "a" }, "#2 to 'host.random.token' (an alphabet has 2 to" },
      { random.token, { 8, "aba" }, "'a' is in the alphabet twice" },
      { random.token, { 8, "a\0" }, "printable ASCII" },
      { random.token, { 8, "aé" }, "printable ASCII" },
      { random.int, { 2, 1 }, "#2 to 'host.random.int' (it is below the first)" },
      { random.int, { 1 }, "host.random.int takes 2 arguments, got 1" },
      { random.uuid, { 1 }, "host.random.uuid takes 0 arguments, got 1" },
    }
    for _, case in ipairs(cases) do
      local message = raised(case[1], table.unpack(case[2]))
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
  end)

  it("tells the line of the script that misused it", function()
    local message = raised(function()
      random.bytes("x")
    end)
    assert.is_truthy(message:match("random_spec%.lua:%d+: bad argument"), message)
  end)
end)
