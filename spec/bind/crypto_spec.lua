local crypto = require("host.crypto")

local function bytes(from, to)
  local list = {}
  for i = from, to do
    list[#list + 1] = string.char(i)
  end
  return table.concat(list)
end

local KEY = bytes(0, 31)

describe("host.crypto", function()
  -- Expected values: Python's hashlib.blake2b(digest_size=32, person=…, key=…).
  it("hashes with BLAKE2b-256, personalised by the context", function()
    local cases = {
      { "", nil, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8" },
      { "abc", nil, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319" },
      { "abc", "tc.key", "05ce50ce432ec1fc24fb0afe211e37036304c26270adb04d58d99888560da8c0" },
      { "abc", "0123456789abcdef", "139dad3b92ad7c4601ae1ba6c616ca59699c6b1e8e789d095e1bec905871f612" },
      { bytes(0, 255), nil, "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], crypto.hex(crypto.hash(case[1], case[2])))
    end
  end)

  it("hashes with SHA-256", function()
    local cases = {
      { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
      { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
      { bytes(0, 255), "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], crypto.hex(crypto.sha256(case[1])))
    end
  end)

  it("authenticates with keyed BLAKE2b-256", function()
    local cases = {
      { KEY, "data", "997fd9df5c41059563b2fee82026985c28a72b0a39d960f4db49ea6027091878" },
      { bytes(0, 15), "", "037c7d740ea795902b5aebe210fafffff1f627f74010f8dc79c0d5b8a9fb5847" },
      { bytes(0, 63), ("x"):rep(129), "1505abe84e6841d43c0131284e6ae6c8db40da2fcfde176df4b42d1e0dda9324" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], crypto.hex(crypto.hmac(case[1], case[2])))
    end
  end)

  it("derives subkeys that depend on key and context, today's as tomorrow's", function()
    local subkey = crypto.derive("material", "purpose")
    -- Waiting reminders are sealed under derived keys: another answer here would lose them.
    assert.equal("a1d25b341e7c6eac5ac76e02154dc0926ba88648db021252c58470987bff7143", crypto.hex(subkey))
    assert.not_equal(subkey, crypto.derive("material", "purposf"))
    assert.not_equal(subkey, crypto.derive("materiam", "purpose"))
    assert.not_equal(subkey, crypto.hash("material", "purpose"))
  end)

  it("compares", function()
    local cases = {
      { "", "", true }, { "a", "a", true }, { "a", "b", false }, { "a", "aa", false },
      { "a\0b", "a\0b", true }, { "a\0b", "a\0c", false },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], crypto.equal(case[1], case[2]))
    end
  end)

  it("opens what it sealed, byte for byte", function()
    for _, plain in ipairs({ "", "x", bytes(0, 255), ("密封"):rep(3000) }) do
      assert.equal(plain, crypto.open(KEY, crypto.seal(KEY, plain, "ad"), "ad"))
      assert.equal(plain, crypto.open(KEY, crypto.seal(KEY, plain)))
    end
  end)

  it("seals the same text differently each time, and hides its size", function()
    assert.not_equal(crypto.seal(KEY, "x"), crypto.seal(KEY, "x"))
    assert.equal(#crypto.seal(KEY, ""), #crypto.seal(KEY, ("x"):rep(255)))
    assert.equal(256, #crypto.seal(KEY, ("x"):rep(256)) - #crypto.seal(KEY, "x"))
  end)

  it("opens nothing under another key, with other data, or changed by one bit", function()
    local sealed = crypto.seal(KEY, "plain", "ad")
    local flipped = sealed:sub(1, 40) .. string.char(sealed:byte(41) ~ 1) .. sealed:sub(42)
    local cases = {
      { bytes(1, 32), sealed, "ad" }, { KEY, sealed, "ae" }, { KEY, sealed, nil },
      { KEY, flipped, "ad" }, { KEY, sealed:sub(1, -2), "ad" }, { KEY, sealed .. "\0", "ad" },
      { KEY, "", "ad" }, { KEY, "short", "ad" },
    }
    for i, case in ipairs(cases) do
      local plain, message, kind = crypto.open(case[1], case[2], case[3])
      assert.is_nil(plain, "case " .. i)
      assert.equal("string", type(message))
      assert.equal("input", kind)
    end
  end)

  it("writes and reads base64url (RFC 4648, section 10 and beyond)", function()
    local cases = {
      { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" },
      { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\251\255", "-_8" }, { "\0", "AA" },
      { "\255\255\255", "____" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], crypto.base64url(case[1]))
      assert.equal(case[1], crypto.from_base64url(case[2]))
    end
    local all = bytes(0, 255)
    assert.equal(all, crypto.from_base64url(crypto.base64url(all)))
  end)

  it("refuses what is not base64url without padding", function()
    -- One character too many, padding, the other alphabet, white space, bits that are left over.
    for _, text in ipairs({ "Z", "Zm9vY", "Zg==", "Zm8=", "-+8", "_/8", "Zm 9v", "Zg\n", "Zh", "Zm9", "Z\0" }) do
      local decoded, message, kind = crypto.from_base64url(text)
      assert.is_nil(decoded, text)
      assert.equal("string", type(message))
      assert.equal("input", kind)
    end
  end)

  it("writes and reads base64 with its padding, and nothing else", function()
    for plain, text in pairs({ [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", ["\251\255"] = "+/8=" }) do
      assert.equal(text, crypto.base64(plain))
      assert.equal(plain, crypto.from_base64(text))
    end
    for _, text in ipairs({ "Zg", "Zg=", "Zm8", "-_8=", "Zm9v\n", "Zh==", "=", "Z\0" }) do
      local decoded, message, kind = crypto.from_base64(text)
      assert.is_nil(decoded, text)
      assert.equal("it is not base64 with padding", message)
      assert.equal("input", kind)
    end
  end)

  it("writes and reads hexadecimal", function()
    assert.equal("00ff10", crypto.hex("\0\255\16"))
    assert.equal("", crypto.hex(""))
    assert.equal("\0\255\16", crypto.from_hex("00Ff10"))
    for _, text in ipairs({ "0", "0g", "0x10", " 00", "00 " }) do
      local decoded, _, kind = crypto.from_hex(text)
      assert.is_nil(decoded, text)
      assert.equal("input", kind)
    end
  end)

  it("gives subkeys of the server secret, or says that there is none", function()
    local subkey, message, kind = crypto.secret("spec")
    local subkeys, message2, kind2 = crypto.secrets("spec")
    if subkey then
      assert.equal(32, #subkey)
      assert.equal(subkey, subkeys[1])
      assert.not_equal(subkey, crypto.secret("spec2"))
    else
      assert.is_truthy(message:find("secret", 1, true))
      assert.equal("state", kind)
      assert.is_nil(subkeys)
      assert.equal(message, message2)
      assert.equal("state", kind2)
    end
  end)

  -- Expected values: Python's hashlib.sha512, X25519 of its cryptography package, and Salsa20 and Poly1305 written
  -- from their papers; the box's own key has the secret half 64, 65, … 95.
  it("makes the same pair of the same seed, and opens another's sealed box", function()
    local pair = crypto.box_pair(KEY)
    assert.equal("4701d08488451f545a409fb58ae3e58581ca40ac3f7f114698cd71deac73ca01", crypto.hex(pair.public))
    assert.equal("3d94eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6f", crypto.hex(pair.secret))
    assert.equal("Words for a later day.", crypto.box_open(pair, crypto.from_hex(
      "79a631eede1bf9c98f12032cdeadd0e7a079398fc786b88cc846ec89af85a51afd9942a8fa0a84d06c6eb2019759c1c221f5"
      .. "a923b11717ff41a45bf831abdc6479184451ec664b11a03c6cba19697696b75c92aa8be74bcc3fc0f242c00fc6838a955532"
      .. "786453d1321d3d7d887f723e27ffccb65a3e138e73122010d44edeb2545f636957c852b7e4864407e3a974fe5e889870df29"
      .. "9cf332fe5890edec632dbbeb6b6024ae0dfeb19ea8c486a08fa9b34f4df965467fddca252360e87a5c4c3265a9f4ed9ffb90"
      .. "84d6a7cb271433f701eb658b155378474113f560e11c4153261d79594d155bee81c42bef44319c712f73ce932f7cd1d8ef09"
      .. "6237c2d0ff062dc3e3f57ddeaf5f0a8e000904d36a0eb6ddc6b5d936c155a2ecb3fce3612af2972333fd785165ba4c86b00b"
      .. "c3d423b4")))
  end)

  it("opens what it sealed for a pair, byte for byte", function()
    local pair = crypto.box_pair(KEY)
    for _, plain in ipairs({ "", "x", bytes(0, 255), ("密封"):rep(3000) }) do
      assert.equal(plain, crypto.box_open(pair, crypto.box_seal(pair.public, plain)))
    end
    assert.not_equal(crypto.box_seal(pair.public, "x"), crypto.box_seal(pair.public, "x"))
    assert.equal(256 + 48, #crypto.box_seal(pair.public, ("x"):rep(255)))
  end)

  it("opens a box for nobody else, and no changed one", function()
    local pair, other = crypto.box_pair(KEY), crypto.box_pair(bytes(1, 32))
    local sealed = crypto.box_seal(pair.public, "plain")
    local flipped = sealed:sub(1, 60) .. string.char(sealed:byte(61) ~ 1) .. sealed:sub(62)
    for _, case in ipairs({
      { other, sealed }, { { public = pair.public, secret = other.secret }, sealed },
      { { public = pair.public, secret = pair.public }, sealed }, { pair, flipped }, { pair, sealed:sub(1, -2) },
      { pair, sealed .. "\0" }, { pair, "" }, { pair, ("\0"):rep(304) },
    }) do
      local plain, message, kind = crypto.box_open(case[1], case[2])
      assert.is_nil(plain)
      assert.equal("does not open", message)
      assert.equal("input", kind)
    end
    local none, message, kind = crypto.box_seal(("\0"):rep(32), "x") -- a point that everybody shares
    assert.is_nil(none)
    assert.equal("nothing can be sealed for that public half", message)
    assert.equal("input", kind)
  end)

  it("raises for misuse, naming function and argument", function()
    local cases = {
      { crypto.hash, {}, "host.crypto.hash takes 1 to 2 arguments, got 0" },
      { crypto.hash, { 5 }, "#1 to 'host.crypto.hash' (string expected, got number)" },
      { crypto.hash, { "x", ("c"):rep(17) }, "#2 to 'host.crypto.hash' (a context has at most 16 bytes)" },
      { crypto.hash, { "x", "a\0b" }, "it holds a NUL" },
      { crypto.hmac, { "short", "x" }, "a key of 16 to 64 bytes expected, got 5" },
      { crypto.hmac, { ("k"):rep(65), "x" }, "got 65" },
      { crypto.equal, { "a" }, "takes 2 arguments, got 1" },
      { crypto.derive, { "k", "" }, "#2 to 'host.crypto.derive'" },
      { crypto.derive, { "", "c" }, "#1 to 'host.crypto.derive'" },
      { crypto.seal, { "short", "x" }, "#1 to 'host.crypto.seal' (a key of 32 bytes expected, got 5)" },
      { crypto.open, { KEY .. "x", "x" }, "a key of 32 bytes expected, got 33" },
      { crypto.open, { KEY, nil, "ad", n = 3 }, "#2 to 'host.crypto.open' (string expected, got nothing)" },
      { crypto.box_pair, { "short" }, "a key of 32 bytes expected, got 5" },
      { crypto.box_seal, { "short", "x" }, "#1 to 'host.crypto.box_seal' (a key of 32 bytes expected, got 5)" },
      { crypto.box_open, { { public = KEY }, "x" }, "whose 'secret' has 32 bytes" },
      { crypto.box_open, { KEY, "x" }, "table expected" },
      { crypto.secret, { "" }, "#1 to 'host.crypto.secret'" },
      { crypto.secrets, { 1 }, "string expected, got number" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(case[1], table.unpack(case[2], 1, case[2].n))
      assert.is_false(good)
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
  end)
end)
