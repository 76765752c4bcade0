--- The headers that every reply carries.  Nothing is ever loaded from, framed by or sent to another site,
--- no text becomes script (Trusted Types), and workers are files of our own.
local M = {}

local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
  .. "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
  .. "require-trusted-types-for 'script'; trusted-types tc"
local PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"

--- Fresh headers of a reply with everything that `protect` would add: one table made at its full size.
---@param content_type string?
---@param vary string?
---@return table<string, string|string[]>
function M.headers(content_type, vary)
  return {
    ["Content-Type"] = content_type,
    ["Vary"] = vary,
    ["Content-Security-Policy"] = POLICY,
    ["X-Content-Type-Options"] = "nosniff",
    ["Referrer-Policy"] = "no-referrer",
    ["Permissions-Policy"] = PERMISSIONS,
    ["Cross-Origin-Opener-Policy"] = "same-origin",
    ["Cross-Origin-Resource-Policy"] = "same-origin",
  }
end

local ALL = M.headers()

--- Adds to `headers` what they lack of it.
---@param headers table<string, string|string[]>
function M.protect(headers)
  for name, value in pairs(ALL) do
    if headers[name] == nil then
      headers[name] = value
    end
  end
end

return M
