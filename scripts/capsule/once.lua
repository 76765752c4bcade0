--- Making a put repeatable: the same post with the same `once` finds the same key.
---
--- `once` is 32 random bytes that the form carries in a hidden field, or the hash of the API's
--- Idempotency-Key.  The key is derived from it and from everything typed by a hash keyed with
--- the server secret, so whoever repeats a post whose answer was lost gets the same key, and
--- nothing about `once` is stored.  A malformed one counts as none: the put works, with a
--- random key, but cannot be repeated.
local crypto = require("host.crypto")
local random = require("host.random")
local key = require("capsule.key")

local M = {}

local BYTES = 32

--- A fresh value for the form.
---@return string text
function M.new()
  return crypto.base64url(random.bytes(BYTES))
end

--- The bytes of a form's field, or nil if it is none of ours.
---@param text string?
---@return string? once
function M.parse(text)
  if type(text) ~= "string" or #text > 64 then
    return nil
  end
  local bytes = crypto.from_base64url(text)
  return bytes and #bytes == BYTES and bytes or nil
end

--- The bytes of an Idempotency-Key: 1 to 255 visible characters, or nil.  Of each client that limits count its own:
--- who sends another's header and body gets no key of that one's.
---@param text string
---@param client string?
---@return string? once
function M.from_header(text, client)
  if #text < 1 or #text > 255 or text:find("[^\x21-\x7e]") then
    return nil
  end
  return crypto.hash(client and text .. " " .. client or text, "tc-idempotency")
end

--- The key for `once` and everything that was typed.  Each field goes in with its length, an
--- absent one differs from an empty one.
---@param once string
---@param typed table<string, string|number|boolean>
---@param fields string[] Their order.
---@return string key
function M.key(once, typed, fields)
  local parts = { string.pack(">s4", once) }
  for _, field in ipairs(fields) do
    local value = typed[field]
    parts[#parts + 1] = value == nil and "\0" or string.pack(">Bs4", 1, tostring(value))
  end
  return key.derive(crypto.hmac(assert(crypto.secret("once")), table.concat(parts)))
end

return M
