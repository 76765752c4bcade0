--- Does what is due, in the server: of each job that this generation knows, claim, do, tell the end, delete.  A job
--- that it does not know stays for a node that does.
---
--- Attempts are counted when they are begun, so that what ends the whole run (a limit, a crash) comes to an end, too;
--- and what was begun once without an end is done after the others, alone.
local host = require("host")
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")
local log = require("host.log")
local metrics = require("host.metrics")
local task = require("host.task")
local timer = require("host.timer")
local fitting = require("text.fit")
local kinds = require("job.kinds")
local lease = require("job.lease")
local sealing = require("job.sealing")
local site_fault = require("text.site_fault")

local M = {}

local config = host.config

--- Rows of one claim, and jobs under way at once.
local BATCH, AT_ONCE = 20, 4

--- Seconds: after a claim none is begun later.  With a policy's longest timeout it is shorter than a lease, and than a
--- run of a timer may take.
local BEGIN_S = 15

--- Characters of a failure that are kept.
local WHY = 500

--- Kinds that trying again does not mend.
local FINAL = { permanent = true, input = true }

local WHERE = "job"

--- Is the database away?  Told once.
local away = false

--- Was something deleted that the database's journal still holds?
local unclean = false

-- One job -----------------------------------------------------------------------------------------------------------

--- What became of a row could not be written: its lease ends by itself.
local function record(row, statement)
  local done, message = db.batch({ statement })
  if not done then
    log.error("what became of a job could not be written", { job = row.name, number = row.id, error = message })
  end
end

local function done(row)
  record(row, { "job.done", { id = row.id, owner = row.lease_owner } })
  metrics.counter("tc_jobs_total", { outcome = "done" })
  unclean = true
end

local function failed(row, message, kind)
  local policy = kinds.of(row.name).policy
  local why = fitting.fit(tostring(message), WHY)
  local final = FINAL[kind] or row.attempts >= policy.attempts
  local now = clock.now()
  if final then
    record(row, { "job.fail", { id = row.id, owner = row.lease_owner, now = now, why = why } })
  else
    local at = now + lease.rest(row.attempts, policy.first, policy.most)
    record(row, { "job.later", { id = row.id, owner = row.lease_owner, at = at, why = why } })
  end
  metrics.counter("tc_jobs_total", { outcome = final and "failed" or "later" })
  log.warn(final and "a job has failed" or "a job is tried again later",
    { job = row.name, number = row.id, attempt = row.attempts, error = why })
end

local function call(row, args)
  local known = kinds.of(row.name)
  local good, result, message, kind = xpcall(known.fn, site_fault.keep, args, { attempt = row.attempts, at = row.at })
  if not good then
    site_fault.tell(WHERE, result)
    return failed(row, result.message)
  elseif result == nil and message ~= nil then
    return failed(row, message, kind)
  end
  return done(row)
end

local function attempt(row)
  local plain = sealing.open("job", row.sealed, kinds.additional(row.name, row.token))
  row.begun = true
  if not plain then
    failed(row, "its row does not open: it was changed, or its server secret is not known", "permanent")
  elseif row.attempts > kinds.of(row.name).policy.attempts then
    failed(row, "it was begun so often, and ended none")
  else
    call(row, json.decode(plain))
  end
  row.told = true
end

-- A pass ------------------------------------------------------------------------------------------------------------

--- Those that were not begun in time go back; those that took too long have failed.
local function run(rows, at_once, begin_until)
  local seconds = kinds.of(rows[1].name).policy.timeout
  local late = task.each(rows, at_once, function(row)
    if clock.monotonic() <= begin_until and not host.status().stopping then
      attempt(row)
    else
      record(row, { "job.release", { id = row.id, owner = row.lease_owner, now = clock.now() } })
    end
  end, seconds)
  for _, row in ipairs(late) do
    if row.begun and not row.told then
      failed(row, ("it took longer than %g seconds"):format(seconds))
    end
  end
end

local function run_all(rows)
  local begin_until = clock.monotonic() + BEGIN_S
  local fresh, lapsed = {}, {}
  for _, row in ipairs(rows) do
    table.insert(row.lapses == 0 and fresh or lapsed, row)
  end
  if fresh[1] then
    run(fresh, AT_ONCE, begin_until)
  end
  for _, row in ipairs(lapsed) do
    run({ row }, 1, begin_until)
  end
end

--- In a restored copy of a database nothing is due: what its original does is not done twice.
local function is_due(name)
  local row, message, kind = db.one("job.next", { name = name })
  if not row then
    return nil, message, kind
  end
  return row.held == 0 and row.next_at ~= nil and row.next_at <= clock.now()
end

local function claim(name)
  return lease.take(function(tx, taken, now)
    local ok, message, kind = tx:exec("job.claim",
      { name = name, owner = taken.owner, lease_until = taken.lease_until, now = now, room = BATCH })
    if not ok then
      return nil, message, kind
    end
    return tx:all("job.claimed", { owner = taken.owner, lease_until = taken.lease_until })
  end)
end

--- Does what is due of one name.
local function pass(name)
  local due, message, kind = is_due(name)
  if not due then
    return due, message, kind
  end
  local taken
  taken, message, kind = claim(name)
  if not taken then
    return kind == "conflict" and true or nil, message, kind -- another node takes them
  elseif taken.rows[1] then
    run_all(taken.rows)
  end
  return true
end

local function tell_database(message)
  if message and not away then
    log.error("jobs wait for the database", { error = message })
  elseif away and not message then
    log.info("jobs have the database again")
  end
  away = message ~= nil
end

--- Every second, in the server: for each job, so that none waits behind another that is slow for longer than a pass.
local function tick(name)
  local good, message = pass(name)
  tell_database(good == nil and message or nil)
  if unclean then
    unclean = not db.checkpoint()
  end
end

--- Failed jobs are kept as long as failed letters are.
local function tidy()
  local ok, message = db.exec("job.forget", { before = clock.now() - config.failed_days * 86400 })
  if not ok then
    log.warn("old failed jobs were not removed", { error = message })
  end
end

--- Last, while loading.
function M.start()
  kinds.is_finished = true
  if kinds.names[1] then
    site_fault.declare(WHERE)
  end
  for _, name in ipairs(kinds.names) do
    timer.every(1, "job." .. name, function()
      tick(name)
    end)
  end
  timer.every(3600, "job.tidy", tidy, { cluster = true })
end

--- Does what is due now, without a server: for specs.
function M.all()
  for _, name in ipairs(kinds.names) do
    assert(pass(name) ~= nil)
  end
end

return M
