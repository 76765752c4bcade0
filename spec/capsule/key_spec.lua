--- Keys: their alphabet, what people may type, and derivation without bias.
local files = require("spec.support.files")
local form = require("text.form")
local json = require("host.json")
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

  -- The page's script judges alike: spec/browser/key_spec.mjs reads the same table.
  it("reads what people type and paste, and refuses what can be no key", function()
    local table_of_cases = json.decode((files.read("spec/fixtures/keys.json")))
    for _, case in ipairs(table_of_cases.cases) do
      assert.equal(case.key, key.parse(case.typed), case.typed:sub(1, 80))
    end
    assert.is_nil(key.parse(nil))
    assert.is_nil(key.parse(12345678901234))
    assert.is_nil(key.parse("abcdefghijkl\xff"))
  end)

  it("drops blanks, invisible characters and dashes of every kind, and nothing beside them", function()
    local cases = json.decode((files.read("spec/fixtures/keys.json")))
    local function drops(code)
      return key.parse("abcdef" .. utf8.char(code) .. "ghijkl") == "abcdefghijkl"
    end
    local dropped, borders = {}, {}
    for _, name in ipairs({ "nothing", "dashes" }) do
      for _, range in ipairs(cases[name]) do
        local first, last = range:match("^(%x+)%-?(%x*)$")
        first, last = tonumber(first, 16), tonumber(last ~= "" and last or first, 16)
        for code = first, last do
          dropped[code] = true
        end
        assert.equal(name == "dashes", form.shows(first), range)
        table.move({ first - 1, first, last, last + 1 }, 1, 4, #borders + 1, borders)
      end
    end
    for _, code in ipairs(borders) do
      assert.equal(dropped[code] or false, drops(code), ("U+%04X"):format(code))
    end
  end)

  it("keeps case", function()
    assert.not_equal(key.hash(key.parse("abcdefghijkl")), key.hash(key.parse("Abcdefghijkl")))
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
