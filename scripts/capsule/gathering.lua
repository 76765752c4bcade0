--- Letters that others add to a capsule: begun with it, added by a code, opened by its key.
---
--- The code is derived from the capsule key and opens nothing but the gathering's title.  A letter is sealed for the
--- public half of a pair that the capsule key alone gives: neither the database, nor the server secret, nor another
--- writer opens it.  docs/encryption.md has it byte by byte.  The time gate, the closing moment and the bound on the
--- number of letters are in the statements (sql/queries/gathering.sql), with the host's one clock.
local config = require("host").config
local clock = require("host.clock")
local crypto = require("host.crypto")
local db = require("host.db")
local json = require("host.json")
local log = require("host.log")
local metrics = require("host.metrics")
local random = require("host.random")
local key = require("capsule.key")

local M = {}

---@class gathering.Wanted What whoever begins one asks for.
---@field closes_at integer
---@field most integer

---@class gathering.Standing
---@field id integer
---@field closes_at integer
---@field most integer
---@field letters integer So far.

---@class gathering.Found : gathering.Standing
---@field state "open"|"closed"|"full"|"broken"
---@field capsule_id integer
---@field opens_at integer
---@field title string      Whom the capsule is from; "": nobody said.
---@field public_key string

---@class gathering.Letter
---@field name string
---@field content string
---@field zone string
---@field language string
---@field created_at integer

---@class gathering.Added
---@field token string  The right to take it back.
---@field created_at integer

--- Whatever key_length says: the code of an older capsule is found again.
local CODE_LENGTH = 16

--- What stands in for a malformed code, as in capsule/store.lua.
local NO_CODE = "this is no code"

--- The code by which others find the gathering of a capsule.
---@param capsule_key string
---@return string
function M.code(capsule_key)
  return key.derive(crypto.derive(capsule_key, "time-capsule gathering code v1"), CODE_LENGTH)
end

--- What the database knows a code by: 32 bytes.
local function hash(code)
  return crypto.hash(code, "tc-gathering-v1")
end

local function pair_of(capsule_key)
  return crypto.box_pair(crypto.derive(capsule_key, "time-capsule gathering pair v1"))
end

--- The title's key, and what it is bound to: a row that was changed shows as broken, another public half too.
local function title_key(code)
  return crypto.derive(code, "time-capsule gathering title v1")
end

local function bound(row)
  return ("time-capsule|gathering|%d|%d|%d|"):format(row.opens_at, row.closes_at, row.most) .. row.public_key
end

--- The statement that begins one, for the batch that writes its capsule.
---@param capsule { gather: gathering.Wanted, name: string, opens_at: integer }
---@param capsule_key string
---@param key_hash string
---@return table call
function M.call(capsule, capsule_key, key_hash)
  local code = M.code(capsule_key)
  local row = { opens_at = capsule.opens_at, closes_at = capsule.gather.closes_at, most = capsule.gather.most,
    public_key = pair_of(capsule_key).public }
  return { "gathering.insert", { key_hash = key_hash, code_hash = hash(code), public_key = row.public_key,
    closes_at = row.closes_at, most = row.most, title = crypto.seal(title_key(code), capsule.name, bound(row)) } }
end

--- The row of a code; where there is none, once more when the database has what was written by way of another node.
local function row_of(code)
  local code_hash = hash(code)
  local row, message, kind = db.one("gathering.find", { code_hash = code_hash })
  if row or message or not db.catch_up() then
    return row, message, kind
  end
  return db.one("gathering.find", { code_hash = code_hash })
end

local function state_of(row)
  if row.closes_at <= clock.now() then
    return "closed"
  end
  return row.letters < row.most and "open" or "full"
end

--- The gathering of a typed code.
---@param typed any
---@return gathering.Found? found Nil without a message: no code of ours, or its capsule is disabled.
---@return string? message
---@return string? kind
function M.find(typed)
  local code = key.parse(typed) or NO_CODE
  local row, message, kind = row_of(code)
  if not row then
    return nil, message, kind
  end
  row.title = crypto.open(title_key(code), row.title, bound(row))
  row.state = row.title and state_of(row) or "broken" -- its row was changed
  return row
end

--- How a capsule's stands, for who holds its key or runs the site.
---@param capsule_id integer
---@return gathering.Standing? standing Nil without a message: it has none.
---@return string? message
---@return string? kind
function M.of_capsule(capsule_id)
  return db.one("gathering.of_capsule", { capsule_id = capsule_id })
end

-- Adding ------------------------------------------------------------------------------------------------------------

--- What the database knows a post by: the same one again makes no other letter.  Who has neither the code nor what
--- the post carried can try no guess at the letter against it.
local function mark_of(code, once, letter)
  return crypto.hmac(crypto.derive(code, "time-capsule letter mark v1"),
    string.pack(">s4s4s4", once, letter.name, letter.content))
end

local UNDO = "time-capsule letter undo|%d|"

local function token_of(mark, created_at)
  local mac = crypto.hmac(assert(crypto.secret("undo letter")), UNDO:format(created_at) .. mark)
  return crypto.base64url(string.pack(">i8", created_at) .. mark .. mac)
end

local function added(mark, created_at)
  return { token = token_of(mark, created_at), created_at = created_at }
end

--- Was that post taken before?
local function known(mark)
  local row, message, kind = db.one("gathering.known", { mark = mark })
  return row and added(mark, row.created_at), message, kind
end

--- Writes it, and once more where nobody knows whether that was done: a conflict then says that it was.
local function write(id, mark, created_at, body)
  local calls = {
    { "gathering.turn", { id = id } },
    { "gathering.add", { id = id, mark = mark, now = created_at, body = body } },
  }
  local done, message, kind = db.batch(calls)
  if not done and (kind == "io" or kind == "timeout") then
    done, message, kind = db.batch(calls)
  end
  return done and done[2].affected == 1, message, kind
end

--- Adds a letter that the rules have judged.
---@param typed any The code.
---@param found gathering.Found
---@param letter { name: string, content: string, zone: string, language: string }
---@param once string? Bytes that tell this post from any other; nil: it is like no other.
---@return gathering.Added? added Nil without a message: it is closed or full by now.
---@return string? message
---@return string? kind
function M.add(typed, found, letter, once)
  local mark, created_at = mark_of(assert(key.parse(typed)), once or random.bytes(32), letter), clock.now()
  local sealed, why, sort = crypto.box_seal(found.public_key, json.encode({ gathering = found.id, name = letter.name,
    content = letter.content, zone = letter.zone, language = letter.language, created_at = created_at }))
  if not sealed then
    return nil, why, sort
  end
  local done, message, kind = write(found.id, mark, created_at, sealed)
  if done then
    metrics.counter("tc_gathering_letters_added_total")
    return added(mark, created_at)
  end
  local before, fault, its_kind
  if kind == "conflict" or not message then
    before, fault, its_kind = known(mark)
  end
  if before or fault then
    return before, fault, its_kind
  end
  return nil, message, kind -- a conflict of another kind: a lock that was not got
end

--- The mark and the creation time that a token vouches for, or nil.
local function vouched(token)
  local bytes = type(token) == "string" and #token < 200 and crypto.from_base64url(token)
  if not bytes or #bytes ~= 72 then
    return nil
  end
  local created_at, mark, given = string.unpack(">i8", bytes), bytes:sub(9, 40), bytes:sub(41)
  for _, secret in ipairs(crypto.secrets("undo letter")) do
    if crypto.equal(crypto.hmac(secret, UNDO:format(created_at) .. mark), given) then
      return mark, created_at
    end
  end
  return nil
end

--- When the letter of a token was written, or nil.
---@param token any
---@return integer?
function M.written_at(token)
  local _, created_at = vouched(token)
  return created_at
end

--- Until when a letter can be taken back.
---@param created_at integer
---@return integer
function M.undo_until(created_at)
  return created_at + config.undo_minutes * 60
end

--- Deletes a letter that its writer has added a moment ago.
---@param token any
---@return boolean? done False: too late, taken back before, or no token of ours.
---@return string? message
---@return string? kind
function M.take_back(token)
  local mark, created_at = vouched(token)
  if not mark or M.undo_until(created_at) <= clock.now() then
    return false
  end
  local done, message, kind = db.exec("gathering.take_back", { mark = mark, created_at = created_at })
  if not done then
    return nil, message, kind
  elseif done.affected == 1 then
    metrics.counter("tc_gathering_letters_taken_back_total")
  end
  return done.affected == 1
end

-- Opening -----------------------------------------------------------------------------------------------------------

--- So many letters are given at once: about a mebibyte of the longest ones, so that a page or an answer of the API
--- with them stays well within what one request may use.
M.PART = math.max(1, math.min(50, 1048576 // (4 * config.content_max)))

---@class gathering.Opened
---@field letters gathering.Letter[] Oldest first.
---@field damaged integer            Those of this part that do not open.
---@field after string?              Where the next part begins; nil: this is the last.

--- A place between two letters: when the one before was written, and its number.
local function place(text)
  local at, id = (text or ""):match("^(%d+)%-(%d+)$")
  at, id = math.tointeger(tonumber(at)), math.tointeger(tonumber(id))
  return at and id and { at = at, id = id } or { at = 0, id = 0 }
end

local function open(pair, row)
  local plain = crypto.box_open(pair, row.body)
  local letter = plain and json.decode(plain)
  if type(letter) == "table" and letter.gathering == row.gathering_id and letter.created_at == row.created_at then
    return letter
  end
  log.error("a letter of a gathering does not open: its row was changed or is damaged", { letter = row.id })
  return nil
end

--- Letters of an opened capsule.
---@param capsule_key string
---@param after string? Where the part begins, of the part before it.
---@return gathering.Opened? opened
---@return string? message
---@return string? kind
function M.letters(capsule_key, after)
  local from = place(after)
  local rows, message, kind = db.all("gathering.letters", { key_hash = key.hash(capsule_key), now = clock.now(),
    after_at = from.at, after_id = from.id, room = M.PART + 1 })
  if not rows then
    return nil, message, kind
  end
  local opened = { letters = {}, damaged = 0 }
  if #rows > M.PART then
    rows[#rows] = nil
    opened.after = ("%d-%d"):format(rows[#rows].created_at, rows[#rows].id)
  end
  local pair = pair_of(capsule_key)
  for _, row in ipairs(rows) do
    local letter = open(pair, row)
    opened.letters[#opened.letters + 1] = letter
    opened.damaged = opened.damaged + (letter and 0 or 1)
  end
  return opened
end

return M
