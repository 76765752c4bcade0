--- Messages that the browser has encrypted, as far as the server can judge them: it has no
--- passphrase, so it checks shape and bounds, and the opening time that is sealed in.
---
--- docs/encryption.md is the contract of the format TC2.  The checks keep out what no browser
--- of ours writes and what nobody could ever open; they are no proof that somebody can.
local crypto = require("host.crypto")
local form = require("text.form")

local M = {}

local HEADER_TEXT = 104 -- 78 bytes in base64url
local TIME_MAX = 253402300799 -- the end of the year 9999
local ROUNDS_MIN, ROUNDS_MAX = 600000, 10000000
local BLOCK, TAG = 1024, 16

--- What a message is, known by how it begins; what people paste may bring blanks before it.
---@param content string
---@return "plain"|"tc2"|"legacy"
function M.format(content)
  if content:sub(1, 4) == "TC2." then
    return "tc2"
  end
  local before = content:match("^([^!-~]*)U2FsdGVkX1")
  return before and (before == "" or form.is_blank(before)) and "legacy" or "plain"
end

--- What stands before the ciphertext of a TC2 message: enough to judge a passphrase by, nothing to decrypt.
---@param content string
---@return string? head "TC2.HEADER"
function M.head(content)
  return content:match("^(TC2%.[%w_-]+)%.")
end

--- The opening time that a TC2 message carries, or nil where it has not the shape of one.
---@param content string
---@return integer? opens_at
function M.opens_at(content)
  local header, ciphertext = content:match("^TC2%.([%w_-]+)%.([%w_-]+)$")
  if not header or #header ~= HEADER_TEXT then
    return nil
  end
  local head, sealed = crypto.from_base64url(header), crypto.from_base64url(ciphertext)
  if not head or not sealed or #sealed <= TAG or #sealed % BLOCK ~= TAG then
    return nil
  end
  local rounds, opens_at = string.unpack(">I4i8", head)
  local in_bounds = rounds >= ROUNDS_MIN
    and rounds <= ROUNDS_MAX
    and opens_at >= 0
    and opens_at <= TIME_MAX
  return in_bounds and opens_at or nil
end

return M
