--- Capsules in the database: put, find, take back.
---
--- A find costs the same whatever the key is: one statement and one opening of a sealed text.
--- Unknown, malformed and disabled keys open a decoy, so neither counts nor times tell them
--- apart.  The time gate is in the statement that returns the body, with the host's one clock.
local clock = require("host.clock")
local crypto = require("host.crypto")
local db = require("host.db")
local json = require("host.json")
local random = require("host.random")
local key = require("capsule.key")
local seal = require("capsule.seal")

local M = {}

---@class store.New
---@field name string
---@field content string
---@field note string
---@field opens_at integer
---@field zone string
---@field wall string
---@field lang string
---@field fields table<string, string>? Those that a site has added.
---@field gather gathering.Wanted? Others may add letters.

---@class store.Placed
---@field key string
---@field opens_at integer
---@field created_at integer
---@field repeated boolean Was it there already, from the same post before?

---@class store.Found
---@field state "opened"|"not_yet"|"missing"|"broken"
---@field id integer?        Not for "missing".
---@field key string?       As `parse` reads it, of what was found by its key.
---@field opens_at integer?
---@field created_at integer?
---@field note string?       For "not_yet"; "" means the default note.
---@field whole boolean?     For "not_yet": is the body as it was sealed?  False: an older capsule, which cannot tell.
---@field gathers boolean?   May others add letters, or could they?
---@field name string?       From here on for "opened".
---@field content string?
---@field zone string?
---@field wall string?
---@field lang string?
---@field fields table<string, string>? Those that a site has added.

--- Random keys collide once in 2^47 capsules or so; a third collision is no accident.
local TRIES = 3

--- What stands in for a malformed key: no key has spaces, so its hash is nobody's.
local NO_KEY = "this is no capsule key"
local DECOY_KEY = random.bytes(32)
local DECOY_ROW = { version = seal.VERSION, opens_at = 0, created_at = 0 }
local DECOY = seal.close(DECOY_KEY, "body", DECOY_ROW, random.bytes(200))

local function sealed_row(capsule, capsule_key, created_at)
  local row = {
    key_hash = key.hash(capsule_key),
    opens_at = capsule.opens_at,
    created_at = created_at,
    version = capsule.gather and seal.GATHERING or seal.VERSION,
  }
  local sealing_key = seal.key(capsule_key)
  local body = {
    name = capsule.name,
    to = capsule.to ~= "" and capsule.to or nil,
    content = capsule.content,
    zone = capsule.zone,
    wall = capsule.wall,
    lang = capsule.lang,
    fields = capsule.fields,
  }
  row.body = seal.close(sealing_key, "body", row, json.encode(body))
  row.note = seal.close_note(sealing_key, row, capsule.note, row.body)
  return row
end

--- The statement, and those that go along (the reminder's).
local function with(row, also)
  local calls = { { "capsule.insert", row } }
  for _, call in ipairs(also) do
    calls[#calls + 1] = call
  end
  return calls
end

--- One statement, or one batch.
local function insert(row, also)
  if #also == 0 then
    return db.exec("capsule.insert", row)
  end
  return db.batch(with(row, also))
end

--- The statements that write a capsule under a key that it has already, for a batch.
---@param capsule store.New
---@param capsule_key string
---@param also fun(placed: store.Placed, key_hash: string): table[] More statements for the batch.
---@return table[] calls
---@example local new = { name = "A", content = "Hello", note = "", opens_at = 0, zone = "UTC", wall = "", lang = "en" }
---@example local calls = store.calls(new, "abcdefgh", function() return {} end)
---@example calls[1][1] --> "capsule.insert"
function M.calls(capsule, capsule_key, also)
  local placed = { key = capsule_key, opens_at = capsule.opens_at, created_at = clock.now(), repeated = false }
  local row = sealed_row(capsule, capsule_key, placed.created_at)
  return with(row, also(placed, row.key_hash))
end

--- What a read finds; where that is nothing, once more when the database has what was put by way of
--- another node a moment ago.
---@param read fun(): host.db.row?, string?, host.kind?
---@return host.db.row? row
---@return string? message
---@return host.kind? kind
local function sought(read)
  local row, message, kind = read()
  if row or message or not db.catch_up() then
    return row, message, kind
  end
  return read()
end

--- When the capsule of a key was made and opens, if there is one; for a repeated put.
---@param capsule_key string
---@return store.Placed? placed Nil without a message: there is none.
---@return string? message
---@return string? kind
---@example store.known("abcdefgh") --> nil
function M.known(capsule_key)
  local row, message, kind = sought(function()
    return db.one("capsule.known", { key_hash = key.hash(capsule_key) })
  end)
  if not row then
    return nil, message, kind
  end
  return {
    key = capsule_key,
    opens_at = row.opens_at,
    created_at = row.created_at,
    repeated = true,
  }
end

--- Writes a capsule under a key, and once more where nobody knows whether that was done: a conflict then
--- says that it was, for no other capsule has this key and this creation time.
---@return boolean? done
---@return string? message
---@return host.kind? kind
local function write(row, also)
  local done, message, kind = insert(row, also)
  if done or kind ~= "io" and kind ~= "timeout" then
    return done and true, message, kind
  end
  local again, _, sort = insert(row, also)
  if sort == "conflict" then
    local known = db.one("capsule.known", { key_hash = row.key_hash })
    again, kind = known and known.created_at == row.created_at, sort
  end
  return again and true, message, kind
end

--- Writes a capsule.  With `fixed`, a key that is there already is the answer to the same post
--- sent twice; without it the key is random, and one that is taken gives way to another.
---@param capsule store.New
---@param fixed string? The key that a repeatable put must have.
---@param also fun(placed: store.Placed, key_hash: string): table[] More statements for the batch.
---@return store.Placed?
---@return string? message
---@return string? kind
---@example local new = { name = "A", content = "Hello", note = "", opens_at = 0, zone = "UTC", wall = "", lang = "en" }
---@example local placed = assert(store.put(new, nil, function() return {} end))
---@example store.find(placed.key).content --> "Hello"
function M.put(capsule, fixed, also)
  local done, message, kind
  for _ = 1, TRIES do
    local placed = {
      key = fixed or key.new(),
      opens_at = capsule.opens_at,
      created_at = clock.now(),
      repeated = false,
    }
    local row = sealed_row(capsule, placed.key, placed.created_at)
    done, message, kind = write(row, also(placed, row.key_hash))
    if done then
      return placed
    elseif kind ~= "conflict" then
      return nil, message, kind
    end
    local known, why, sort
    if fixed then
      known, why, sort = M.known(fixed)
    end
    if known or why then
      return known, why, sort
    end
  end
  return nil, message, kind
end

local function opened(row, sealing_key)
  local plain = seal.open(sealing_key, "body", row, row.body)
  local body = plain and json.decode(plain)
  if type(body) ~= "table" then
    return { state = "broken", id = row.id }
  end
  body.state, body.id = "opened", row.id
  body.opens_at, body.created_at = row.opens_at, row.created_at
  body.gathers = row.version == seal.GATHERING
  return body
end

local function not_yet(row, sealing_key)
  local note, digest = seal.open_note(sealing_key, row, row.note)
  if not note or digest and digest ~= row.digest then
    return { state = "broken", id = row.id }
  end
  return {
    state = "not_yet",
    id = row.id,
    opens_at = row.opens_at,
    created_at = row.created_at,
    note = note,
    whole = digest ~= nil,
    gathers = row.version == seal.GATHERING,
  }
end

--- What a typed key shows right now.
---@param typed any
---@return store.Found?
---@return string? message
---@return string? kind
---@example store.find("abcd-efgh").state --> "missing"
function M.find(typed)
  local capsule_key = key.parse(typed)
  local key_hash = key.hash(capsule_key or NO_KEY)
  local row, message, kind = sought(function()
    return db.one("capsule.find", { key_hash = key_hash, now = clock.now() })
  end)
  local sealing_key = seal.key(capsule_key or NO_KEY)
  if row then
    local found = row.body and opened(row, sealing_key) or not_yet(row, sealing_key)
    found.key = found.state ~= "broken" and capsule_key or nil
    return found
  end
  seal.open(DECOY_KEY, "body", DECOY_ROW, DECOY)
  if message then
    return nil, message, kind
  end
  return { state = "missing" }
end

--- Is that what a key holds already, whatever its opening time?
---@param capsule_key string
---@param capsule store.New
---@return boolean? same
---@return string? message
---@return string? kind
---@example local new = { name = "A", content = "Hello", note = "", opens_at = 0, zone = "UTC", wall = "", lang = "en" }
---@example store.holds("abcdefgh", new) --> false
function M.holds(capsule_key, capsule)
  local known, message, kind = M.known(capsule_key)
  local row
  if known then
    row, message, kind = db.one("capsule.recall", { key_hash = key.hash(capsule_key), created_at = known.created_at })
  end
  if message then
    return nil, message, kind
  end
  local found = row and opened(row, seal.key(capsule_key))
  return found ~= nil and found.opens_at == capsule.opens_at and found.name == capsule.name
    and found.content == capsule.content
end

--- What a MAC is over: of both kinds of number the same text.
local function undo_text(created_at, capsule_key)
  return "time-capsule undo|" .. (created_at | 0) .. "|" .. capsule_key
end

--- The right to take a new capsule back: its creation time and a MAC over it and the key.
---@param placed { key: string, created_at: integer }
---@return string token
---@example (#store.undo_token({ key = "abcdefgh", created_at = 0 }) > 0) --> true
function M.undo_token(placed)
  local secret = assert(crypto.secret("undo"))
  local mac = crypto.hmac(secret, undo_text(placed.created_at, placed.key))
  return crypto.base64url(string.pack(">i8", placed.created_at) .. mac)
end

--- The creation time that a token vouches for, or nil.
local function vouched(token, capsule_key)
  local bytes = type(token) == "string" and #token < 100 and crypto.from_base64url(token)
  if not bytes or #bytes ~= 40 then
    return nil
  end
  local created_at, given = string.unpack(">i8", bytes), bytes:sub(9)
  for _, secret in ipairs(crypto.secrets("undo")) do
    local mac = crypto.hmac(secret, undo_text(created_at, capsule_key))
    if crypto.equal(mac, given) then
      return created_at
    end
  end
  return nil
end

--- A capsule that its author may still take back, whatever its opening time: the token stands
--- in for the time gate.  Nil without a message when there is none, the token is wrong, or more
--- than `seconds` have passed since it was put.
---@param typed any
---@param token any
---@param seconds integer
---@return store.Found? found Always "opened" or "broken", and with `note`.
---@return string? message
---@return string? kind
---@example store.recall("abcdefgh", "no such token", 60) --> nil
function M.recall(typed, token, seconds)
  local capsule_key = key.parse(typed)
  local created_at = capsule_key and vouched(token, capsule_key)
  if not created_at or created_at + seconds <= clock.now() then
    return nil
  end
  local row, message, kind = sought(function()
    return db.one("capsule.recall", { key_hash = key.hash(capsule_key), created_at = created_at })
  end)
  if not row then
    return nil, message, kind
  end
  local sealing_key = seal.key(capsule_key)
  local found = opened(row, sealing_key)
  found.note = seal.open_note(sealing_key, row, row.note) or ""
  return found
end

--- Deletes a capsule; the database deletes its letters with it.
---@param found store.Found
---@return boolean? deleted False when somebody else was faster.
---@return string? message
---@return string? kind
---@example local new = { name = "A", content = "Hello", note = "", opens_at = 0, zone = "UTC", wall = "", lang = "en" }
---@example local placed = assert(store.put(new, nil, function() return {} end))
---@example store.delete(store.find(placed.key)) --> true
function M.delete(found)
  local done, message, kind = db.exec("capsule.delete", { id = found.id, created_at = found.created_at })
  if not done then
    return nil, message, kind
  end
  return done.affected == 1
end

return M
