---@meta host.random
-- Types for the editor; never loaded.  Randomness from the operating system alone.

---@class host.random
local M = {}

--- So many random bytes.
---@param n integer 0 to 65536.
---@return string bytes
---@example #random.bytes(16) --> 16
function M.bytes(n) end

--- So many random bytes as text: for a page that is asked for often, since the system is not asked for each.
---@param n integer Bytes, 1 to 64.
---@return string text
---@example #random.base64url(32) --> 43
function M.base64url(n) end

--- A text whose every character is equally likely.
---@param n integer Characters, 1 to 1024.
---@param alphabet? string 2 or more different printable ASCII characters; 0-9a-zA-Z if absent.
---@return string token
---@example random.token(6, "01"):match("^[01]+$") ~= nil --> true
function M.token(n, alphabet) end

--- An integer from a to b, both included, each equally likely.
---@param a integer
---@param b integer Not below a.
---@return integer number
---@example random.int(7, 7) --> 7
function M.int(a, b) end

--- A random UUID (version 4).
---@return string uuid Version 4: "f47ac10b-58cc-4372-a567-0e02b2c3d479".
---@example #random.uuid() --> 36
function M.uuid() end

return M
