--- Keys: their alphabet, what people may type, and derivation without bias.
local key = require("capsule.key")

describe("capsule.key", function()
  it("makes keys of the set length from digits and letters", function()
    local seen = {}
    for _ = 1, 200 do
      local made = key.new()
      assert.matches("^[0-9a-zA-Z]+$", made)
      assert.equal(require("host").config.key_length, #made)
      assert.is_nil(seen[made])
      seen[made] = true
    end
  end)

  it("shows groups of four", function()
    assert.equal("abcd-efgh-ijkl-mnop", key.groups("abcdefghijklmnop"))
    assert.equal("abcd-efgh-ijkl-mn", key.groups("abcdefghijklmn"))
  end)

  it("reads what people type", function()
    local readable = {
      ["abcd-efgh-ijkl-mnop"] = "abcdefghijklmnop",
      ["abcdefghijklmnop"] = "abcdefghijklmnop",
      ["  abcd efgh ijkl mnop\r\n"] = "abcdefghijklmnop",
      ["abcd\u{2013}efgh\u{2013}ijkl\u{2014}mnop"] = "abcdefghijklmnop",
      ["abcd\u{00A0}efgh\u{3000}ijkl\u{2011}mnop"] = "abcdefghijklmnop",
      ["gyFZ-TefX-hpLO-nAM3-9wd1"] = "gyFZTefXhpLOnAM39wd1",
      ["ABCDEFGHIJKL"] = "ABCDEFGHIJKL",
      [("a"):rep(32)] = ("a"):rep(32),
    }
    for typed, expected in pairs(readable) do
      assert.equal(expected, key.parse(typed), typed)
    end
  end)

  it("keeps case", function()
    assert.not_equal(key.hash(key.parse("abcdefghijkl")), key.hash(key.parse("Abcdefghijkl")))
  end)

  it("refuses what can be no key", function()
    local refused = {
      "",
      "abcdefghijk",
      ("a"):rep(33),
      "abcdefghijkl!",
      "abcdefgh\u{e9}ijkl",
      "abcd_efgh_ijkl",
      "abcdefghijkl\0",
      ("-"):rep(1000000) .. "abcdefghijkl",
    }
    for _, typed in ipairs(refused) do
      assert.is_nil(key.parse(typed), typed:sub(1, 40))
    end
    assert.is_nil(key.parse(nil))
    assert.is_nil(key.parse(12345678901234))
  end)

  it("hashes to 32 bytes, not the plain hash of the key", function()
    local crypto = require("host.crypto")
    assert.equal(32, #key.hash("abcdefghijkl"))
    assert.not_equal(crypto.hash("abcdefghijkl"), key.hash("abcdefghijkl"))
  end)

  describe("derived from a seed", function()
    it("is the same for the same seed and another for another", function()
      assert.equal(key.derive("seed"), key.derive("seed"))
      assert.not_equal(key.derive("seed"), key.derive("sees"))
      assert.equal(require("host").config.key_length, #key.derive("seed"))
    end)

    it("prefers no symbol", function()
      local counts, total = {}, 0
      for i = 1, 4000 do
        for symbol in key.derive("seed " .. i):gmatch(".") do
          counts[symbol] = (counts[symbol] or 0) + 1
          total = total + 1
        end
      end
      local expected, symbols, chi = total / 62, 0, 0
      for _, count in pairs(counts) do
        symbols = symbols + 1
        chi = chi + (count - expected) ^ 2 / expected
      end
      assert.equal(62, symbols)
      -- 61 degrees of freedom: 120 is passed by chance once in 10^5; "byte % 62" gives 400.
      assert.is_true(chi < 120, "chi square " .. chi)
    end)
  end)
end)
