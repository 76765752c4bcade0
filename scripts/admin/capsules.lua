--- Capsules, one at a time, by number or by key, and never what is in them: when it was made and opens, and how it
--- stands.  A disabled one answers like an unknown key, and its letters are cancelled when they are due.
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")
local erase = require("admin.erase")
local gathering = require("capsule.gathering")
local key = require("capsule.key")

local M = { name = "capsules" }

local LONGEST_REASON = 500

---@class admin.Capsule
---@field id integer
---@field created_at integer
---@field opens_at integer
---@field disabled_at integer?
---@field state "disabled"|"sealed"|"open"
---@field letters table[] id, letter, state, due_at, attempts and sent_at of each
---@field gathering gathering.Standing? how many letters others have added
---@field history table[] what admins did to it, the latest first

local function state_of(row)
  return row.disabled_at and "disabled" or row.opens_at > clock.now() and "sealed" or "open"
end

--- The row with what belongs to it.
local function whole(row, message, kind)
  if not row then
    if message then
      return nil, message, kind
    end
    return nil, "capsules.unknown", "missing"
  end
  local letters, history
  letters, message, kind = db.all("admin.letters_of", { id = row.id })
  if not letters then
    return nil, message, kind
  end
  row.gathering, message, kind = gathering.of_capsule(row.id)
  if message then
    return nil, message, kind
  end
  local named = "capsule " .. row.id
  history, message, kind = db.all("admin.audit_of", { exactly = named, beginning = named .. ": %" })
  if not history then
    return nil, message, kind
  end
  row.state, row.letters, row.history = state_of(row), json.array(letters), json.array(history)
  return row
end

local function number_of(text)
  local number = math.tointeger(tonumber(text or ""))
  return number and number > 0 and number or nil
end

--- Of a number.
local function of_number(text)
  local number = number_of(text)
  if not number then
    return nil, "capsules.no_number", "input"
  end
  return whole(db.one("admin.capsule", { id = number }))
end

---@param asked { number: string? }
---@return { latest: integer?, capsule: admin.Capsule?, unknown: boolean? }?
function M.data(asked)
  local row, message, kind = db.one("admin.capsules")
  if not row then
    return nil, message, kind
  end
  local data = { latest = row.latest }
  if asked.number then
    data.capsule, message, kind = of_number(asked.number)
    if not data.capsule and kind ~= "missing" and kind ~= "input" then
      return nil, message, kind
    end
    data.unknown = kind == "missing" or kind == "input" or nil
  end
  return data
end

local function lines_of(capsule, at)
  local lines = { ("capsule %d: %s"):format(capsule.id, capsule.state), "made     " .. at(capsule.created_at),
    "opens    " .. at(capsule.opens_at) }
  if capsule.disabled_at then
    lines[#lines + 1] = "disabled " .. at(capsule.disabled_at)
  end
  local gathered = capsule.gathering
  if gathered then
    lines[#lines + 1] = ("letters  %d of others, of at most %d, until %s"):format(gathered.letters, gathered.most,
      at(gathered.closes_at))
  end
  for _, letter in ipairs(capsule.letters) do
    lines[#lines + 1] = ("letter %d (%s): %s, due %s"):format(letter.id, letter.letter, letter.state, at(letter.due_at))
  end
  for _, act in ipairs(capsule.history) do
    lines[#lines + 1] = ("%s\t%s\t%s\t%s"):format(at(act.at), act.actor, act.act, act.detail)
  end
  return lines
end

function M.lines(data, at, t)
  if data.capsule then
    return lines_of(data.capsule, at)
  end
  return { data.unknown and t("capsules.unknown") or ("the latest capsule is %s"):format(data.latest or "none") }
end

function M.status(data)
  return data.unknown and 1 or 0
end

-- What can be done --------------------------------------------------------------------------------------------------

--- By number or by key: a key is in no address and in no audit.
local function find(form)
  local typed = form.key or ""
  if number_of(typed) then
    return of_number(typed)
  end
  local parsed = key.parse(typed)
  if not parsed then
    return nil, "capsules.no_key", "input"
  end
  return whole(db.one("admin.capsule_of_key", { key_hash = key.hash(parsed) }))
end

local function what(form)
  local number, reason = number_of(form.number), form.why or ""
  return ("capsule %d"):format(number or 0) .. (reason ~= "" and ": " .. reason or "")
end

--- An act upon a number, for a reason: `run(number)` tells whether there was something to do.
local function upon(done_key, nothing_key, run)
  return {
    what = what,
    run = function(form)
      local number, reason = number_of(form.number), (form.why or ""):match("^%s*(.-)%s*$")
      if not number then
        return nil, "capsules.no_number", "input"
      elseif reason == "" or #reason > LONGEST_REASON or not utf8.len(reason) then
        return nil, "capsules.no_reason", "input"
      end
      local changed, message, kind = run(number)
      if changed == nil then
        return nil, message, kind
      elseif not changed then
        return nil, { key = nothing_key, args = { number = number } }, "state"
      end
      return { key = done_key, args = { number = number } }
    end,
  }
end

local function changed_by(done, message, kind)
  if not done then
    return nil, message, kind
  end
  return done.affected > 0
end

M.acts = {
  find = {
    what = function(form)
      return number_of(form.key) and "capsule " .. number_of(form.key) or "by a key"
    end,
    run = function(form)
      local capsule, message, kind = find(form)
      if not capsule then
        return nil, message, kind
      end
      return { key = "capsules.found", args = { number = capsule.id }, asked = { number = tostring(capsule.id) } }
    end,
  },
  disable = upon("capsules.disabled", "capsules.not_enabled", function(number)
    return changed_by(db.exec("admin.capsule_disable", { id = number, now = clock.now() }))
  end),
  enable = upon("capsules.enabled", "capsules.not_disabled", function(number)
    return changed_by(db.exec("admin.capsule_enable", { id = number }))
  end),
  erase = upon("capsules.erased", "capsules.none", function(number)
    local erased, message, kind = erase.capsule(number, "an admin")
    if not erased then
      return nil, message, kind
    end
    return erased.rows > 0
  end),
}

return M
