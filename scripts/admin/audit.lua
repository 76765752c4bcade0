--- What admins did, by a page, a command or a signal: one row an act, kept for a year.
---
---   audit.record(who, "capsule_disable", "capsule 12: spam", "done")
---
--- An act has a sentence in every language, `audit.act_NAME`.  Neither detail nor outcome may hold a key, a message
--- or an address that is not masked: whoever signs in reads them.
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")
local log = require("host.log")
local random = require("host.random")
local deeds = require("admin.deeds")

local M = {}

---@class admin.Who
---@field via "page"|"command"|"signal"
---@field name string the token's, or the account's on this machine
---@field id integer? the token's
---@field role "admin"|"reader"

local KEPT_S = 366 * 86400
local MOST = 200
local LAST = math.maxinteger
local TOKEN = 24 -- as those of core/server/deeds.c

--- Who runs a command on this machine.
---@return admin.Who
function M.by_command()
  for _, variable in ipairs({ "SUDO_USER", "USER", "LOGNAME" }) do
    local name = os.getenv(variable)
    if name and name ~= "" then
      return { via = "command", name = name, role = "admin" }
    end
  end
  return { via = "command", name = "unknown", role = "admin" }
end

local function deed_of(who, act, detail, outcome, ends)
  return { at = clock.now(), via = who.via, actor = who.name, act = act, detail = detail, outcome = outcome,
    token = random.token(TOKEN), ends = ends }
end

--- The record as an item of db.batch, for what is to be done and recorded, or neither.
---@param who admin.Who
---@param act string "capsule_disable"
---@param detail string
---@param outcome string "done", or what stood in the way
---@return table call
function M.call(who, act, detail, outcome)
  return deeds.call(deed_of(who, act, detail, outcome))
end

--- Records an act that has been done, or that failed.  Where the database does not take it the server keeps it until
--- it does; of a command, which ends before that, the log has it alone.
---@param who admin.Who
---@param act string
---@param detail string
---@param outcome string
---@param ends string? see admin.Deed
---@return boolean recorded
function M.record(who, act, detail, outcome, ends)
  local by_command = who.via == "command"
  if not by_command then -- which has said it on its terminal
    log.info("an admin acted", { via = who.via, actor = who.name, act = act, detail = detail, outcome = outcome })
  end
  local deed = deed_of(who, act, detail, outcome, ends)
  local done, message = db.batch(deeds.calls(deed))
  if done then
    return true
  elseif by_command or not deeds.keep(deed) then
    log.error("an act of an admin was not recorded", { act = act, error = message })
  end
  return false
end

--- Forgets what is older than a year.  For a timer.
function M.forget()
  return db.exec("admin.audit_forget", { before = clock.now() - KEPT_S })
end

-- The page ----------------------------------------------------------------------------------------------------------

M.name = "audit"

--- Puts what is not recorded yet before the rows; each says that it `waits`.
---@param rows table[]
---@param is_one? fun(act: string): boolean of those that are shown; all when absent
function M.add_waiting(rows, is_one)
  local at = 0
  for _, deed in ipairs(deeds.waiting()) do
    if not is_one or is_one(deed.act) then
      at, deed.waits = at + 1, true
      table.insert(rows, at, deed)
    end
  end
end

---@param asked { before: string? } a number that was shown last, for the page that follows
function M.data(asked)
  local before = math.tointeger(tonumber(asked.before)) or LAST
  local rows, message, kind = db.all("admin.audit", { before = before, most = MOST })
  if not rows then
    return nil, message, kind
  end
  local found = { acts = json.array(rows), next = #rows == MOST and rows[MOST].id or nil }
  if before == LAST then
    M.add_waiting(rows)
  end
  return found
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
