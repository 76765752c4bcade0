---@meta host.crypto
-- Types for the editor; never loaded.  Keys and hashes are raw bytes; libsodium and nettle do the work.

---@class host.crypto
local M = {}

--- BLAKE2b-256.
---@param data string
---@param context? string At most 16 bytes: hashes of different contexts have nothing in common.
---@return string hash 32 bytes.
---@example #crypto.hash("data", "site") --> 32
function M.hash(data, context) end

--- SHA-256, which SHA2(…, 256) of either database and every browser compute alike.
---@param data string
---@return string hash 32 bytes.
---@example crypto.hex(crypto.sha256("")):sub(1, 8) --> "e3b0c442"
function M.sha256(data) end

--- Keyed BLAKE2b-256, a MAC.
---@param key string 16 to 64 bytes.
---@param data string
---@return string mac 32 bytes.
---@example #crypto.hmac(("k"):rep(32), "data") --> 32
function M.hmac(key, data) end

--- Compares in a time that does not depend on where two strings of equal length differ.
---@param a string
---@param b string
---@return boolean equal
---@example crypto.equal("abc", "abd") --> false
function M.equal(a, b) end

--- A subkey for one purpose, of any key material.
---@param key string Not empty.
---@param context string Not empty; says what the subkey is for.
---@return string subkey 32 bytes.
---@example #crypto.derive("key material", "site.links") --> 32
function M.derive(key, context) end

--- XChaCha20-Poly1305 with a random nonce, padded to a multiple of 256 bytes.
---@param key string 32 bytes.
---@param plain string
---@param ad? string Additional data: not stored, but needed unchanged to open.
---@return string sealed
---@example local key = crypto.derive("key material", "site.notes")
---@example crypto.open(key, crypto.seal(key, "Hello")) --> "Hello"
function M.seal(key, plain, ad) end

--- What was sealed.  Fails alike for a wrong key, changed bytes and other additional data.
---@param key string 32 bytes.
---@param sealed string
---@param ad? string
---@return string? plain
---@return string? message
---@return host.kind? kind "input"
---@example local key = crypto.derive("key material", "site.notes")
---@example select(3, crypto.open(key, "changed")) --> "input"
function M.open(key, sealed, ad) end

---@class host.crypto.pair
---@field public string 32 bytes: who has this half can seal, and open nothing.
---@field secret string 32 bytes.

--- The X25519 pair of a seed, the same for the same seed.
---@param seed string 32 bytes, of M.derive() for instance.
---@return host.crypto.pair pair
---@example #crypto.box_pair(crypto.derive("key material", "site.box")).public --> 32
function M.box_pair(seed) end

--- A sealed box of libsodium's, padded to a multiple of 256 bytes before: the pair's holder alone opens it, and
--- nobody learns who has sealed it.
---@param public string 32 bytes.
---@param plain string
---@return string? sealed
---@return string? message
---@return host.kind? kind "input": no box can be sealed for such a public half.
---@example local pair = crypto.box_pair(crypto.derive("key material", "site.box"))
---@example crypto.box_open(pair, crypto.box_seal(pair.public, "Hello")) --> "Hello"
function M.box_seal(public, plain) end

--- What was sealed for this pair.  Fails alike for another pair and changed bytes.
---@param pair host.crypto.pair
---@param sealed string
---@return string? plain
---@return string? message
---@return host.kind? kind "input"
---@example local pair = crypto.box_pair(crypto.derive("key material", "site.box"))
---@example select(3, crypto.box_open(pair, "changed")) --> "input"
function M.box_open(pair, sealed) end

--- A subkey of the current server secret.  Fails before the database is open, and in commands
--- that need none.
---@param context string Not empty.
---@return string? subkey 32 bytes.
---@return string? message
---@return host.kind? kind "state"
---@example #crypto.secret("site.links") --> 32
function M.secret(context) end

--- The subkeys of the current secret and of the previous ones, the current first: to open what
--- an earlier secret sealed.
---@param context string Not empty.
---@return string[]? subkeys
---@return string? message
---@return host.kind? kind "state"
---@example (crypto.secrets("site.links")[1] == crypto.secret("site.links")) --> true
function M.secrets(context) end

---@class host.crypto.known
---@field id string Eight digits that tell a secret and tell nothing of it.
---@field state "current"|"previous"|"next" The next one is known before it becomes current.
---@field since integer? When it became current; nil: never, or before that was noted.

---@class host.crypto.all
---@field [integer] host.crypto.known
---@field lost boolean There was one once that is not among them.

--- What the server secrets are, in the order of M.secrets().  They may change while a script runs.
---@return host.crypto.all? all
---@return string? message
---@return host.kind? kind "state"
---@example (crypto.known() ~= nil) --> true
function M.known() end

--- RFC 4648 section 4, with padding.
---@param bytes string
---@return string text
---@example crypto.base64("hi") --> "aGk="
function M.base64(bytes) end

--- Strict: with its padding, no white space, no other alphabet, no stray bits at the end.
---@param text string
---@return string? bytes
---@return string? message
---@return host.kind? kind "input"
---@example crypto.from_base64("aGk=") --> "hi"
function M.from_base64(text) end

--- RFC 4648 section 5, without padding.
---@param bytes string
---@return string text
---@example crypto.base64url("hi") --> "aGk"
function M.base64url(bytes) end

--- Strict: no padding, no white space, no other alphabet, no stray bits at the end.
---@param text string
---@return string? bytes
---@return string? message
---@return host.kind? kind "input"
---@example crypto.from_base64url("aGk") --> "hi"
function M.from_base64url(text) end

--- Two hexadecimal digits a byte.
---@param bytes string
---@return string text Lower case.
---@example crypto.hex("\n") --> "0a"
function M.hex(bytes) end

--- The bytes of hexadecimal digits.
---@param text string Either case.
---@return string? bytes
---@return string? message
---@return host.kind? kind "input"
---@example crypto.from_hex("0A") --> "\n"
function M.from_hex(text) end

return M
