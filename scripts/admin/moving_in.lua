--- Takes what an instance has written by moving_out into a database that is empty but for its audit, with
--- the numbers that its rows have.
---
---     empty --- begin --> under way <-- killed, run again --. --- the last row --> done
---                             '-----------------------------'
---
--- `meta` says which of them it is, and of which file.  To begin gives away, in one commit, all numbers
--- that the file's rows may have, so that whoever writes meanwhile gets later ones; rows come in the
--- order of their numbers, so that a table's last one tells how far it is.
local clock = require("host.clock")
local command = require("host.command")
local db = require("host.db")
local json = require("host.json")
local long_job = require("admin.long_job")
local moving = require("admin.moving")

local M = {}

local must = long_job.must

--- Rows of one commit, and about so many bytes.
local TOGETHER, BYTES = 200, 1000000

---@class moving.File
---@field path string
---@field head table    What the other one has said: see docs/export.md.
---@field rows table<string, integer> By table.

---@class moving.Options
---@field capsules_only boolean
---@field secrets string? Text of the other one's secret file.

---@class moving.Outcome
---@field written integer
---@field there integer   They had come before.
---@field skipped integer
---@field stopped boolean
---@field held boolean    Letters and jobs are held until somebody says otherwise.

local function lines(path)
  local unpacker = must(command.unpack(path))
  return function()
    return must(unpacker:line())
  end, unpacker
end

-- Looking ----------------------------------------------------------------------------------------

--- The first line's; raises where it is none that we take.
local function read_head(path, line)
  local value = json.decode(line or "")
  local head = type(value) == "table" and value.export
  if type(head) ~= "table" or math.type(head.format) ~= "integer" or type(head.id) ~= "string" then
    error({ ("'%s' was not written by `timecapsule export`"):format(path) })
  elseif head.format > moving.FORMAT then
    error({ ("'%s' was written by a newer version (format %d, and this one knows %d): install that one"):format(path,
      head.format, moving.FORMAT) })
  end
  return head
end

local function same_counts(a, b)
  for _, held in ipairs(moving.TABLES) do
    if (a[held.name] or 0) ~= (b[held.name] or 0) then
      return false
    end
  end
  return true
end

--- Reads a file to its end, before anything of it is taken.  Raises { message } where it is damaged.
---@param path string
---@param tell fun(done: integer, total: integer): boolean
---@return moving.File? file nil: it was told to stop.
function M.verify(path, tell)
  local next_line, unpacker = lines(path)
  local head = read_head(path, next_line())
  local rows, last = {}, nil
  for line in next_line do
    local name = moving.name_of(line)
    if not name or last then
      error({ ("'%s' has a line that is no row"):format(path) })
    elseif name == "end" then
      last = json.decode(line)
    else
      rows[name] = (rows[name] or 0) + 1
    end
    if not tell(unpacker:position()) then
      return nil
    end
  end
  if not last or not same_counts(last["end"].rows, rows) or not same_counts(head.rows, rows) then
    error({ ("'%s' has not the rows that it says"):format(path) })
  end
  return { path = path, head = head, rows = rows }
end

--- Are the secrets of the other one known here?
local function knows_secrets(file)
  local known = {}
  for _, mark in ipairs(moving.secret_marks()) do
    known[mark] = true
  end
  for _, mark in ipairs(file.head.secret_marks) do
    if not known[mark] then
      return false
    end
  end
  return true
end

-- Beginning --------------------------------------------------------------------------------------

--- A number behind the file's and behind those that acts which were done here are given instead.
local function behind(number, acts, calls)
  calls[#calls + 1] = { "moving.audit_behind", { by = number + acts } }
  return number + 2 * acts + 1
end

--- `acts`: the last number of the audit here.
local function begin(file, mark, holds, acts)
  local calls = { { "moving.mark", { name = "moved_from", value = mark } } }
  if holds then
    calls[2] = { "moving.mark", { name = "restored_at", value = tostring(clock.now()) } }
  end
  local drops = {}
  for _, held in ipairs(moving.TABLES) do
    local number = file.head.numbers[held.name] or 0
    if number > 0 then
      number = held.name == "audit" and acts > 0 and behind(number, acts, calls) or number
      calls[#calls + 1] = held.take(number, ("\0"):rep(32))
      table.insert(drops, 1, held.drop(number))
    end
  end
  must(db.batch(table.move(drops, 1, #drops, #calls + 1, calls)))
end

-- Rows -------------------------------------------------------------------------------------------

---@class moving.Run
---@field outcome moving.Outcome
---@field skip fun(held: moving.Table, number: integer, why: string)
---@field batch { held: moving.Table, row: host.db.row }[]
---@field bytes integer

local function write_one(run, item)
  local done, message, kind = db.batch({ item.held.call(item.row) })
  if done then
    run.outcome.written = run.outcome.written + 1
  elseif kind == "conflict" or kind == "input" then
    run.outcome.skipped = run.outcome.skipped + 1
    run.skip(item.held, item.row.id, message)
  else
    must(nil, "the database: " .. message)
  end
end

local function flush(run)
  local batch, calls = run.batch, {}
  run.batch, run.bytes = {}, 0
  for i, item in ipairs(batch) do
    calls[i] = item.held.call(item.row)
  end
  if #calls == 0 then
    return
  end
  local done, message, kind = db.batch(calls)
  if done then
    run.outcome.written = run.outcome.written + #batch
  elseif kind == "conflict" or kind == "input" then
    for _, item in ipairs(batch) do
      write_one(run, item)
    end
  else
    must(nil, "the database: " .. message)
  end
end

--- How far each table is.
local function reached(file)
  local numbers = file.head.numbers
  return must(db.one("moving.reached", { mailbox = numbers.mailbox or 0, capsule = numbers.capsule or 0,
    gathering = numbers.gathering or 0, gathering_letter = numbers.gathering_letter or 0,
    reminder = numbers.reminder or 0, mail_log = numbers.mail_log or 0, job = numbers.job or 0,
    audit = numbers.audit or 0 }))
end

local function is_wanted(options, held)
  return not options.capsules_only or held.alone
end

local function take(run, options, numbers, line)
  local held, row = moving.row(line)
  if not held then
    error({ "a line is of no table that is known here" })
  elseif not is_wanted(options, held) then
    return
  elseif row.id <= (numbers[held.name] or 0) then
    run.outcome.there = run.outcome.there + 1
    return
  end
  run.batch[#run.batch + 1] = { held = held, row = row }
  run.bytes = run.bytes + #line
  if #run.batch >= TOGETHER or run.bytes >= BYTES then
    flush(run)
  end
end

local function write(run, file, options, tell)
  local next_line, unpacker = lines(file.path)
  local numbers = reached(file)
  next_line()
  for line in next_line do
    if moving.name_of(line) ~= "end" then
      take(run, options, numbers, line)
    end
    if not tell(unpacker:position()) then
      run.outcome.stopped = true
      break
    end
  end
  flush(run)
end

-- The whole --------------------------------------------------------------------------------------

local function count(file, options)
  return moving.sum(file.rows, options.capsules_only)
end

--- The other one's secrets come first, so that what is taken can be read.
local function bring_secrets(file, options)
  local secrets = options.secrets or file.head.secrets
  if options.capsules_only or knows_secrets(file) then
    return
  elseif not secrets then
    error({ "its letters and jobs are sealed under another server secret: give that one's secret file with"
      .. " --its-secret FILE; where it is lost --capsules-only takes the capsules" })
  end
  must(command.adopt_secrets(secrets))
end

--- Takes a file that was verified, or what is not there of it yet.  Raises { message }.
---@param file moving.File
---@param options moving.Options
---@param skip fun(held: moving.Table, number: integer, why: string)
---@param tell fun(done: integer, total: integer): boolean
---@return moving.Outcome
function M.take(file, options, skip, tell)
  local mark = file.head.id .. (options.capsules_only and " capsules" or "")
  local state = must(db.one("moving.state"))
  local outcome = { written = 0, there = 0, skipped = 0, stopped = false, held = false }
  if state.moved_from == mark .. " done" then
    outcome.there = count(file, options)
    return outcome
  elseif state.moved_from ~= mark and (state.moved_from or state.taken > 0) then
    error({ "this database is not empty: an export comes into a new one (--data or --database names it)" })
  end
  bring_secrets(file, options)
  outcome.held = not options.capsules_only and (file.rows.reminder or 0) + (file.rows.job or 0) > 0
  if state.moved_from ~= mark then
    begin(file, mark, outcome.held, state.acts)
  end
  write({ outcome = outcome, skip = skip, batch = {}, bytes = 0 }, file, options, tell)
  if not outcome.stopped then
    must(db.batch({ { "moving.mark", { name = "moved_from", value = mark .. " done" } } }))
  end
  return outcome
end

return M
