--- Jobs that wait are sealed again when another server secret has become current.
local db = require("host.db")
local log = require("host.log")
local kinds = require("job.kinds")
local sealing = require("job.sealing")

local M = {}

local BATCH = 200

--- Looks at every one once.
---@return integer? changed
---@return string? message
---@return host.kind? kind
function M.all()
  local after, changed = 0, 0
  repeat
    local rows, message, kind = db.all("job.sealed", { after = after, room = BATCH })
    if not rows then
      return nil, message, kind
    end
    local calls = {}
    for _, row in ipairs(rows) do
      local again, opens = sealing.renew("job", row.sealed, kinds.additional(row.name, row.token))
      after = row.id
      if again then
        calls[#calls + 1] = { "job.renew", { id = row.id, sealed = again, before = row.sealed } }
      elseif not opens then
        log.error("a job that waits is lost unless its secret comes back: none that is known opens it",
          { job = row.name, number = row.id })
      end
    end
    if calls[1] then
      local done
      done, message, kind = db.batch(calls)
      if not done then
        return nil, message, kind
      end
    end
    changed = changed + #calls
  until #rows < BATCH
  return changed
end

return M
