--- How a capsule's texts are sealed at rest.
---
--- The sealing key is derived from the capsule key, so a dump of the database opens nothing.
--- The additional data binds format version, field, opening time and creation time: a row
--- whose times or texts were changed or swapped fails to open.  The sealed note carries the digest of the sealed
--- body, so that a key can prove a capsule whole before its time, without the body.  docs/encryption.md has it
--- byte by byte.
local crypto = require("host.crypto")

local M = {}

--- The format that new rows are written in.
M.VERSION = 2

--- The same format, of a capsule that others add letters to (capsule/gathering.lua).
M.GATHERING = 3

local DIGEST = 32 -- bytes of SHA-256

---@class seal.Row
---@field version integer
---@field opens_at integer
---@field created_at integer

local last = {} -- what stands before and behind the field, of the row that was asked for last: it has two

---@param field "note"|"body"
---@param row seal.Row
local function additional(field, row)
  local version, opens_at, created_at = row.version, row.opens_at, row.created_at
  if version ~= last.version or opens_at ~= last.opens_at or created_at ~= last.created_at then
    -- `| 0`: a whole number, written as one, whatever it was computed with.
    last = { version = version, opens_at = opens_at, created_at = created_at,
      before = "time-capsule|" .. (version | 0) .. "|", behind = "|" .. (opens_at | 0) .. "|" .. (created_at | 0) }
  end
  return last.before .. field .. last.behind
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

--- The sealed note of a row and its sealed body; versions from 2 on.
---@param sealing_key string
---@param row seal.Row
---@param note string
---@param body string Sealed already.
---@return string sealed
function M.close_note(sealing_key, row, note, body)
  return M.close(sealing_key, "note", row, crypto.sha256(body) .. note)
end

--- A note, and the digest of the body that it was sealed with; version 1 has none.
---@param sealing_key string
---@param row seal.Row
---@param sealed string
---@return string? note Nil where it does not open.
---@return string? digest 64 hexadecimal digits, as the database says them.
function M.open_note(sealing_key, row, sealed)
  local plain = M.open(sealing_key, "note", row, sealed)
  if not plain or row.version == 1 then
    return plain
  elseif #plain < DIGEST then
    return nil
  end
  return plain:sub(DIGEST + 1), crypto.hex(plain:sub(1, DIGEST))
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
