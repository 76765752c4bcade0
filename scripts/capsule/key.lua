--- Capsule keys: making, reading and hashing them.
---
--- A key is 12 to 32 symbols of 0-9a-zA-Z (new ones: the setting key_length).  It is the only
--- thing that opens its capsule and is stored nowhere: the database has its hash.  People see
--- it in groups of four and may give it back with whatever came along: `parse`.
local config = require("host").config
local crypto = require("host.crypto")
local random = require("host.random")
local form = require("text.form")

local M = {}

local ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
local SHORTEST, LONGEST = 12, 32

--- Longer texts are no key whatever they hold; looking closer would only cost time.
local LONGEST_TYPED = 2048

--- Unicode's dashes, and what programs, fonts and input methods make of one.
local DASHES = {
  { 0x2d, 0x2d }, { 0x02d7, 0x02d7 }, { 0x058a, 0x058a }, { 0x05be, 0x05be }, { 0x1400, 0x1400 },
  { 0x1806, 0x1806 }, { 0x2010, 0x2015 }, { 0x2043, 0x2043 }, { 0x2053, 0x2053 }, { 0x207b, 0x207b },
  { 0x208b, 0x208b }, { 0x2212, 0x2212 }, { 0x2500, 0x2501 }, { 0x2e17, 0x2e17 }, { 0x2e1a, 0x2e1a },
  { 0x2e3a, 0x2e3b }, { 0x2e40, 0x2e40 }, { 0x2e5d, 0x2e5d }, { 0x301c, 0x301c }, { 0x3030, 0x3030 },
  { 0x30a0, 0x30a0 }, { 0x30fc, 0x30fc }, { 0xfe31, 0xfe32 }, { 0xfe58, 0xfe58 }, { 0xfe63, 0xfe63 },
  { 0xff0d, 0xff0d }, { 0xff70, 0xff70 }, { 0x10ead, 0x10ead },
}

--- Where Unicode keeps quotes, brackets and full stops beyond ASCII's.
local MARKS = {
  { 0xa1, 0xbf }, { 0x2010, 0x205e }, { 0x2768, 0x2775 }, { 0x3001, 0x301f }, { 0xfe10, 0xfe6b },
  { 0xff5f, 0xff65 },
}

--- A random key.
---@return string key
---@example (key.parse(key.new()) ~= nil) --> true
function M.new()
  return random.token(config.key_length, ALPHABET)
end

--- The same key for the same seed, every symbol equally likely: bytes below 248 = 4 * 62 fall
--- evenly on the alphabet, the rest of the stream is thrown away.
---@param seed string Secret bytes.
---@param length integer? config.key_length where absent
---@return string key
---@example (key.derive("secret bytes") == key.derive("secret bytes")) --> true
function M.derive(seed, length)
  length = length or config.key_length
  local symbols, block = {}, 0
  while #symbols < length do
    local bytes = crypto.hash(seed .. string.pack(">I4", block), "tc-once-stream")
    block = block + 1
    for i = 1, #bytes do
      local byte = bytes:byte(i)
      if byte < 248 and #symbols < length then
        local at = byte % 62 + 1
        symbols[#symbols + 1] = ALPHABET:sub(at, at)
      end
    end
  end
  return table.concat(symbols)
end

local function is_in(ranges, code)
  for _, range in ipairs(ranges) do
    if code <= range[2] then
      return code >= range[1]
    end
  end
  return false
end

--- What a character counts for: nothing, itself, the ASCII character whose full-width form it is, a
--- mark ("."), or what no key has beside it (NUL).
local function plain(code)
  if is_in(DASHES, code) or not form.shows(code) then
    return ""
  elseif code < 0x80 then
    return string.char(code)
  elseif code >= 0xff01 and code <= 0xff5e then
    return string.char(code - 0xfee0)
  end
  return is_in(MARKS, code) and "." or "\0"
end

local function unescaped(text)
  local decoded = text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)
  return utf8.len(decoded) and decoded or text
end

local function is_key(text)
  return text and #text >= SHORTEST and #text <= LONGEST
end

--- The key in what somebody typed or pasted, or nil.  Case is kept: it matters.  Blanks, invisible
--- characters and dashes count nowhere, full-width characters as their ASCII ones, and marks around
--- the key do not.  In a link the key stands behind a # sign; what a mail program or a tracker has put
--- behind the key (".", "&fbclid=…", "?utm_…", "/") is not part of it.  static/js/key.js judges alike.
---@param typed any
---@return string? key
---@example (key.parse(key.groups(key.derive("bytes"))) == key.derive("bytes")) --> true
function M.parse(typed)
  if type(typed) ~= "string" or #typed > LONGEST_TYPED then
    return nil
  elseif typed:find("^%w+$") then -- as most come: nothing to look closer at
    return is_key(typed) and typed or nil
  elseif not utf8.len(typed) then
    return nil
  end
  local parts = {}
  for _, code in utf8.codes(unescaped(typed)) do
    parts[#parts + 1] = plain(code)
  end
  local text = table.concat(parts)
  for key in text:gmatch("#[^%w]*(%w+)") do
    if is_key(key) then
      return key
    end
  end
  local key = text:match("^%p*(%w+)%p*$") or text:match("^%p*(%w+)[&?/]")
  return is_key(key) and key or nil
end

--- "abcdefgh" as "abcd-efgh".
---@param key string
---@return string
---@example key.groups("abcdefgh") --> "abcd-efgh"
function M.groups(key)
  local groups = key:sub(1, 4)
  for at = 5, #key, 4 do
    groups = groups .. "-" .. key:sub(at, at + 3)
  end
  return groups
end

--- What the database knows a key by: 32 bytes.
---@param key string
---@return string
---@example #key.hash("abcdefgh") --> 32
function M.hash(key)
  return crypto.hash(key, "tc-key-v1")
end

return M
