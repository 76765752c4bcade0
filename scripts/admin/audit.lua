--- What admins did, by a page, a command or a signal: one row an act, kept for a year.
---
---   audit.record(who, "capsule_disable", "capsule 12: spam", "done")
---
--- An act has a sentence in every language, `audit.act_NAME`.  Neither detail nor outcome may hold a key, a message
--- or an address that is not masked: whoever signs in reads them.
local clock = require("host.clock")
local db = require("host.db")
local fitting = require("text.fit")
local json = require("host.json")
local log = require("host.log")

local M = {}

---@class admin.Who
---@field via "page"|"command"|"signal"
---@field name string the token's, or the account's on this machine
---@field id integer? the token's
---@field role "admin"|"reader"

local KEPT_S = 366 * 86400
local MOST = 200
local LAST = math.maxinteger

-- What the columns take, in characters.
local LENGTHS = { actor = 64, act = 64, detail = 2048, outcome = 255 }

local function fit(column, text)
  return fitting.fit(text, LENGTHS[column])
end

--- Who runs a command on this machine.
---@return admin.Who
function M.by_command()
  local name = os.getenv("SUDO_USER") or os.getenv("USER") or os.getenv("LOGNAME")
  return { via = "command", name = fit("actor", name or "unknown"), role = "admin" }
end

--- The record as an item of db.batch, for what is to be done and recorded, or neither.
---@param who admin.Who
---@param act string "capsule_disable"
---@param detail string
---@param outcome string "done", or what stood in the way
---@return table call
function M.call(who, act, detail, outcome)
  return { "admin.audit_note", { at = clock.now(), via = who.via, actor = fit("actor", who.name), act = fit("act", act),
    detail = fit("detail", detail), outcome = fit("outcome", outcome) } }
end

--- Records an act that has been done, or that failed.  Where the database does not take it the log has it alone.
---@param who admin.Who
---@param act string
---@param detail string
---@param outcome string
---@return boolean recorded
function M.record(who, act, detail, outcome)
  if who.via ~= "command" then -- which has said it on its terminal
    log.info("an admin acted", { via = who.via, actor = who.name, act = act, detail = detail, outcome = outcome })
  end
  local call = M.call(who, act, detail, outcome)
  local done, message = db.batch({ call })
  if not done then
    log.error("an act of an admin was not recorded", { act = act, error = message })
  end
  return done ~= nil
end

--- Forgets what is older than a year.  For a timer.
function M.forget()
  return db.exec("admin.audit_forget", { before = clock.now() - KEPT_S })
end

-- The page ----------------------------------------------------------------------------------------------------------

M.name = "audit"

---@param asked { before: string? } a number that was shown last, for the page that follows
function M.data(asked)
  local before = math.tointeger(tonumber(asked.before)) or LAST
  local rows, message, kind = db.all("admin.audit", { before = before, most = MOST })
  if not rows then
    return nil, message, kind
  end
  return { acts = json.array(rows), next = #rows == MOST and rows[MOST].id or nil }
end

--- For the command.
---@return string[] lines
function M.lines(data, at)
  local lines = {}
  for i, row in ipairs(data.acts) do
    lines[i] = table.concat({ at(row.at), row.via, row.actor, row.act, row.detail, row.outcome }, "\t")
  end
  return lines
end

return M
