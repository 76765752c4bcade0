--- What an address has said about letters: nothing yet, yes, or no more.
---
--- An address is known by a keyed hash alone, so that a dump of the database names nobody.  The
--- right to speak for one is a token that only letters to it carry: the hash and a MAC over it,
--- both under the server secret.  It does not expire, because a letter may be read late, and it is
--- written nowhere: whoever has one can stop letters or allow them, and do nothing else.
---
--- One mailbox has many spellings: full-width letters, capitals and xn-- in its domain.  What is sent
--- is what is hashed: the domain in ASCII, in lower case (the local part too: case makes no other
--- mailbox, whatever the standard allows).  An older program hashed what was typed, so what an address
--- said is also looked up under that form, and under its domain in its own letters.  Of all that it
--- said the latest word counts.
---
--- Bounds of how many letters an address gets count "you+tag@…" with "you@…": see `cap_hash`.
---
--- Where the server has a public address, a mailbox is asked before its first reminder, so that nobody
--- fills a stranger's; without one there is no link to say yes by, and the caps alone bound it.  The
--- setting confirm_addresses says otherwise.
local config = require("host").config
local clock = require("host.clock")
local crypto = require("host.crypto")
local db = require("host.db")
local smtp = require("host.smtp")

local M = {}

local HASH, MAC = 32, 16
local SPEAKS_FOR = "time-capsule mailbox|"

if config.confirm_addresses and not config.public_url then
  error({ (require("host").source("confirm_addresses") or "scripts/config.lua")
    .. ": the setting confirm_addresses needs --public-url: its letters are a link" })
end

--- Is a mailbox asked before its first reminder?
M.ASKS_FIRST = config.confirm_addresses
if M.ASKS_FIRST == nil then
  M.ASKS_FIRST = config.public_url ~= nil
end

--- What an address may be known by, today's form first.
local function forms(address)
  local sent = smtp.address(address) or address
  local list = { sent:lower() }
  for _, form in ipairs({ address:lower(), smtp.shown(sent):lower() }) do
    if form ~= list[1] and form ~= list[2] then
      list[#list + 1] = form
    end
  end
  return list
end

--- Every hash that an address may be known by, today's first.
---@param address string
---@return string[]
---@example #mailbox.hashes("ann@example.org")[1] --> 32
function M.hashes(address)
  local list = {}
  for _, form in ipairs(forms(address)) do
    for _, secret in ipairs(crypto.secrets("mailbox")) do
      list[#list + 1] = crypto.hmac(secret, form)
    end
  end
  return list
end

--- "a***@example.org": what pages and logs show of an address.
---@param address string
---@return string
---@example mailbox.masked("ann@example.org") --> "a***@example.org"
function M.masked(address)
  return (address:gsub("^(.[\x80-\xbf]*)[^@]*", "%1***"))
end

--- Whether a letter can go there.
---@param text string
---@return boolean
---@example mailbox.is_address("ann@example.org") --> true
function M.is_address(text)
  return smtp.address(text) ~= nil
end

--- What the database knows an address by.
---@param address string
---@return string
---@example (mailbox.hash("Ann@example.org") == mailbox.hash("ann@example.org")) --> true
function M.hash(address)
  return crypto.hmac(assert(crypto.secret("mailbox")), forms(address)[1])
end

local CAP = "time-capsule cap|"

--- What letters to an address are counted under.
---@param address string
---@return string
---@example (mailbox.cap_hash("ann+a@example.org") == mailbox.cap_hash("ann@example.org")) --> true
function M.cap_hash(address)
  local plain = forms(address)[1]:gsub("^([^+@]+)%+[^@]*@", "%1@")
  return crypto.hmac(assert(crypto.secret("mailbox")), CAP .. plain)
end

--- The statement that makes sure of an address's row.
---@param address_hash string
---@param cap_hash string? Where the address is known.
---@return table call For db.batch.
---@example (require("host.db").batch({ mailbox.remember(mailbox.hash("ann@example.org")) }) ~= nil) --> true
function M.remember(address_hash, cap_hash)
  return {
    "mailbox.remember",
    { address_hash = address_hash, cap_hash = cap_hash, now = clock.now() },
  }
end

--- How many letters wait for an address, all its tags together.  Those that wait for its yes are none:
--- anybody may have asked for them.
---@param address string
---@return integer? letters
---@return string? message
---@return host.kind? kind
---@example mailbox.waiting("ann@example.org") --> 0
function M.waiting(address)
  local row, message, kind = db.one("mailbox.waiting", { cap_hash = M.cap_hash(address) })
  if not row then
    return nil, message, kind
  end
  return row.letters
end

--- The statement that bounds the letters which wait for a yes, all tags of an address together: the
--- oldest of too many give way to the new ones.
---@param cap_hash string
---@return table? call For db.batch, behind the letters; nil: there is no bound.
---@example mailbox.displace(mailbox.cap_hash("ann@example.org"))[1] --> "mailbox.displace"
function M.displace(cap_hash)
  local kept = config.mails_waiting
  return kept > 0 and { "mailbox.displace", { cap_hash = cap_hash, kept = kept } } or nil
end

---@class reminder.Mailbox
---@field id integer?
---@field state "unconfirmed"|"confirmed"|"stopped"
---@field last_mail_at integer?
---@field mails_today integer Letters that its tags had today, together (UTC).
---@field cap_hash string?
---@field said_at integer? When it said yes or no.
---@field older integer? When it did so under an older hash: its own row has yet to say so.

--- Is what one row says the later word?  Of two in one second it is the no.
local function is_later(row, than)
  return row.said_at > than.said_at or row.said_at == than.said_at and row.state == "stopped"
end

--- What the database knows about an address.  It may have spoken under an older hash, of an older
--- secret or spelling: its latest word holds.
---@param address string
---@return reminder.Mailbox? mailbox
---@return string? message
---@return host.kind? kind
---@example mailbox.find("ann@example.org").state --> "unconfirmed"
function M.find(address)
  local own, word = { state = "unconfirmed", mails_today = 0 }, nil
  local day = clock.now() // 86400
  for i, hash in ipairs(M.hashes(address)) do
    local row, message, kind = db.one("mailbox.find", { address_hash = hash, day = day })
    if message then
      return nil, message, kind
    end
    own = i == 1 and row or own
    if row and row.state ~= "unconfirmed" and (not word or is_later(row, word)) then
      word = row
    end
  end
  if word and word.state ~= own.state then
    own.state, own.older = word.state, word.said_at
  end
  return own
end

--- Is more than one hash of an address possible?
---@param address string
---@return boolean
---@example mailbox.has_older_hashes("ann@example.org") --> false
function M.has_older_hashes(address)
  return #forms(address) * #crypto.secrets("mailbox") > 1
end

local function mac(secret, address_hash)
  return crypto.hmac(secret, SPEAKS_FOR .. address_hash):sub(1, MAC)
end

--- The right to speak for an address.
---@param address string
---@return string token
---@example (mailbox.read_token(mailbox.token("ann@example.org")) == mailbox.hash("ann@example.org")) --> true
function M.token(address)
  local address_hash = M.hash(address)
  return crypto.base64url(address_hash .. mac(assert(crypto.secret("confirm")), address_hash))
end

--- Whom a token speaks for, or nil.
---@param token any
---@return string? address_hash
---@example mailbox.read_token("no such token") --> nil
function M.read_token(token)
  local bytes = type(token) == "string" and #token < 100 and crypto.from_base64url(token)
  if not bytes or #bytes ~= HASH + MAC then
    return nil
  end
  local address_hash, given = bytes:sub(1, HASH), bytes:sub(HASH + 1)
  for _, secret in ipairs(crypto.secrets("confirm")) do
    if crypto.equal(mac(secret, address_hash), given) then
      return address_hash
    end
  end
  return nil
end

--- What was said, and how many letters that was about; where none, once more when the database has
--- what was put by way of another node a moment ago.
---@param say fun(): host.db.answer[]?, string?, host.kind? Its last statement is about letters.
---@return integer? letters
---@return string? message
---@return host.kind? kind
local function about_letters(say)
  local done, message, kind = say()
  if done and done[#done].affected == 0 and db.catch_up() then
    done, message, kind = say()
  end
  if not done then
    return nil, message, kind
  end
  return done[#done].affected
end

--- Letters are welcome: those that waited for this go out.
---@param address_hash string
---@param at integer? When that was said; now where absent.
---@return integer? letters How many did.
---@return string? message
---@return host.kind? kind
---@example mailbox.confirm(mailbox.hash("ann@example.org")) --> 0
function M.confirm(address_hash, at)
  return about_letters(function()
    return db.batch({
      M.remember(address_hash),
      { "mailbox.confirm", { address_hash = address_hash, at = at or clock.now() } },
      { "mailbox.confirm_letters", { address_hash = address_hash } },
    })
  end)
end

--- No more letters: those that wait are cancelled and wiped.
---@param address_hash string
---@param at integer? When that was said; now where absent.
---@return integer? letters How many were.
---@return string? message
---@return host.kind? kind
---@example mailbox.stop(mailbox.hash("ann@example.org")) --> 0
function M.stop(address_hash, at)
  return about_letters(function()
    return db.batch({
      M.remember(address_hash),
      { "mailbox.stop", { address_hash = address_hash, at = at or clock.now() } },
      { "mailbox.stop_letters", { address_hash = address_hash } },
    })
  end)
end

--- What an address said under an older hash becomes the word of its own row, which all its letters
--- follow.
---@param address string
---@return reminder.Mailbox?
---@return string? message
---@return host.kind? kind
---@example mailbox.settle("ann@example.org").state --> "unconfirmed"
function M.settle(address)
  local person, message, kind = M.find(address)
  if person and person.older then
    local say = person.state == "stopped" and M.stop or M.confirm
    local done
    done, message, kind = say(M.hash(address), person.older)
    person = done and person
  end
  return person, message, kind
end

return M
