--- Tokens: who may sign in to the admin's pages, and as what.  Of a token and its one-time link the database has
--- hashes alone; both have more chance in them than anybody can try.
local clock = require("host.clock")
local crypto = require("host.crypto")
local db = require("host.db")
local random = require("host.random")
local shared = require("host.shared")

local M = {}

--- How long a link is good.
M.LINK_S = 3600
M.LONGEST_NAME = 64

local PREFIX, LENGTH = "tca_", 40
--- Seconds between two notes of a token's use.
local USED_S = 60

--- Numbers of revoked ones, for while the database is away.
local revoked = assert(shared.space("admin tokens revoked", { max = 1000 }))

local function hash_of(text)
  return crypto.hash(text, "admin token")
end

--- Makes a token.
---@param name string whose it is
---@param role "admin"|"reader"
---@return { id: integer, token: string, link: string }? made `link` is what the one-time link carries
---@return string? message
---@return host.kind? kind
function M.make(name, role)
  local token, link = PREFIX .. random.token(LENGTH), random.token(LENGTH)
  local now = clock.now()
  local done, message, kind = db.exec("admin.token_make", { hash = hash_of(token), role = role, name = name, now = now,
    link_hash = hash_of(link), link_until = now + M.LINK_S })
  if not done then
    return nil, message, kind
  end
  return { id = done.id, token = token, link = link }
end

--- All of them, the revoked ones too.
---@return { id: integer, name: string, role: string, made_at: integer, used_at: integer?, revoked_at: integer? }[]?
---@return string? message
---@return host.kind? kind
function M.list()
  return db.all("admin.tokens")
end

---@alias admin.Token { id: integer, role: "admin"|"reader", name: string, used_at: integer?, sessions: integer }

--- Notes that it was used, once in a while: a moment that is not noted keeps nobody out.
local function used(token, message, kind)
  local now = clock.now()
  if token and now - (token.used_at or 0) >= USED_S then
    db.exec("admin.token_used", { id = token.id, now = now })
  end
  return token, message, kind
end

---@param token string as it was typed
---@return admin.Token? token nil without a message: there is none, or it was revoked
---@return string? message
---@return host.kind? kind
function M.find(token)
  return used(db.one("admin.token_of_hash", { hash = hash_of(token) }))
end

--- Is it still good?
---@param id integer
---@return admin.Token?
---@return string? message
---@return host.kind? kind
function M.find_id(id)
  local found, message, kind = used(db.one("admin.token_of_id", { id = id }))
  if not found and not message then
    revoked:set(tostring(id), true)
  end
  return found, message, kind
end

--- Does this server know that it is good no more, though nobody can be asked?
---@param id integer
---@return boolean
function M.was_revoked(id)
  return revoked:get(tostring(id)) ~= nil
end

--- Takes a one-time link: nobody else can take it after.
---@param link string
---@return admin.Token? token nil without a message: it is not, or not any more, good
---@return string? message
---@return host.kind? kind
function M.take_link(link)
  local hash = hash_of(link)
  local found, message, kind = db.one("admin.token_of_link", { link_hash = hash, now = clock.now() })
  if not found then
    return nil, message, kind
  end
  local done
  done, message, kind = db.exec("admin.token_use_link", { id = found.id, link_hash = hash })
  if not done then
    return nil, message, kind
  end
  return done.affected == 1 and used(found) or nil
end

--- Sessions that began while the token's count was at most that number are over, on every node.
---@param id integer
---@param number integer
---@return boolean? ended
---@return string? message
---@return host.kind? kind
function M.end_sessions(id, number)
  local done, message, kind = db.exec("admin.token_end_sessions", { id = id, number = number })
  return done and true, message, kind
end

--- From now on it lets nobody in, and whoever is in by it is out.
---@param id integer
---@return boolean? revoked false: there is none of that number, or it was revoked before
---@return string? message
---@return host.kind? kind
function M.revoke(id)
  local done, message, kind = db.exec("admin.token_revoke", { id = id, now = clock.now() })
  if not done then
    return nil, message, kind
  end
  revoked:set(tostring(id), true)
  return done.affected == 1
end

return M
