--- Capsules of the original, a table of plain rows, become capsules of ours under the keys that their
--- owners have.
---
--- A row is judged, then written with its letter in one batch, many rows in one; where one of them is
--- there already each is written by itself.  So a run that was ended anywhere is run again: what is there
--- is found by its key, and is the same capsule where its moment and contents are.
local config = require("host").config
local clock = require("host.clock")
local db = require("host.db")
local form = require("text.form")
local instant = require("capsule.instant")
local key = require("capsule.key")
local store = require("capsule.store")
local mailbox = require("reminder.mailbox")
local policy = require("reminder.policy")
local queue = require("reminder.queue")

local M = {}

--- The original's table, and a row of it, all text.
M.TABLE = "Capsule"

---@class legacy.Row
---@field id string?
---@field key string?
---@field name string?
---@field email string?
---@field time string? "2021-03-04 14:50:07"
---@field content string?
---@field tips string?
---@field is_send_email string? "0"

---@class legacy.Options
---@field lang string        Of letters.
---@field remind_past boolean Letters also for what has opened and was not told.
---@field dry_run boolean

---@class legacy.Outcome
---@field read integer
---@field written integer
---@field there integer    The same capsule was there.
---@field skipped integer
---@field letters integer  Letters that wait now.
---@field noted integer    Rows that were told of, and written all the same.

---@class legacy.Import
---@field options legacy.Options
---@field tell fun(row: legacy.Row, number: integer, why: string)
---@field outcome legacy.Outcome
---@field batch table[] What waits to be written: { capsule=, key=, row=, number=, order= }
local Import = {}
Import.__index = Import

--- Rows of one commit.
local TOGETHER = 100

---@param options legacy.Options
---@param tell fun(row: legacy.Row, number: integer, why: string) Hears of every row that is not taken as it is.
---@return legacy.Import
function M.new(options, tell)
  local outcome = { read = 0, written = 0, there = 0, skipped = 0, letters = 0, noted = 0 }
  return setmetatable({ options = options, tell = tell, outcome = outcome, batch = {} }, Import)
end

local function skip(import, item, why)
  import.outcome.skipped = import.outcome.skipped + 1
  import.tell(item.row, item.number, why)
end

local function note(import, item, why)
  import.outcome.noted = import.outcome.noted + 1
  import.tell(item.row, item.number, why)
end

-- Judging ----------------------------------------------------------------------------------------

--- A clock that is set back shows a wall twice; the later moment is taken.
local function is_twice(opens_at, wall)
  for _, seconds in ipairs({ 1800, 3600, 7200 }) do
    if clock.format(opens_at - seconds, config.time_zone, "%Y-%m-%d %H:%M:%S") == wall then
      return true
    end
  end
  return false
end

--- The moment of a row; nil with what is wrong with it.
local function moment(row)
  local wall = row.time and row.time:match("^(%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d)[.0]*$")
  if not wall then
    return nil, ("its time '%s' is none"):format(row.time or "")
  end
  local opens_at, why, gap = instant.from_wall(wall, config.time_zone)
  if why == "gap" then
    return nil, ("its time %s was skipped by the clocks of %s, which went from %s to %s"):format(wall,
      config.time_zone, gap.before, gap.after)
  elseif not opens_at then
    return nil, ("its time '%s' is none"):format(wall)
  end
  return opens_at, nil, wall
end

local function fault_of_texts(row)
  for _, name in ipairs({ "name", "content", "tips" }) do
    local text = row[name]
    if text and not utf8.len(text) then
      return ("its %s is no UTF-8"):format(name)
    end
  end
end

--- Does a letter go out for it?  nil, or why it should and cannot.
local function letter_of(import, row, opens_at)
  local sent = row.is_send_email and row.is_send_email ~= "0"
  local email = form.trim(row.email or "")
  if email == "" or sent or (opens_at <= clock.now() and not import.options.remind_past) then
    return nil
  elseif not mailbox.is_address(email) then
    return nil, ("its mailbox '%s' is none: there will be no letter"):format(email)
  end
  return email
end

local function judge(import, item)
  local row = item.row
  local opens_at, why, wall = moment(row)
  item.key = key.parse(row.key or "")
  if not item.key then
    return nil, row.key and row.key ~= "" and ("its key '%s' is none"):format(row.key) or "it has no key"
  elseif not opens_at then
    return nil, why
  end
  local fault = fault_of_texts(row)
  if fault then
    return nil, fault
  end
  item.capsule = { name = row.name or "", content = row.content or "", note = row.tips or "", opens_at = opens_at,
    zone = config.time_zone, wall = wall, lang = import.options.lang }
  item.email, item.doubt = letter_of(import, row, opens_at)
  item.doubt = item.doubt or is_twice(opens_at, wall)
    and ("its time %s happened twice in %s: the later moment is taken"):format(wall, config.time_zone) or nil
  return true
end

-- Writing ----------------------------------------------------------------------------------------

--- The statements of a row.
local function calls_of(import, item)
  return store.calls(item.capsule, item.key, function(placed, key_hash)
    if not item.email then
      return {}
    end
    local order = { key = item.key, key_hash = key_hash, opens_at = placed.opens_at, created_at = placed.created_at,
      mailbox = item.email, mail_key = true, lang = import.options.lang, zone = config.time_zone }
    order.letters = policy.letters(order) -- nobody is asked first
    item.letters = #order.letters
    return queue.calls(order)
  end)
end

local function count(import, item)
  local outcome = import.outcome
  outcome.written = outcome.written + 1
  outcome.letters = outcome.letters + (item.letters or 0)
  if item.doubt then
    note(import, item, item.doubt)
  end
end

--- Raises { message } where the database fails: what was written stays.
local function must(done, message)
  if not done then
    error({ "the database: " .. message })
  end
  return done
end

--- What to say of a key that is taken: nothing where it is this capsule.
local function write_one(import, item)
  local done, message, kind = db.batch(calls_of(import, item))
  if done then
    return count(import, item)
  elseif kind ~= "conflict" then
    must(nil, message)
  end
  local same, why = store.holds(item.key, item.capsule)
  must(same ~= nil, why)
  if same then
    import.outcome.there = import.outcome.there + 1
  else
    skip(import, item, "its key is another capsule's already")
  end
end

--- Writes what waits.
function Import:flush()
  local batch = self.batch
  self.batch = {}
  if self.options.dry_run then
    for _, item in ipairs(batch) do
      calls_of(self, item)
      count(self, item)
    end
    return
  end
  local calls = {}
  for _, item in ipairs(batch) do
    for _, call in ipairs(calls_of(self, item)) do
      calls[#calls + 1] = call
    end
  end
  local done, message, kind = nil, nil, nil
  if #calls > 0 then
    done, message, kind = db.batch(calls)
  end
  if done then
    for _, item in ipairs(batch) do
      count(self, item)
    end
  elseif kind == "conflict" then
    for _, item in ipairs(batch) do
      write_one(self, item)
    end
  elseif message then
    must(nil, message)
  end
end

--- Takes a row; it is written with others, by flush() at the latest.
---@param row legacy.Row
function Import:add(row)
  local outcome = self.outcome
  outcome.read = outcome.read + 1
  local item = { row = row, number = outcome.read }
  local good, why = judge(self, item)
  if not good then
    return skip(self, item, why)
  end
  self.batch[#self.batch + 1] = item
  if #self.batch >= TOGETHER then
    self:flush()
  end
end

return M
