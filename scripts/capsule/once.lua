--- Making a put repeatable: the same post with the same `once` finds the same key.
---
--- `once` is 32 random bytes that the form carries in a hidden field, or the hash of the API's
--- Idempotency-Key.  The key is derived from it and from everything typed by a hash keyed with
--- the server secret, so whoever repeats a post whose answer was lost gets the same key, and
--- nothing about `once` is stored.  A malformed one counts as none: the put works, with a
--- random key, but cannot be repeated.
---
--- For a day after another secret has become current, and before it on the nodes that know it as
--- the next, a key that another secret gave the same post is found again.
local clock = require("host.clock")
local crypto = require("host.crypto")
local random = require("host.random")
local fields = require("capsule.fields")
local key = require("capsule.key")
local store = require("capsule.store")

local M = {}

local BYTES = 32

--- A fresh value for the form.
---@return string text
function M.new()
  return random.base64url(BYTES)
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

local DAY = 86400

--- Has the current secret changed within a day, or may it have on another node?
local function is_changing()
  local all = crypto.known()
  for _, secret in ipairs(all) do
    if secret.state == "next" then
      return true
    end
  end
  return #all > 1 and (all[1].since or 0) > clock.now() - DAY
end

--- The key of a capsule that is there, made under another secret than the current one.
local function key_before(secrets, text)
  for i = 2, #secrets do
    local before = key.derive(crypto.hmac(secrets[i], text))
    local placed, message, kind = store.known(before)
    if placed or message then
      return placed and before, message, kind
    end
  end
end

--- A member that is an object: its members by name.
local function text_of(value)
  if type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for name, member in pairs(value) do
    parts[#parts + 1] = string.pack(">s4s4", tostring(name), tostring(member))
  end
  table.sort(parts)
  return table.concat(parts)
end

--- Each field goes in with its length, an absent one differs from an empty one.  One that came later goes in with its
--- name, and not at all where it is empty: a post of before that is repeated finds its key.
local function packed(name, value)
  if not fields.by_sent[name].later then
    return value == nil and "\0" or string.pack(">Bs4", 1, tostring(value))
  end
  return (value == nil or value == "") and "" or string.pack(">Bs4s4", 2, name, text_of(value))
end

--- The key for `once` and everything that was typed.
---@param once string
---@param typed table<string, string|number|boolean>
---@param names string[] The fields on the wire, in their order.
---@return string? key
---@return string? message
---@return host.kind? kind
function M.key(once, typed, names)
  local parts = { string.pack(">s4", once) }
  for _, name in ipairs(names) do
    parts[#parts + 1] = packed(name, typed[name])
  end
  local secrets, text = assert(crypto.secrets("once")), table.concat(parts)
  local before, message, kind
  if is_changing() then
    before, message, kind = key_before(secrets, text)
  end
  if message then
    return nil, message, kind
  end
  return before or key.derive(crypto.hmac(secrets[1], text))
end

return M
