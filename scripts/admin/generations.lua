--- The generations of the running server: which one serves, which wait for a decision and which are stored, what the
--- files would change now, who did what; and the acts of `timecapsule reload` and `rollback`.
---
--- Each act carries the digest that its admin saw, and is refused ("conflict") where that is not so any more.
local control = require("host.control")
local db = require("host.db")
local json = require("host.json")
local task = require("host.task")
local audit = require("admin.audit")

local M = { name = "generations" }

-- Seconds that the server may take for its answer, so that a page has its own: files are looked at for up to five.
local PATIENCE = 8
local MOST_FILES, MOST_ACTS = 500, 20

---@return string? text
---@return string? message
---@return host.kind? kind
local function ask(line)
  local text, message, kind = nil, "generations.slow", "timeout"
  task.each({ line }, 1, function(words)
    text, message, kind = control.ask(words)
  end, PATIENCE)
  return text, message, kind
end

-- What is so --------------------------------------------------------------------------------------------------------

local function generation(number, digest)
  return { number = math.tointeger(number), digest = digest }
end

-- What each line of the answer tells, by its first word (core/server/reload.h, look.h).
local READ = {}

function READ.current(data, rest)
  local number, digest, bytes_of = rest:match("^(%d+) (%x+) (%d+)$")
  data.current = generation(number, digest)
  data.current.files_of = bytes_of ~= number and math.tointeger(bytes_of) or nil
end

function READ.waits(data, rest)
  local worker, seconds = rest:match("^(%d+) (%d+)$")
  data.waits = { worker = math.tointeger(worker), seconds = math.tointeger(seconds) }
end

function READ.live(data, rest)
  local count, bytes = rest:match("^(%d+) (%d+)$")
  data.live, data.bytes = math.tointeger(count), math.tointeger(bytes)
end

function READ.trial(data, rest)
  local seconds, number, digest = rest:match("^(%d+) (%d+) (%x+)$")
  data.trial = { seconds = math.tointeger(seconds), before = generation(number, digest) }
end

function READ.preview(data, rest)
  local number, digest, seconds, link = rest:match("^(%d+) (%x+) (%d+) (%S+)$")
  data.preview = generation(number, digest)
  data.preview.seconds, data.preview.link = math.tointeger(seconds), link ~= "-" and link or nil
end

function READ.doubted(data)
  data.doubted = true
end

function READ.busy(data)
  data.busy = true
end

function READ.superseded(data)
  data.superseded = true
end

function READ.started(data)
  data.started = true
end

function READ.file(data, rest)
  data.changes = data.changes + 1
  if data.changes <= MOST_FILES then
    local what, name = rest:match("^(%l+)%s+(.+)$")
    data.files[#data.files + 1] = { what = what, name = name }
  end
end

function READ.fault(data, rest)
  data.unreadable = rest
end

function READ.stored(data, rest)
  local number, digest, at = rest:match("^(%d+) (%S+) (%d+)$")
  local stored = generation(number, digest ~= "-" and digest or nil)
  stored.at = math.tointeger(at)
  data.stored[#data.stored + 1] = stored
end

--- The statement admin.audit_of_generations says the same.
local ACTS = { reload = true, rollback = true, upgrade = true, trial_lapsed = true, preview_lapsed = true,
  switch_left = true }

local function is_of_generations(act)
  return ACTS[act] or act:find("^generations_") ~= nil
end

--- Who did what, the latest first; nothing where the database is away, since this page is needed then, too.
local function acts()
  local rows, message
  local late = task.each({ 1 }, 1, function()
    rows, message = db.all("admin.audit_of_generations", { most = MOST_ACTS })
  end, 2)
  if late[1] then
    rows, message = nil, "the database does not answer"
  end
  rows = rows or {}
  audit.add_waiting(rows, is_of_generations)
  return rows, message
end

--- The stored generation that a rollback takes (core/server/candidate.c: read_previous).
local function find_previous(data)
  local before = data.current.files_of or data.current.number
  for _, stored in ipairs(data.stored) do
    if stored.number < before and stored.digest and stored.digest ~= data.current.digest then
      return stored
    end
  end
  return nil
end

function M.data()
  local text, message, kind = ask("generations")
  if not text then
    return nil, message, kind
  end
  local lines, failure = text:match("^(.-)\n\n(.*)$")
  local data = { files = json.array({}), changes = 0, stored = json.array({}), doubted = false, busy = false,
    started = false, superseded = false }
  for word, rest in (lines or text):gmatch("(%l+) ?([^\n]*)") do
    if READ[word] then
      READ[word](data, rest)
    end
  end
  data.failure = failure and failure ~= "" and failure or nil
  data.previous = find_previous(data)
  local rows, away = acts()
  data.acts, data.acts_unknown = json.array(rows), away
  return data
end

local function add(lines, format, ...)
  lines[#lines + 1] = format:format(...)
end

local function describe_pending(lines, data)
  if data.trial then
    add(lines, "trial        %d s are left, then generation %d (%s) serves again", data.trial.seconds,
      data.trial.before.number, data.trial.before.digest)
  end
  if data.preview then
    add(lines, "preview      generation %d (%s), %d s are left", data.preview.number, data.preview.digest,
      data.preview.seconds)
  end
  if data.doubted then
    add(lines, "trial        was not accepted: a start takes this generation, not the files")
  end
end

---@return string[] lines
function M.lines(data, at)
  local lines = {}
  add(lines, "runs         generation %d (%s)", data.current.number, data.current.digest)
  describe_pending(lines, data)
  for _, stored in ipairs(data.stored) do
    add(lines, "stored       generation %d (%s), %s", stored.number, stored.digest or "damaged", at(stored.at))
  end
  for _, file in ipairs(data.files) do
    add(lines, "%-12s %s", file.what, file.name)
  end
  if data.changes > 0 and not data.doubted then
    add(lines, "restart      takes the files as they are, with these changes")
  end
  if data.unreadable then
    add(lines, "unreadable   %s", data.unreadable)
  end
  for _, row in ipairs(data.acts) do
    add(lines, "done         %s  %s  %s  %s  %s", at(row.at), row.actor, row.act, row.detail, row.outcome)
  end
  if data.failure then
    add(lines, "failed       %s%s:\n%s", data.started and "the start: the files had faults" or "the last reload",
      data.superseded and ", before that rollback" or "", (data.failure:gsub("\n$", "")))
  end
  return lines
end

-- What can be done ----------------------------------------------------------------------------------------------------

local function what(form)
  return "digest " .. (form.digest or "")
end

--- The line that the server is asked; nil where the form is none of ours.
local function line_of(words, form, may_try)
  local digest, seconds = form.digest or "", form.seconds or ""
  if not digest:find("^%x+$") or #digest ~= 16 or (seconds ~= "" and not seconds:find("^%d+$")) then
    return nil
  end
  local trial = may_try and seconds ~= "" and " --confirm " .. seconds or ""
  return words .. trial .. " --digest " .. digest:lower()
end

--- What the answer tells a program, and its page.
local function done(key, text)
  local number, digest = text:match("generation (%d+) %((%x+)%)")
  return { key = key, args = { number = number or "?" }, detail = ("generation %s (%s)"):format(number, digest),
    answer = text, link = text:match("\nlink (%S+)\n"), unchanged = text:find("^unchanged") ~= nil or nil }
end

local function act(key, words, may_try)
  return {
    what = what,
    run = function(form)
      local line = line_of(words, form, may_try)
      if not line then
        return nil, "generations.malformed", "input"
      end
      local text, message, kind = ask(line)
      if text then
        return done(text:find("^unchanged") and "generations.unchanged" or key, text)
      elseif kind == "conflict" then
        message = "generations.conflict"
      elseif kind == "input" then
        kind = "state" -- the form was understood: the files have faults, which the audit is to know of
      end
      return nil, message, kind
    end,
  }
end

M.acts = {
  reload = act("generations.did_reload", "reload", false),
  confirm = act("generations.did_confirm", "reload", true),
  preview = act("generations.did_preview", "reload --preview", false),
  accept = act("generations.did_accept", "reload --accept", true),
  discard = act("generations.did_discard", "reload --discard", false),
  rollback = act("generations.did_rollback", "rollback", false),
}

return M
