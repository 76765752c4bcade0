local clock = require("host.clock")
local shared = require("host.shared")

local count = 0

--- A space that no other spec has used.
local function fresh(max)
  count = count + 1
  return shared.space("spec " .. count, { max = max })
end

describe("host.shared", function()
  it("keeps values with their types", function()
    local space = fresh()
    for _, value in ipairs({ 0, -5, math.maxinteger, math.mininteger, 1.5, 3.0, true, "", "text", "a\0b\255",
      ("x"):rep(65536) }) do
      assert.is_true((space:set("key", value)))
      local back = space:get("key")
      assert.equal(value, back)
      assert.equal(math.type(value), math.type(back))
    end
    space:set("no", false)
    assert.is_false(space:get("no"))
  end)

  it("gives nil for what is not there", function()
    local space = fresh()
    assert.is_nil(space:get("key"))
    space:set("key", 1)
    space:delete("key")
    assert.is_nil(space:get("key"))
    space:delete("key")
  end)

  it("gives the same space for the same name, another for another", function()
    local a, again, b = shared.space("spec same"), shared.space("spec same"), shared.space("spec other")
    a:set("key", "a")
    assert.equal("a", again:get("key"))
    assert.is_nil(b:get("key"))
  end)

  it("takes any bytes as a key", function()
    local space = fresh()
    for i, key in ipairs({ "a", "a\0", "a\0b", "\255", ("k"):rep(256) }) do
      space:set(key, i)
    end
    assert.equal(1, space:get("a"))
    assert.equal(2, space:get("a\0"))
    assert.equal(3, space:get("a\0b"))
    assert.equal(5, space:get(("k"):rep(256)))
  end)

  it("adds", function()
    local space = fresh()
    assert.equal(1, space:incr("n"))
    assert.equal(11, space:incr("n", 10))
    assert.equal(6, space:incr("n", -5))
    assert.equal(6, space:get("n"))
    assert.equal("integer", math.type(space:get("n")))
  end)

  it("does not add to what is no integer", function()
    local space = fresh()
    for _, value in ipairs({ "1", 1.5, true }) do
      space:set("key", value)
      local sum, message, kind = space:incr("key")
      assert.is_nil(sum)
      assert.equal("string", type(message))
      assert.equal("state", kind)
      assert.equal(value, space:get("key"))
    end
  end)

  it("forgets when the time to live is over, which counts from the making", function()
    local space = fresh()
    space:set("short", 1, 0.05)
    space:set("long", 1, 60)
    space:incr("n", 1, 0.05)
    for _ = 1, 1000 do
      clock.sleep(0.01)
      if space:incr("n", 1, 60) == 1 then -- were it extended by each call, it would never begin again
        break
      end
    end
    assert.equal(2, space:incr("n"))
    clock.sleep(0.05)
    assert.is_nil(space:get("short"))
    assert.equal(1, space:get("long"))
  end)

  it("evicts what expires first, else what is oldest, when it is full", function()
    local space = fresh(3)
    space:set("a", 1)
    space:set("b", 1, 60)
    space:set("c", 1)
    space:set("d", 1)
    assert.same({ 1, nil, 1, 1 }, { space:get("a"), space:get("b"), space:get("c"), space:get("d") })
    space:set("e", 1)
    assert.same({ nil, 1, 1, 1 }, { space:get("a"), space:get("c"), space:get("d"), space:get("e") })
  end)

  it("hides how it is made", function()
    assert.is_false(getmetatable(fresh()))
  end)

  it("raises for misuse, naming function and argument", function()
    local space = fresh()
    local cases = {
      { shared.space, { "" }, "#1 to 'host.shared.space' (a space's name has 1 to 64 bytes)" },
      { shared.space, { 5 }, "string expected, got number" },
      { shared.space, { "x", { max = 0 } }, "#2 to 'host.shared.space' (max is 1 to 1000000 keys)" },
      { shared.space, { "x", { max = "5" } }, "max is 1 to" },
      { shared.space, { "x", { max = 1.5 } }, "max is 1 to" },
      { shared.space, { "x", { maximum = 5 } }, "the only option is max" },
      { shared.space, { "x", 5 }, "table expected, got number" },
      { space.get, {}, "host.shared.space:get: call it with ':'" },
      { space.get, { space }, "host.shared.space:get takes 1 argument, got 0" },
      { space.get, { space, 5 }, "#1 to 'host.shared.space:get' (string expected, got number)" },
      { space.get, { space, "" }, "a key has 1 to 256 bytes, this one 0" },
      { space.get, { space, ("k"):rep(257) }, "this one 257" },
      { space.get, { {}, "key" }, "bad self for 'host.shared.space:get' (space expected, got table)" },
      { space.get, { io.stdout, "key" }, "space expected" },
      { space.set, { space, "key" }, "host.shared.space:set takes 2 to 3 arguments, got 1" },
      { space.set, { space, "key", {} }, "#2 to 'host.shared.space:set' (string, number or boolean expected" },
      { space.set, { space, "key", 0 / 0 }, "not a finite number" },
      { space.set, { space, "key", ("x"):rep(65537) }, "at most 65536 bytes, this one 65537" },
      { space.set, { space, "key", 1, 0 }, "#3 to 'host.shared.space:set' (seconds to live must be more than 0)" },
      { space.incr, { space, "key", 1.5 }, "#2 to 'host.shared.space:incr' (integer expected, got a fraction)" },
      { space.delete, { space }, "takes 1 argument, got 0" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(case[1], table.unpack(case[2]))
      assert.is_false(good, case[3])
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
  end)
end)
