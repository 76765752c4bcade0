--- What an address has said about letters: nothing yet, yes, or no more.
---
--- An address is known by a keyed hash alone, so that a dump of the database names nobody.  The
--- right to speak for one is a token that only letters to it carry: the hash and a MAC over it,
--- both under the server secret.  It does not expire, because a letter may be read late, and it is
--- written nowhere: whoever has one can stop letters or allow them, and do nothing else.
---
--- By default a reminder goes out without asking first.  It is the one letter that somebody who put
--- a capsule asked for, it holds no word that a visitor typed, caps bound how many an address gets,
--- and its link ends them.  Asking first would lose the reminders of everyone who overlooks the
--- question, and needs a public address for its link, which a small installation may not have.
--- Where strangers abuse the form, the setting confirm_addresses asks.
local config = require("host").config
local clock = require("host.clock")
local crypto = require("host.crypto")
local db = require("host.db")

local M = {}

local HASH, MAC = 32, 16
local SPEAKS_FOR = "time-capsule mailbox|"

if config.confirm_addresses and not config.public_url then
  error({ require("host").source("confirm_addresses")
    .. ": the setting confirm_addresses needs --public-url: its letters are a link" })
end

--- Case makes no other mailbox, whatever the standard allows.
local function hash_under(secret, address)
  return crypto.hmac(secret, address:lower())
end

--- What the database knows an address by.
---@param address string
---@return string
function M.hash(address)
  return hash_under(assert(crypto.secret("mailbox")), address)
end

--- The statement that makes sure of an address's row.
---@param address_hash string
---@return table call For db.batch.
function M.remember(address_hash)
  return { "mailbox.remember", { address_hash = address_hash, now = clock.now() } }
end

---@class reminder.Mailbox
---@field id integer?
---@field state "unconfirmed"|"confirmed"|"stopped"
---@field last_mail_at integer?
---@field mail_day integer? The day that `mails` counts.
---@field mails integer?

--- What the database knows about an address.  Where the secret was changed meanwhile it may have
--- spoken under an older hash: what it said still holds.
---@param address string
---@return reminder.Mailbox? mailbox
---@return string? message
---@return host.kind? kind
function M.find(address)
  local found = { state = "unconfirmed" }
  for i, secret in ipairs(crypto.secrets("mailbox")) do
    local row, message, kind =
      db.one("mailbox.find", { address_hash = hash_under(secret, address) })
    if message then
      return nil, message, kind
    elseif row and i == 1 then
      found = row
    elseif row and found.state == "unconfirmed" then
      found.state = row.state
    end
  end
  return found
end

--- Is more than one hash of an address possible?
---@return boolean
function M.has_older_hashes()
  return #crypto.secrets("mailbox") > 1
end

local function mac(secret, address_hash)
  return crypto.hmac(secret, SPEAKS_FOR .. address_hash):sub(1, MAC)
end

--- The right to speak for an address.
---@param address string
---@return string token
function M.token(address)
  local address_hash = M.hash(address)
  return crypto.base64url(address_hash .. mac(assert(crypto.secret("confirm")), address_hash))
end

--- Whom a token speaks for, or nil.
---@param token any
---@return string? address_hash
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

--- Letters are welcome: those that waited for this go out.
---@param address_hash string
---@return integer? letters How many did.
---@return string? message
---@return host.kind? kind
function M.confirm(address_hash)
  local done, message, kind = db.batch({
    M.remember(address_hash),
    { "mailbox.confirm", { address_hash = address_hash, now = clock.now() } },
    { "mailbox.confirm_letters", { address_hash = address_hash } },
  })
  if not done then
    return nil, message, kind
  end
  return done[3].affected
end

--- No more letters: those that wait are cancelled and wiped.
---@param address_hash string
---@return integer? letters How many were.
---@return string? message
---@return host.kind? kind
function M.stop(address_hash)
  local done, message, kind = db.batch({
    M.remember(address_hash),
    { "mailbox.stop", { address_hash = address_hash } },
    { "mailbox.stop_letters", { address_hash = address_hash } },
  })
  if not done then
    return nil, message, kind
  end
  return done[3].affected
end

return M
