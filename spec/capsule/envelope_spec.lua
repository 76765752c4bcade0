--- What the server judges of a message that the browser has encrypted.
local capsules = require("spec.support.capsules")
local envelope = require("capsule.envelope")

local OPENS = 1906545600
local text = capsules.sealed

describe("capsule.envelope", function()
  it("knows what browsers have encrypted by how it begins", function()
    assert.equal("tc2", envelope.format(text()))
    assert.equal("tc2", envelope.format("TC2."))
    assert.equal("legacy", envelope.format("U2FsdGVkX1+qwjmJ6bGZ"))
    for _, before in ipairs({ " ", "\n", "\r\n\t", "\u{feff}", "\u{3000}\u{200b}" }) do
      assert.equal("legacy", envelope.format(before .. "U2FsdGVkX1+qwjmJ6bGZ"))
    end
    assert.equal("plain", envelope.format("字U2FsdGVkX1+qwjmJ6bGZ"))
    assert.equal("plain", envelope.format("a U2FsdGVkX1+qwjmJ6bGZ"))
    assert.equal("plain", envelope.format("\xffU2FsdGVkX1+qwjmJ6bGZ"))
    for _, plain in ipairs({ "", "tc2.aaa.bbb", " TC2.aaa.bbb", "TC3.aaa.bbb", "U2FsdGVkX", "words" }) do
      assert.equal("plain", envelope.format(plain), plain)
    end
  end)

  it("reads the opening time that is sealed in", function()
    assert.equal(OPENS, envelope.opens_at(text()))
    assert.equal(OPENS, envelope.opens_at(text({ size = 16 * 1024 + 16 })))
    assert.equal(OPENS, envelope.opens_at(text({ rounds = 10000000 })))
    assert.equal(0, envelope.opens_at(text({ opens_at = 0 })))
    assert.equal(253402300799, envelope.opens_at(text({ opens_at = 253402300799 })))
  end)

  it("keeps every number within its bounds", function()
    local bad = {
      { rounds = 599999 },
      { rounds = 0 },
      { rounds = 10000001 },
      { rounds = 4294967295 },
      { opens_at = -1 },
      { opens_at = 253402300800 },
      { rest = ("\7"):rep(65) },
      { rest = ("\7"):rep(67) },
      { size = 16 },
      { size = 1024 },
      { size = 1039 },
      { size = 1041 },
    }
    for i, changes in ipairs(bad) do
      assert.is_nil(envelope.opens_at(text(changes)), i)
    end
  end)

  it("takes one spelling of the bytes", function()
    local good = text()
    assert.equal("k", good:sub(-1))
    local bad = {
      "TC2.",
      "TC2..",
      "TC2.a.b",
      good .. "=",
      good .. "\n",
      " " .. good,
      good .. ".AAAA",
      good:gsub("%.", ",", 2),
      good:gsub("CQkJ", "CQ/J", 1),
      good:sub(1, -2) .. "l", -- the same bytes, with a stray bit behind them
    }
    for i, wrong in ipairs(bad) do
      assert.is_nil(envelope.opens_at(wrong), i)
    end
  end)
end)
