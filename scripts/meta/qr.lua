---@meta host.qr
-- Types for the editor; never loaded.

---@class host.qr
local M = {}

--- A QR code, black on white with its quiet zone, error correction M.
---@param text string UTF-8 without NUL, not empty.
---@return string? svg An <svg> element.
---@return string? message
---@return host.kind? kind "limit": the text is too long.
---@example qr.svg("https://capsule.example/open"):sub(1, 4) --> "<svg"
function M.svg(text) end

return M
