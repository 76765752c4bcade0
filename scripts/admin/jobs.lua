--- Jobs of the site (scripts/job): how many wait, and those that have failed, which can be tried again or dropped.
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")
local kinds = require("job.kinds")

local M = { name = "jobs" }

--- So many that have failed are shown.
local MOST = 200

--- Each name that has rows: how many wait and have failed, when the next is due; do this server's files know it?
function M.data()
  local rows, message, kind = db.all("job.counts")
  if not rows then
    return nil, message, kind
  end
  local failed
  failed, message, kind = db.all("job.failures", { most = MOST })
  if not failed then
    return nil, message, kind
  end
  for _, row in ipairs(rows) do
    row.waiting, row.failed = math.tointeger(row.waiting), math.tointeger(row.failed)
    row.known = kinds.of(row.name) ~= nil
  end
  return { jobs = json.array(rows), failed = json.array(failed) }
end

function M.lines(data, at, t)
  local lines = {}
  for _, row in ipairs(data.jobs) do
    local next_at = row.next_at and t("jobs.next") .. " " .. at(row.next_at) or "-"
    lines[#lines + 1] = table.concat({ row.name, t("jobs.waiting") .. " " .. row.waiting,
      t("jobs.failed") .. " " .. row.failed, next_at, row.known and "" or t("jobs.unknown") }, "\t")
  end
  for _, row in ipairs(data.failed) do
    lines[#lines + 1] = table.concat({ row.id, row.name, at(row.ended_at), row.why or "" }, "\t")
  end
  if not lines[1] then
    lines[1] = t("jobs.none")
  end
  return lines
end

local function number_of(form)
  return math.tointeger(tonumber(form.number))
end

local function what(form)
  return form.number == "all" and "all that have failed" or ("job %d"):format(number_of(form) or 0)
end

--- An act on one that has failed, or on all.
local function about(statement, said)
  return {
    what = what,
    run = function(form)
      local number = number_of(form)
      if not number and form.number ~= "all" then
        return nil, "jobs.no_number", "input"
      end
      local done, message, kind = statement(number)
      if not done then
        return nil, message, kind
      elseif done.affected == 0 then
        return nil, "jobs.none_such", "state"
      end
      return { key = said, args = { jobs = done.affected }, jobs = done.affected }
    end,
  }
end

M.acts = {
  again = about(function(number)
    return db.exec("job.again", { id = number, now = clock.now() })
  end, "jobs.again_done"),
  drop = about(function(number)
    local done, message, kind = db.exec("job.drop", { id = number })
    db.checkpoint() -- what it held is in the journal no more
    return done, message, kind
  end, "jobs.dropped"),
}

return M
