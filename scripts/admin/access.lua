--- Who asks on the admin listener: by the session of somebody who has signed in, or, for programs, by the token itself
--- in a header (`Authorization: Bearer TOKEN`).
local clock = require("host.clock")
local crypto = require("host.crypto")
local host = require("host")
local json = require("host.json")
local metrics = require("host.metrics")
local shared = require("host.shared")
local task = require("host.task")
local session = require("web.session")
local audit = require("admin.audit")
local token = require("admin.token")

local M = {}

local IDLE_S = 12 * 3600

M.session = session.new({ name = "admin_session", idle = IDLE_S, path = "/" })

--- Seconds that a question to the database may take.
local PATIENCE = 2

-- Wrong tokens: each is answered later than the one before, by as many seconds as there were in ten minutes; no more
-- than so many wait at once.
local WRONG_S, LATEST_S, WAITING = 600, 5, 16

local tries = assert(shared.space("admin sign in", { max = 1000 }))

--- Asks the database, which may hang.
local function patiently(ask, value)
  local found, message, kind = nil, "the database does not answer", "timeout"
  task.each({ value }, 1, function(item)
    found, message, kind = ask(item)
  end, PATIENCE)
  return found, message, kind
end

local function who(found)
  return { via = "page", id = found.id, name = found.name, role = found.role, sessions = found.sessions }
end

-- Signing out -------------------------------------------------------------------------------------------------------

-- The number up to which a token's sessions are over, which this process knows also while the database takes no
-- record of it.
local ended = assert(shared.space("admin sessions ended", { max = 256 }))

local function is_over(id, number)
  local last = ended:get(tostring(id))
  return last ~= nil and number <= last
end

--- Ends the sessions of the token that this one is of, up to it: every copy of its cookie, on every node.
---@param req table whose session is open
---@return boolean recorded false: this process alone knows it, until the database takes it
function M.sign_out(req)
  local values = M.session:open(req)
  local number = values.sessions or 0
  if not is_over(values.id, number) then
    ended:set(tostring(values.id), number, IDLE_S)
  end
  return audit.record(who(values), "sign_out", ("token %d, session %d"):format(values.id, number), "done",
    ("%d %d"):format(values.id, number))
end

--- A token that somebody signs in by: what was ended and not recorded is first.
local function settle(found)
  if not is_over(found.id, found.sessions) then
    return found
  end
  local last = ended:get(tostring(found.id))
  local done, message, kind = token.end_sessions(found.id, last)
  found.sessions = last + 1
  return done and found, message, kind
end

--- Whose it is.  While the database is away nobody can be asked whether the token was revoked: the session counts as
--- what it was, since that is when pages are needed most, unless this server knows better.
local function judge_session(values)
  local number = values.sessions or 0
  if is_over(values.id, number) then
    return nil
  end
  local found, message = patiently(token.find_id, values.id)
  if message then
    return not token.was_revoked(values.id) and who(values) or nil
  end
  return found and found.sessions <= number and who(found) or nil
end

local function by_session(req)
  local values = M.session:open(req)
  local known = values and judge_session(values)
  if values and not known then
    M.session:finish(req)
  end
  return known
end

--- Why nobody can sign in now.
---@return string? message nil: the database answers
---@return host.kind? kind
function M.find_away()
  local _, message, kind = patiently(token.find_id, 0)
  return message, kind
end

--- Answers a wrong token, not at once.
local function slow_down(req)
  local waiting = tries:incr("waiting", 1, WRONG_S) or WAITING
  if waiting <= WAITING then
    local wrong = tries:incr("from " .. req.ip, 1, WRONG_S) or LATEST_S
    clock.sleep(math.min(wrong, LATEST_S) * 0.5)
  end
  tries:incr("waiting", -1, WRONG_S)
  metrics.counter("tc_admin_sign_ins_total", { outcome = "wrong" })
end

--- Judges a token, or what a one-time link carries.
---@param req table
---@param text string? "" or nil is none
---@param find fun(text: string): admin.Token?, string?, string? token.find or token.take_link
---@return admin.Who? who nil without a message: it is wrong
---@return string? message
---@return host.kind? kind
function M.judge(req, text, find)
  if not text or text == "" then
    return nil
  end
  local found, message, kind = patiently(find, text)
  if found then
    found, message, kind = settle(found)
  end
  if message then
    return nil, message, kind
  elseif not found then
    slow_down(req)
    return nil
  end
  return who(found)
end

local remembered = assert(shared.space("admin tokens", { max = 256 }))

--- Whose token a program sends.  While the database is away it counts as what it was, as a session does, and as long.
local function by_token(req, sent)
  local key = crypto.hash(sent, "admin token")
  local found, message, kind = M.judge(req, sent, token.find)
  if found then
    remembered:set(key, json.encode(found), IDLE_S)
  elseif message then
    local text = remembered:get(key)
    local known = text and json.decode(text)
    if known and token.was_revoked(known.id) then
      return nil
    end
    return known or nil, not known and message or nil, kind
  else
    remembered:delete(key)
  end
  return found
end

--- What a program sends.
local function bearer(req)
  local header = req:header("Authorization")
  return header and header:match("^[Bb]earer +(%S+)$")
end

--- Who asks; nil for nobody.  `req.bearer` is set where a header said it: no browser sends that by itself.
---@param req table
---@return admin.Who? who
---@return string? message the database failed while it was asked for a token
---@return host.kind? kind
function M.who(req)
  local sent = bearer(req)
  if not sent then
    return by_session(req)
  end
  req.bearer = true
  return by_token(req, sent)
end

-- Metrics -----------------------------------------------------------------------------------------------------------

local function is_loopback(ip)
  return ip == "" or ip == "::1" or ip:find("^127%.") ~= nil
end

--- May /metrics be read?  By this machine, by whoever sends a token of --metrics-token-file, and by those who have
--- signed in.
---@param req table
---@return boolean
function M.reads_metrics(req)
  if is_loopback(req.ip) then
    return true
  end
  local sent, known = bearer(req), host.lines("metrics_token_file") or {}
  for _, line in ipairs(sent and known or {}) do
    if crypto.equal(line, sent) then
      return true
    end
  end
  return M.who(req) ~= nil
end

return M
