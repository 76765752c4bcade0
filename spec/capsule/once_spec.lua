--- `once`: the same post finds the same key, and nothing else does.
local stand_in = require("spec.support.stand_in")

local FIELDS = { "name", "content", "tips" }

describe("capsule.once", function()
  local once

  setup(function()
    once = stand_in.load({ ["host.crypto"] = (stand_in.crypto()) }, "capsule.once")
  end)

  it("reads what it makes, and only that", function()
    local text = once.new()
    assert.equal(43, #text)
    assert.equal(32, #once.parse(text))
    for _, wrong in ipairs({ "", "1", text .. "a", text:sub(1, 42), text:sub(1, 42) .. "!" }) do
      assert.is_nil(once.parse(wrong), wrong)
    end
    assert.is_nil(once.parse(nil))
  end)

  it("takes any visible Idempotency-Key of 1 to 255 characters", function()
    assert.equal(32, #once.from_header("1"))
    assert.equal(32, #once.from_header(("x"):rep(255)))
    assert.not_equal(once.from_header("1"), once.from_header("2"))
    for _, wrong in ipairs({ "", ("x"):rep(256), "a b", "a\tb", "\u{e9}" }) do
      assert.is_nil(once.from_header(wrong), wrong)
    end
  end)

  it("gives the same key for the same form only", function()
    local bytes = once.parse(once.new())
    local typed = { name = "a", content = "b", tips = "c" }
    local made = once.key(bytes, typed, FIELDS)
    assert.equal(made, once.key(bytes, { name = "a", content = "b", tips = "c" }, FIELDS))
    local others = {
      { name = "a", content = "b", tips = "d" },
      { name = "a", content = "b", tips = "" },
      { name = "a", content = "b" },
      { name = "ab", content = "", tips = "c" },
      { name = "", content = "ab", tips = "c" },
    }
    local seen = { [made] = true }
    for _, other in ipairs(others) do
      local another = once.key(bytes, other, FIELDS)
      assert.is_nil(seen[another])
      seen[another] = true
    end
    assert.not_equal(made, once.key(once.parse(once.new()), typed, FIELDS))
  end)
end)
