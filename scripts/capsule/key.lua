--- Capsule keys: making, reading and hashing them.
---
--- A key is 12 to 32 symbols of 0-9a-zA-Z (new ones: the setting key_length).  It is the only
--- thing that opens its capsule and is stored nowhere: the database has its hash.  People see
--- it in groups of four and may type it back with or without dashes and spaces.
local config = require("host").config
local crypto = require("host.crypto")
local random = require("host.random")

local M = {}

local ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
local SHORTEST, LONGEST = 12, 32

--- What stands between groups once a mail program, a word processor or an input method has
--- been at it: UTF-8 dashes, no-break and ideographic spaces.
local SEPARATORS = {
  "\u{2010}",
  "\u{2011}",
  "\u{2012}",
  "\u{2013}",
  "\u{2014}",
  "\u{2015}",
  "\u{2212}",
  "\u{FF0D}",
  "\u{00A0}",
  "\u{3000}",
  "\u{200B}",
}

--- Longer texts are no key whatever they hold; looking closer would only cost time.
local LONGEST_TYPED = 256

--- A random key.
---@return string key
function M.new()
  return random.token(config.key_length, ALPHABET)
end

--- The same key for the same seed, every symbol equally likely: bytes below 248 = 4 * 62 fall
--- evenly on the alphabet, the rest of the stream is thrown away.
---@param seed string Secret bytes.
---@return string key
function M.derive(seed)
  local symbols, block = {}, 0
  while #symbols < config.key_length do
    local bytes = crypto.hash(seed .. string.pack(">I4", block), "tc-once-stream")
    block = block + 1
    for i = 1, #bytes do
      local byte = bytes:byte(i)
      if byte < 248 and #symbols < config.key_length then
        local at = byte % 62 + 1
        symbols[#symbols + 1] = ALPHABET:sub(at, at)
      end
    end
  end
  return table.concat(symbols)
end

--- The key in what somebody typed, or nil if it cannot be one.  Case is kept: it matters.
---@param typed any
---@return string? key
function M.parse(typed)
  if type(typed) ~= "string" or #typed > LONGEST_TYPED then
    return nil
  end
  for _, separator in ipairs(SEPARATORS) do
    typed = typed:gsub(separator, "")
  end
  local key = typed:gsub("[%s%-]+", "")
  if #key < SHORTEST or #key > LONGEST or key:find("[^0-9a-zA-Z]") then
    return nil
  end
  return key
end

--- "abcdefgh" as "abcd-efgh".
---@param key string
---@return string
function M.groups(key)
  local groups = {}
  for at = 1, #key, 4 do
    groups[#groups + 1] = key:sub(at, at + 3)
  end
  return table.concat(groups, "-")
end

--- What the database knows a key by: 32 bytes.
---@param key string
---@return string
function M.hash(key)
  return crypto.hash(key, "tc-key-v1")
end

return M
