--- Sealing binds version, field and both times to the text.
local seal = require("capsule.seal")

local function row(changes)
  local made = { version = 1, opens_at = 2000000000, created_at = 1900000000 }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

describe("capsule.seal", function()
  local sealing_key = seal.key("abcdefghijklmnop")
  local sealed = seal.close(sealing_key, "body", row(), "words for later")

  it("opens what it closed", function()
    assert.equal("words for later", seal.open(sealing_key, "body", row(), sealed))
  end)

  it("shows neither text nor length", function()
    assert.is_nil(sealed:find("words", 1, true))
    assert.equal(#sealed, #seal.close(sealing_key, "body", row(), "w"))
  end)

  it("seals the same text differently each time", function()
    assert.not_equal(sealed, seal.close(sealing_key, "body", row(), "words for later"))
  end)

  it("does not open a row that was changed", function()
    local changed = {
      ["an earlier opening time"] = { "body", row({ opens_at = 1 }) },
      ["another creation time"] = { "body", row({ created_at = 1900000001 }) },
      ["another version"] = { "body", row({ version = 2 }) },
      ["the other field"] = { "note", row() },
    }
    for what, case in pairs(changed) do
      local plain, _, kind = seal.open(sealing_key, case[1], case[2], sealed)
      assert.is_nil(plain, what)
      assert.equal("input", kind)
    end
  end)

  it("does not open with another key, or after a flipped bit", function()
    assert.is_nil(seal.open(seal.key("abcdefghijklmnoP"), "body", row(), sealed))
    local last = string.char(sealed:byte(-1) ~ 1)
    assert.is_nil(seal.open(sealing_key, "body", row(), sealed:sub(1, -2) .. last))
    assert.is_nil(seal.open(sealing_key, "body", row(), ""))
  end)
end)
