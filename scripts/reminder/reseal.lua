--- Seals what waits again when another server secret has become current, in the background, so that no
--- row needs the one before.
---
---   a pass:   every sealed row by its number, a batch at a time; with each batch how far it is
---   passes:   until one has found nothing to do that began when every node had to know the change
---
--- Any number of nodes: one holds the lease and does it, another goes on where it died.  A row is
--- changed only where it still holds what was read.  One that no known secret opens stays as it is,
--- and is told in the log: its secret may come back, and then a new pass begins.
local clock = require("host.clock")
local crypto = require("host.crypto")
local db = require("host.db")
local host = require("host")
local json = require("host.json")
local log = require("host.log")
local random = require("host.random")
local shared = require("host.shared")
local jobs_again = require("job.reseal")
local sealed = require("reminder.sealed")

local M = {}

local config = host.config

local BATCH = 200

--- Seconds: of a run; until another node takes over; until every node uses what has become current
--- (they look every 30); of rest after a failure.
local RUN_S, LEASE, SETTLE, REST = 0.5, 60, 100, 10

local OWNER = random.uuid()
local notes = shared.space("status", { max = 16 })

--- What was known when all was done.
local settled
local rest_until = 0

---@class reseal.State
---@field current string   The id of the secret that rows are sealed under.
---@field since integer    When it became current.
---@field known string[]   Ids of those that open them.
---@field letters integer  Sealed rows when it began.
---@field after integer    The number of the last row that was looked at.
---@field began_at integer When this pass did.
---@field first boolean    Is it the first?
---@field seen integer     Rows of this pass.
---@field changed integer  Rows of this pass that were sealed again.
---@field lost integer     Rows of this pass that do not open.
---@field done integer     Rows that were sealed again, in all.
---@field owner string
---@field lease_until integer
---@field ended_at integer?

--- The ids of the current secret and of those before it; nil where there is nothing to do.
local function ids_of(all)
  local ids = {}
  for _, secret in ipairs(all or {}) do
    if secret.state ~= "next" then
      ids[#ids + 1] = secret.id
    end
  end
  return (#ids > 1 or all and all.lost) and ids or nil
end

--- Is each of one list in the other?
local function has_all(ids, of)
  local there = {}
  for _, id in ipairs(ids) do
    there[id] = true
  end
  for _, id in ipairs(of) do
    if not there[id] then
      return false
    end
  end
  return true
end

-- How far it is ------------------------------------------------------------------------------------

local function text_of(state)
  local lost = state.lost > 0 and (", %d open with no secret that is known"):format(state.lost) or ""
  if state.ended_at then
    local at = clock.format(state.ended_at, config.time_zone, "%Y-%m-%d %H:%M:%S")
    return ("done at %s: %d letters sealed again, %d are under %s%s"):format(at, state.done,
      state.seen - state.lost, state.current, lost)
  end
  return ("under %s: %d of %d letters looked at, %d sealed again%s"):format(state.current, state.seen,
    state.letters, state.done, lost)
end

local function show(state)
  notes:set("re-sealing", text_of(state))
end

--- Moves the state, with more statements behind it.
---@return boolean? moved false: somebody else was faster.
---@return string? message
---@return host.kind? kind
local function move(state, seen, calls)
  table.insert(calls, 1, { "reseal.move", { value = json.encode(state), seen = seen } })
  local done, message, kind = db.batch(calls)
  if not done then
    return nil, message, kind
  end
  return done[1].affected == 1
end

--- Begins anew, in the place of what was seen.
local function begin(all, ids, seen)
  local row, message, kind = db.one("reseal.count")
  if not row then
    return nil, message, kind
  end
  local now = clock.now()
  local state = { current = ids[1], since = all[1].since or 0, known = ids, letters = row.letters,
    after = 0, began_at = now, first = true, seen = 0, changed = 0, lost = 0, done = 0,
    owner = OWNER, lease_until = now + LEASE }
  if seen then
    return move(state, seen, {})
  end
  local done
  done, message, kind = db.exec("reseal.begin", { value = json.encode(state) })
  if kind == "conflict" then
    return false
  end
  return done and true, message, kind
end

-- A batch ------------------------------------------------------------------------------------------

local function tell_lost(row)
  log.error("a letter that waits is lost unless its secret comes back: none that is known opens it", {
    reminder = row.id,
    capsule = row.capsule_id,
    due_at = clock.format(row.due_at, config.time_zone, "%Y-%m-%d %H:%M:%S"),
  })
end

--- Looks at rows; the statements that seal them again.
local function renew(state, rows)
  local calls = {}
  for _, row in ipairs(rows) do
    local again, opens = sealed.renew(row)
    if again then
      calls[#calls + 1] = { "reseal.row", { id = row.id, sealed = again, before = row.sealed } }
    elseif not opens then
      state.lost = state.lost + 1
      if state.first then
        tell_lost(row)
      end
    end
  end
  state.after, state.seen = rows[#rows].id, state.seen + #rows
  state.changed, state.done = state.changed + #calls, state.done + #calls
  return calls
end

--- The last row of a pass was looked at: another one, the end (after a site's jobs), or nil to wait for that.
local function turn(state)
  local now = clock.now()
  local settles_at = state.since + SETTLE
  local ends = state.changed == 0 and state.began_at >= settles_at
  if ends then
    local jobs, message, kind = jobs_again.all()
    if not jobs then
      return nil, message, kind
    end
    ends = jobs == 0
  end
  if ends then
    state.ended_at = now
  elseif state.changed == 0 and now < settles_at then
    return nil
  else
    state.after, state.began_at, state.first = 0, now, false
    state.seen, state.changed, state.lost = 0, 0, 0
  end
  return {}
end

--- One batch; false where there is no more to do now.
local function step(state, seen)
  local rows, message, kind = db.all("reseal.rows", { after = state.after, room = BATCH })
  if not rows then
    return nil, message, kind
  end
  local calls
  if #rows > 0 then
    calls = renew(state, rows)
  else
    calls, message, kind = turn(state)
  end
  if not calls then
    return not message and false or nil, message, kind
  end
  state.owner, state.lease_until = OWNER, clock.now() + LEASE
  return move(state, seen, calls)
end

-- A run --------------------------------------------------------------------------------------------

--- What was wiped or sealed again is in the database's journal no more; the next letters do that else.
local function finish(state, ids)
  settled = table.concat(ids, " ")
  if state.ended_at and state.owner == OWNER and state.done > 0 then
    db.checkpoint()
  end
end

--- Is it this node's turn?  Another's it is while that holds the lease, or where that knows more.
local function is_ours(state, ids)
  return state.current == ids[1] and has_all(ids, state.known)
    and (state.owner == OWNER or state.lease_until <= clock.now())
end

--- Does it have to begin anew: another secret is current, or another one has come that may open more?
local function is_over(state, all, ids)
  if state.current ~= ids[1] then
    return (all[1].since or 0) >= state.since
  end
  return not has_all(state.known, ids)
end

--- Goes on from where it stands; false where there is no more to do now.
local function advance(all, ids)
  local row, message, kind = db.one("reseal.state")
  if message then
    return nil, message, kind
  end
  local state = row and json.decode(row.value)
  if not state or is_over(state, all, ids) then
    return begin(all, ids, row and row.value)
  end
  local more = false
  if state.ended_at then
    finish(state, ids)
  elseif is_ours(state, ids) then
    more, message, kind = step(state, row.value)
  end
  if more ~= nil then -- of what failed nothing is done
    show(state)
  end
  return more, message, kind
end

--- Every second, in a server.
---@return boolean? done
---@return string? message
---@return host.kind? kind
function M.tick()
  local all = crypto.known()
  local ids = ids_of(all)
  if not ids or settled == table.concat(ids, " ") or clock.monotonic() < rest_until then
    return true
  end
  local run_until = clock.monotonic() + RUN_S
  local more, message, kind
  repeat
    more, message, kind = advance(all, ids)
  until not more or host.status().stopping or clock.monotonic() >= run_until
  if more == nil then
    rest_until = clock.monotonic() + REST
    return nil, message, kind
  end
  return true
end

return M
