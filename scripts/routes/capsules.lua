--- What pages and API do with capsules alike: put one, and answer for a key.
local config = require("host").config
local metrics = require("host.metrics")
local link = require("web.link")
local codes = require("capsule.codes")
local events = require("capsule.events")
local gathering = require("capsule.gathering")
local room = require("capsule.room")
local rules = require("capsule.rules")
local store = require("capsule.store")
local mailbox = require("reminder.mailbox")
local queue = require("reminder.queue")
local fault = require("routes.faults")

local M = {}

--- A capsule's address carries its key in the fragment, which browsers send to nobody.
---@param key string
---@return string? link Nil without a public address.
function M.link(key)
  return link.to("/open#" .. key)
end

--- The page where others add letters, with the code in the fragment.
---@param capsule_key string
---@return string? link Nil without a public address.
function M.add_link(capsule_key)
  return link.to("/add#" .. gathering.code(capsule_key))
end

--- What the store writes in the capsule's own batch: its gathering, and reminders.
local function also_of(capsule)
  return function(placed, key_hash)
    local calls = capsule.email and queue.calls({
      key = placed.key,
      key_hash = key_hash,
      opens_at = placed.opens_at,
      created_at = placed.created_at,
      closes_at = capsule.gather and capsule.gather.closes_at or nil,
      mailbox = capsule.email,
      mail_key = capsule.mail_key,
      lang = capsule.lang,
      zone = capsule.zone,
    }) or {}
    if capsule.gather then
      table.insert(calls, 1, gathering.call(capsule, placed.key, key_hash))
    end
    return calls
  end
end

--- Before letters to an address are written: its latest word becomes that of its row.  Do too many wait
--- for it already?
---@param address string
---@return integer? max So many may; nil without a message: there is room.
---@return string? message
---@return string? kind
function M.mailbox_full(address)
  if mailbox.has_older_hashes(address) then
    local settled, message, kind = mailbox.settle(address)
    if not settled then
      return nil, message, kind
    end
  end
  local max = config.mails_waiting
  if max == 0 then
    return nil
  end
  local letters, message, kind = mailbox.waiting(address)
  if not letters then
    return nil, message, kind
  end
  return letters >= max and max or nil
end

--- May this one be put at all?
---@return boolean? good Nil without a message: the faults say why not.
---@return string? message
---@return string? kind
---@return rules.Faults? faults
local function may_put(capsule)
  local known, message, kind = codes.known(capsule.code)
  if not known then
    return nil, message, kind, not message and { code = { "error.code_wrong" } } or nil
  end
  return room.on_disk()
end

--- What speaks against a capsule that the rules find good: words by field.
---@return rules.Faults? faults
---@return string? message
---@return string? kind
local function objection(req, capsule)
  local full, message, kind
  if capsule.email then
    full, message, kind = M.mailbox_full(capsule.email)
  end
  if message then
    return nil, message, kind
  elseif full then
    return { email = { "error.email_full", { max = full } } }
  end
  return events.putting(capsule, req)
end

--- Where it is the same post once more, nothing speaks against the answer that it had.
local function put_before(fixed)
  if fixed then
    return store.known(fixed)
  end
end

local function write(req, capsule, fixed)
  local placed, message, kind = store.put(capsule, fixed, also_of(capsule))
  if placed and not placed.repeated then
    metrics.counter("tc_capsules_put_total")
    if capsule.gather then
      metrics.counter("tc_gatherings_begun_total")
    end
    room.taken()
    events.put(capsule, placed, req)
  end
  return placed, message, kind
end

--- Puts a capsule that the rules have judged.
---@param req table
---@param capsule rules.Capsule
---@param faults rules.Faults?
---@param fixed string? The key that a repeatable put must have.
---@return store.Placed? placed Nil without a message: the faults stand, or those that come behind.
---@return string? message
---@return string? kind
---@return rules.Faults? faults Where it was not for the rules to judge.
function M.put(req, capsule, faults, fixed)
  if faults then
    -- The answer to the first post was lost, and meanwhile the capsule has opened.
    if rules.only_past(faults) then
      return put_before(fixed)
    end
    return nil
  end
  local good, why, sort, more = may_put(capsule)
  if not good then
    return nil, why, sort, more
  end
  capsule.lang = req.lang
  local refusal, message, kind = objection(req, capsule)
  if message then
    return nil, message, kind
  elseif not refusal then
    return write(req, capsule, fixed)
  end
  local placed
  placed, message, kind = put_before(fixed)
  return placed, message, kind, refusal
end

--- The answer for a key: that of the capsule's state, or a refusal.
---@param req table
---@param typed any
---@param answers table<"opened"|"not_yet", fun(req: table, found: store.Found, more: any): table>
---@param more any What else the answer is told.
---@return table? reply
---@return string? message
---@return string? kind
function M.answer(req, typed, answers, more)
  local found, message, kind = store.find(typed)
  if not found then
    return nil, message, kind
  elseif answers[found.state] then
    return answers[found.state](req, found, more)
  elseif found.state == "broken" then
    return fault.broken(req, found)
  end
  return fault.no_capsule(req)
end

return M
