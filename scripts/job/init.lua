--- What is to be done later, or again until it works, by any server on the database: a site's jobs.
---
---   local job = require("job")
---   job.define("site.webhook", function(args, about)      -- while loading
---     local answer, message, kind = http.fetch({ url = args.url, method = "POST", body = args.body })
---     if not answer then
---       return nil, message, kind
---     end
---   end, { attempts = 12 })
---
---   job.add("site.webhook", { url = …, body = … }, { at = clock.now() + 60, unique = "…" })
---   db.batch({ { "site.wall_add", … }, job.item("site.webhook", { … }) })     -- with the rest, or not at all
---
--- A job is done at least once: a server that dies in the midst of it, or before it could tell its end, has another do
--- it again.  It is done when its function returns without a message; `nil, message, kind` and an error mean "again
--- later", after a minute at first and then after twice as long each time.  After so many attempts, or with the kinds
--- "permanent" and "input", it has failed, which the admin page shows (scripts/admin/jobs.lua).
---
--- Its arguments are sealed under the server secret while it waits, and gone when it is done.  `unique` is not: of one
--- name there is one job at most with the same words, and adding it again puts the new one in its place.
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")
local random = require("host.random")
local kinds = require("job.kinds")
local options_of = require("text.options")
local sealing = require("job.sealing")

local M = {}

--- Bytes of arguments, as JSON; of a name; of `unique`.
local ARGUMENTS, NAME, UNIQUE = 64 * 1024, 64, 100

---@class job.Policy
---@field attempts? integer how often it is tried, 12 by default: over half a day
---@field first? integer seconds to the second attempt, 60 by default; then twice as many each time …
---@field most? integer … up to so many, 86400 by default
---@field timeout? number seconds of one attempt, 30 by default, at most 40

---@class job.About
---@field attempt integer 1 for the first
---@field at integer when it was to be done first

--- By name: default, least, most.
local POLICY = { attempts = { 12, 1, 1000 }, first = { 60, 1, 86400 }, most = { 86400, 1, 86400 },
  timeout = { 30, 1, 40 } }

local KNOWN_POLICY = {}
for name in pairs(POLICY) do
  KNOWN_POLICY[name] = "any"
end
local OPTIONS = { at = "any", unique = "any" }

local function policy_of(given)
  local policy = {}
  for name, bounds in pairs(POLICY) do
    policy[name] = bounds[1]
  end
  options_of.check("a job's policy", given or {}, KNOWN_POLICY, 3)
  for name, value in pairs(given or {}) do
    local bounds = POLICY[name]
    if type(value) ~= "number" or value < bounds[2] or value > bounds[3] then
      error(("%s is no number from %d to %d"):format(name, bounds[2], bounds[3]), 3)
    end
    policy[name] = value
  end
  return policy
end

--- Says what a job of that name does; while loading.
---@param name string "site.webhook"
---@param fn fun(args: table, about: job.About): any, string?, host.kind?
---@param policy? job.Policy
---@loading job.define("site.hook", function(event) assert(event.id == 7) end)
function M.define(name, fn, policy)
  if kinds.is_finished then
    error("a job is defined while scripts are loading", 2)
  elseif type(name) ~= "string" or not name:find("^%l[%w_.]*$") or #name > NAME then
    error(("a job's name is of letters, digits, '.' and '_', at most %d"):format(NAME), 2)
  elseif kinds.of(name) then
    error(("there is a job '%s' already"):format(name), 2)
  elseif type(fn) ~= "function" then
    error("job.define takes a name, a function and a policy", 2)
  end
  kinds.add(name, { fn = fn, policy = policy_of(policy) })
end

local function check(name, args, options, level)
  if not kinds.of(name) then
    error(kinds.unknown(name), level + 1)
  elseif args ~= nil and type(args) ~= "table" then
    error("a job's arguments are a table", level + 1)
  end
  options_of.check("a job", options or {}, OPTIONS, level + 1)
  for key, value in pairs(options or {}) do
    if key == "at" and math.type(value) == "integer" then
      value = nil
    elseif key == "unique" and type(value) == "string" and #value > 0 and #value <= UNIQUE then
      value = nil
    end
    if value ~= nil then
      error(("'%s' of a job: at is unix seconds, unique a text of at most %d bytes"):format(tostring(key), UNIQUE),
        level + 1)
    end
  end
end

local function item(name, args, options, level)
  check(name, args, options, level + 1)
  local plain = json.encode(args or {})
  if #plain > ARGUMENTS then
    error(("the arguments of a job are %d bytes; at most %d"):format(#plain, ARGUMENTS), level + 1)
  end
  local token = random.uuid()
  return { "job.add", {
    name = name,
    only_one = options and options.unique,
    at = options and options.at or clock.now(),
    token = token,
    sealed = sealing.close("job", plain, kinds.additional(name, token)),
  } }
end

--- The statement that adds a job, for db.batch and tx:batch: with what else they write, or not at all.
---@param name string
---@param args? table what host.json can encode, at most 64 KiB
---@param options? { at?: integer, unique?: string }
---@return table item
---@example local tx = { job.item("site.hook", { id = 7 }) }
---@example (require("host.db").batch(tx) ~= nil) --> true
function M.item(name, args, options)
  return (item(name, args, options, 2)) -- parentheses: no tail call, errors point at our caller
end

--- Adds a job: to be done now, or at that moment.
---@param name string
---@param args? table
---@param options? { at?: integer, unique?: string }
---@return boolean? added
---@return string? message
---@return host.kind? kind
---@example job.add("site.hook", { id = 7 }, { unique = "7" }) --> true
function M.add(name, args, options)
  local done, message, kind = db.batch({ item(name, args, options, 2) })
  return done and true, message, kind
end

--- Takes the job with these words back; one that is just being done is done to its end, and not again.
---@param name string
---@param unique string
---@return boolean? was_there
---@return string? message
---@return host.kind? kind
---@example job.cancel("site.hook", "7") --> false
function M.cancel(name, unique)
  check(name, nil, { unique = unique }, 2)
  local done, message, kind = db.exec("job.cancel", { name = name, only_one = unique })
  if not done then
    return nil, message, kind
  end
  return done.affected > 0
end

return M
