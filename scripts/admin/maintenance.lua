--- Maintenance: the site is open; or read-only, when capsules open and nothing is put; or closed.  Reminders go on.
---
--- What an admin sets stands in the database, so that every node goes by it within seconds; the setting `maintenance`
--- is of its server alone.  Where both speak, the stricter counts.  The host's memory has what was read last, also
--- while the database is away.
local clock = require("host.clock")
local config = require("host").config
local db = require("host.db")
local json = require("host.json")
local shared = require("host.shared")
local form = require("text.form")

local M = {}

---@alias maintenance.Mode "open"|"read-only"|"closed"

---@class maintenance.State
---@field mode maintenance.Mode
---@field back_at integer? when it is expected to end; it does not end by itself
---@field note string what visitors are told besides; may be ""

M.MODES = { "open", "read-only", "closed" }

local RANKS = { open = 1, ["read-only"] = 2, closed = 3 }

--- Seconds: how often the database is asked, and when to come back where nobody has said it.
M.EVERY, M.PATIENCE = 2, 600

local MOST_MINUTES, LONGEST_NOTE = 7 * 24 * 60, 300

local OPEN = { mode = "open", note = "" }
local UNKNOWN = "{}"
local memory = assert(shared.space("maintenance", { max = 2 })) -- `state`; `away`: since when

local function read(text)
  local state = json.decode(text)
  return type(state) == "table" and RANKS[state.mode] and state or OPEN
end

--- Since when the database has not answered; nil: it has the last time.
---@return integer?
function M.away_since()
  return math.tointeger(memory:get("away"))
end

local function heard(good)
  if good then
    memory:delete("away")
  elseif not memory:get("away") then
    memory:set("away", clock.now())
  end
end

--- Asks the database, for whoever asks us.  For a timer.
---@return maintenance.State? state
---@return string? message
---@return host.kind? kind
function M.look()
  local row, message, kind = db.one("admin.maintenance")
  heard(not message)
  if message then
    return nil, message, kind
  end
  local text = row and row.value or UNKNOWN
  memory:set("state", text)
  return read(text)
end

--- That, or the setting where it is stricter.
local function stricter(state)
  if RANKS[config.maintenance] > RANKS[state.mode] then
    return { mode = config.maintenance, note = "" }
  end
  return state
end

local known, current -- the text that was read last, and what holds by it

--- What holds now, for a visitor's request.
---@return maintenance.State
function M.current()
  local text = memory:get("state")
  if not text then -- a server's first request
    if not M.look() then
      memory:set("state", UNKNOWN, M.EVERY)
    end
    text = memory:get("state") or UNKNOWN
  end
  if text ~= known then
    known, current = text, stricter(read(text))
  end
  return current
end

--- Seconds after which to come back; past the time that was said, as where none was.
---@param state maintenance.State
---@return integer
function M.wait(state)
  local left = state.back_at and state.back_at - clock.now() or 0
  return left > 0 and left or M.PATIENCE
end

-- The page ----------------------------------------------------------------------------------------------------------

M.name = "maintenance"

function M.data()
  local state, message, kind = M.look()
  if not state then
    return nil, message, kind
  end
  return {
    mode = M.current().mode,
    set = { mode = state.mode, back_at = state.back_at, note = state.note, at = state.at, by = state.by },
    setting = config.maintenance,
  }
end

---@return string[] lines for the command
function M.lines(data, at)
  local lines = { data.mode }
  if data.set.at then
    lines[#lines + 1] = ("set to %s at %s by %s"):format(data.set.mode, at(data.set.at), data.set.by)
  end
  if data.set.back_at then
    lines[#lines + 1] = "expected to be over at " .. at(data.set.back_at)
  end
  if data.set.note ~= "" then
    lines[#lines + 1] = "visitors are told: " .. data.set.note
  end
  if data.setting ~= "open" then
    lines[#lines + 1] = ("the setting maintenance = %s is of this server alone"):format(data.setting)
  end
  return lines
end

--- What was asked for, or the key of what is wrong with it.
local function asked(typed)
  local minutes = typed.minutes and form.trim(typed.minutes) or ""
  local number = math.tointeger(tonumber(minutes))
  local note = form.trim(typed.note or "")
  local length = form.length(note)
  if not RANKS[typed.mode] then
    return nil, "maintenance.mode_wrong"
  elseif minutes ~= "" and not (number and number >= 1 and number <= MOST_MINUTES) then
    return nil, "maintenance.minutes_wrong"
  elseif not length or length > LONGEST_NOTE or note:find("%c") then
    return nil, "maintenance.note_wrong"
  end
  local open = typed.mode == "open"
  return { mode = typed.mode, note = open and "" or note,
    back_at = not open and number and clock.now() + number * 60 or nil }
end

local DONE = { open = "maintenance.done_open", ["read-only"] = "maintenance.done_read_only",
  closed = "maintenance.done_closed" }

local function set(typed, who)
  local state, fault = asked(typed)
  if not state then
    return nil, fault, "input"
  end
  state.at, state.by = clock.now(), who.name
  local text = json.encode(state)
  local done, message, kind = db.exec("admin.maintenance_set", { value = text })
  if not done then
    return nil, message, kind
  end
  if who.via ~= "command" then -- whose memory is nobody's
    memory:set("state", text)
  end
  return { key = DONE[state.mode], args = { seconds = M.EVERY }, mode = state.mode, back_at = state.back_at }
end

M.acts = {
  set = {
    what = function(typed)
      return typed.mode
    end,
    run = set,
  },
}

return M
