--- What admins did and the audit does not have yet: by the control socket and by signals, as the host has put it down
--- (core/server/deeds.h), and by a page while the database took nothing.  It waits in the server's memory, and over a
--- stop in a file, until it becomes rows of the audit.
local db = require("host.db")
local fitting = require("text.fit")
local log = require("host.log")
local shared = require("host.shared")

local M = {}

--- So many wait at most, beside the two counters.
local MOST = 254

local memory = assert(shared.space("admin.deeds", { max = MOST + 2 }))

-- What the columns take, in characters.
local LENGTHS = { actor = 64, act = 64, detail = 2048, outcome = 255 }
local FIELDS = { "at", "via", "actor", "act", "detail", "outcome", "token", "ends" }

--- A number is taken before its deed is under it: seconds until one with nothing under it is passed over.
local EMPTY_S = 60
local empty = { number = 0, seconds = 0 }

---@class admin.Deed
---@field at integer
---@field via "page"|"command"|"signal"|"host"
---@field actor string
---@field act string
---@field detail string
---@field outcome string "done", or what stood in the way
---@field token string? its own: with it the audit has it once, however often it is recorded
---@field ends string? "ID NUMBER": with it the sessions of that admin's token are over, up to that number

--- The record of one as an item of db.batch.
---@param deed admin.Deed
---@return table call
function M.call(deed)
  local row = { at = deed.at, via = deed.via, token = deed.token }
  for name, most in pairs(LENGTHS) do
    row[name] = fitting.fit(deed[name], most)
  end
  return { "admin.audit_note", row }
end

--- What is done when it is recorded, in one.
---@param deed admin.Deed
---@return table[] calls
function M.calls(deed)
  local id, number = (deed.ends or ""):match("^(%d+) (%d+)$")
  local ends = id and { "admin.token_end_sessions",
    { id = math.tointeger(tonumber(id)), number = math.tointeger(tonumber(number)) } } or nil
  return { M.call(deed), ends }
end

--- The deed of a line; nil for what is none.  One that another version put down may end earlier.
local function read(text)
  local deed, i = {}, 0
  for value in text:gmatch("([^\t]*)\t") do
    i = i + 1
    deed[FIELDS[i] or i] = value
  end
  deed.at = math.tointeger(tonumber(deed.at))
  return deed.at and deed.outcome and deed or nil
end

--- Keeps one until the database takes it.
---@param deed admin.Deed
---@return boolean? kept
function M.keep(deed)
  local line = {}
  for i, name in ipairs(FIELDS) do
    line[i] = tostring(deed[name] or ""):gsub("%c", " ") .. "\t"
  end
  local number = memory:incr("last")
  return number and memory:set(tostring(number), table.concat(line))
end

--- The numbers of those that wait, from the first to the last.
local function numbers()
  local last = memory:get("last") or 0
  return math.max((memory:get("told") or 0) + 1, last - MOST + 1), last
end

--- Those that wait, the latest first.
---@return admin.Deed[]
function M.waiting()
  local list = {}
  local first, last = numbers()
  for number = last, first, -1 do
    local text = memory:get(tostring(number))
    list[#list + 1] = text and read(text)
  end
  return list
end

--- Is this deed just being put down?
local function is_awaited(number)
  if empty.number ~= number then
    empty = { number = number, seconds = 0 }
  end
  empty.seconds = empty.seconds + 1
  return empty.seconds < EMPTY_S
end

--- Records the one of that number; false: the database does not take it now, or it is not there yet.
local function tell(number)
  local text = memory:get(tostring(number))
  if not text and is_awaited(number) then
    return false
  end
  local deed = text and read(text)
  if deed then
    if not db.batch(M.calls(deed)) then
      return false -- which others tell: it is recorded when it is back
    elseif deed.via ~= "page" then -- which has said it
      log.info("an admin acted", { via = deed.via, actor = deed.actor, act = deed.act, outcome = deed.outcome })
    end
  end
  memory:delete(tostring(number))
  memory:set("told", number)
  return true
end

--- Every second, on one worker.
function M.tick()
  local first, last = numbers()
  for number = first, last do
    if not tell(number) then
      break
    end
  end
  return true
end

return M
