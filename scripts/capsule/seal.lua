--- How a capsule's texts are sealed at rest.
---
--- The sealing key is derived from the capsule key, so a dump of the database opens nothing.
--- The additional data binds format version, field, opening time and creation time: a row
--- whose times or texts were changed or swapped fails to open.
local crypto = require("host.crypto")

local M = {}

--- The format that new rows are written in.
M.VERSION = 1

---@class seal.Row
---@field version integer
---@field opens_at integer
---@field created_at integer

---@param field "note"|"body"
---@param row seal.Row
local function additional(field, row)
  local pattern = "time-capsule|%d|%s|%d|%d"
  return pattern:format(row.version, field, row.opens_at, row.created_at)
end

--- The key that one capsule's texts are sealed under.
---@param capsule_key string
---@return string
function M.key(capsule_key)
  return crypto.derive(capsule_key, "time-capsule sealing key v1")
end

---@param sealing_key string
---@param field "note"|"body"
---@param row seal.Row
---@param plain string
---@return string sealed
function M.close(sealing_key, field, row, plain)
  return crypto.seal(sealing_key, plain, additional(field, row))
end

--- Fails the same way for a wrong key, a changed row and a version from the future.
---@param sealing_key string
---@param field "note"|"body"
---@param row seal.Row
---@param sealed string
---@return string? plain
---@return string? message
---@return "input"? kind
function M.open(sealing_key, field, row, sealed)
  return crypto.open(sealing_key, sealed, additional(field, row))
end

return M
