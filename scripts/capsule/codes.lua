--- Who may put: with the setting `put_code_file` whoever knows one of its codes, a line each.  The file is read when
--- it is asked for, so that a code counts, or no longer, from the moment that it is saved.
local config = require("host").config
local crypto = require("host.crypto")
local host = require("host")
local form = require("text.form")

local HAS_CODES = config.put_code_file ~= nil -- by the generation's settings

local M = {}

--- Is that one of the codes?  All of them are compared, each in the same time.
---@param typed string?
---@return boolean? known
---@return string? message
---@return string? kind
function M.known(typed)
  if not HAS_CODES then
    return true
  end
  local lines, message, kind = host.lines("put_code_file")
  if not lines then
    return nil, message, kind
  end
  local hash, known = crypto.hash(form.trim(typed or ""), "tc-put-code"), false
  for _, code in ipairs(lines) do
    known = crypto.equal(hash, crypto.hash(code, "tc-put-code")) or known
  end
  return known
end

--- Raises where the file cannot be read: then nobody could put.
function M.check()
  local _, message = M.known("")
  if message then
    error({ ("%s: put_code_file: %s"):format(host.source("put_code_file"), message) }, 0)
  end
end

return M
