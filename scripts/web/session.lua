--- Sessions: who is signed in, kept by the browser itself in a cookie that is sealed under the server secret.  Nothing
--- is stored on the server, so that every node of a cluster knows every session.
---
---   local session = require("web.session").new({ name = "members", idle = 12 * 3600 })
---
---   session:begin(req, rep, { member = 7 })      signed in: a new session, in the reply's cookie
---   local values = session:open(req)             { member = 7 }, or nil: there is none, or nobody used it for so long
---   session:keep(req, rep)                       an `after` hook: the session has been used
---   session:finish(req, rep)                     signed out: this browser forgets it (copies: see `finish`)
---
--- Whatever acts is a form with a token of the session, so that no other page can send it:
---
---   <form method="post" …><%- csrf() %> …        session:field(req), below a group that is protected
---   group:protect(session)                       refuses what acts without that token: see web/protect.lua
---
--- The cookie is sent to pages of this site alone (SameSite=Strict), no script sees it, and behind TLS it is Secure.
--- What is in it cannot be read or changed, but a copy stays good until it has been idle: what can be revoked is
--- asked for at each request.
local clock = require("host.clock")
local crypto = require("host.crypto")
local html = require("host.html")
local json = require("host.json")
local known = require("text.options")
local random = require("host.random")
local reply = require("web.reply")

local M = {}

--- Bytes of a cookie that every browser keeps.
local LARGEST = 3800
--- A cookie is written again when it is older than this part of `idle`.
local PART = 100

---@class web.Session
---@field name string
---@field idle integer
---@field path string?
---@field same_site "Strict"|"Lax"
local Session = {}
Session.__index = Session

---@class web.SessionOptions
---@field name string the cookie's
---@field idle integer? seconds after which an unused session ends; 12 hours when absent
---@field path string? of the pages that it is for; the site's beginning when absent
---@field same_site "Strict"|"Lax"? "Strict" when absent

local OPTIONS = { name = "string", idle = "number", path = "string", same_site = "string" }

--- A kind of session, by its cookie's name.
---@param options web.SessionOptions
---@return web.Session
---@loading local members = session.new({ name = "members", idle = 3600 })
function M.new(options)
  if type(options) ~= "table" or type(options.name) ~= "string" then
    error("a session has a name, which is its cookie's", 2)
  end
  known.check("a session", options, OPTIONS, 2)
  return setmetatable({ name = options.name, idle = options.idle or 12 * 3600, path = options.path,
    same_site = options.same_site or "Strict" }, Session)
end

--- Is it what `new` gives?
---@return boolean
---@example session.is({}) --> false
function M.is(value)
  return getmetatable(value) == Session
end

local opened = require("web.serving").sessions

--- What is open in this request: { values, csrf, used }.
local function held(session, req)
  local all = opened[req]
  return all and all[session.name]
end

local function hold(session, req, state)
  local all = opened[req] or {}
  opened[req], all[session.name] = all, state
  return state
end

local function context(session)
  return "session " .. session.name
end

local function cookie_options(session, req, max_age)
  return { path = session.path, same_site = session.same_site, secure = req.scheme == "https", max_age = max_age }
end

--- Puts what is open into a cookie of the reply.
local function write(session, req, rep, state)
  local key, message, kind = crypto.secret(context(session))
  if not key then
    return nil, message, kind
  end
  state.used = clock.now()
  local value = crypto.base64url(crypto.seal(key, json.encode(state), session.name))
  if #value > LARGEST then
    error(("the session '%s' holds too much: %d bytes, and a cookie has room for %d"):format(session.name, #value,
      LARGEST), 3)
  end
  reply.set_cookie(rep, session.name, value, cookie_options(session, req))
  return true
end

--- Begins a session, whatever was open, with a new token; the cookie is written by `keep`.
---@param req table
---@param values table what host.json can encode
---@example members:start(req, { name = "Ann" })
---@example members:open(req) --> { name = "Ann" }
function Session:start(req, values)
  return hold(self, req, { values = values, csrf = random.token(32) })
end

--- Begins a session, whatever was open; its token is a new one.
---@param req table
---@param rep table the reply that carries the cookie
---@param values table what host.json can encode
---@return boolean? begun
---@return string? message
---@return host.kind? kind "state": there is no server secret yet
---@example members:begin(req, { headers = {} }, { name = "Ann" }) --> true
function Session:begin(req, rep, values)
  return write(self, req, rep, self:start(req, values))
end

local function unseal(session, text)
  local sealed = #text <= LARGEST and crypto.from_base64url(text)
  for _, key in ipairs(sealed and crypto.secrets(context(session)) or {}) do
    local plain = crypto.open(key, sealed, session.name)
    if plain then
      return json.decode(plain)
    end
  end
  return nil
end

--- What the session holds; nil where none is open.  Never fails: what cannot be read is no session.
---@param req table
---@return table? values
---@example members:open(req) --> nil
function Session:open(req)
  local state = held(self, req)
  if not state then
    local text = req:cookie(self.name)
    state = text and unseal(self, text)
    if not state or clock.now() - state.used > self.idle then
      return nil
    end
    hold(self, req, state)
  end
  return state.values
end

--- Notes in the reply that the session was used, once in a while.  Returns the reply, as an `after` hook does.
---@param req table
---@param rep table
---@return table rep
---@example members:keep(req, { body = "a page" }).body --> "a page"
function Session:keep(req, rep)
  local state = held(self, req)
  if state and clock.now() - (state.used or 0) > self.idle // PART then
    write(self, req, rep, state)
  end
  return rep
end

--- Ends the session in this browser.  Nothing is stored on the server: a copy of the cookie that was made before stays
--- good until it has been idle.  Where a copy is to be refused, each member's row has a number that signing out raises,
--- a session carries that of its beginning, and each request compares the two.
---@param req table
---@param rep table? without it the session is closed for this request, and its cookie is not written again
---@example members:finish(req, { headers = {} })
function Session:finish(req, rep)
  hold(self, req, nil)
  if rep then
    reply.set_cookie(rep, self.name, "", cookie_options(self, req, 0))
  end
end

--- The token that forms of this session carry; nil where none is open.
---@param req table
---@return string?
---@example members:csrf(req) --> nil
function Session:csrf(req)
  return self:open(req) and held(self, req).csrf
end

--- The hidden field of a form, to be shown by `<%-`; "" where no session is open.
---@param req table
---@return string
---@example members:field(req) --> ""
function Session:field(req)
  local token = self:csrf(req)
  return token and ('<input type="hidden" name="csrf" value="%s">'):format(html.escape(token)) or ""
end

--- Was this sent by a form of the session?
---@param req table
---@return boolean
---@example members:is_own(req) --> false
function Session:is_own(req)
  local token, sent = self:csrf(req), req.form.csrf or req:header("X-CSRF-Token")
  return token ~= nil and sent ~= nil and crypto.equal(sent, token)
end

return M
