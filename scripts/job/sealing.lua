--- Text of rows that wait, sealed under the server secret: under the current one, opened by every one that is known.
local crypto = require("host.crypto")

local M = {}

---@param context string whose rows
---@param plain string
---@param additional string what binds it to its row
---@return string sealed
function M.close(context, plain, additional)
  return crypto.seal(assert(crypto.secret(context)), plain, additional)
end

---@param context string
---@param sealed string
---@param additional string
---@return string? plain nil: no secret that is known opens it
---@return integer? which secret did, 1 being the current one
function M.open(context, sealed, additional)
  for i, secret in ipairs(crypto.secrets(context)) do
    local plain = crypto.open(secret, sealed, additional)
    if plain then
      return plain, i
    end
  end
end

--- The same text under the current secret.
---@param context string
---@param sealed string
---@param additional string
---@return string? again nil where it is under that already, or does not open
---@return boolean opens
function M.renew(context, sealed, additional)
  local plain, which = M.open(context, sealed, additional)
  if not plain or which == 1 then
    return nil, plain ~= nil
  end
  return M.close(context, plain, additional), true
end

return M
