--- The headers that every reply carries, and how names of headers are spelt.  Nothing is ever loaded from, framed by
--- or sent to another site, no text becomes script (Trusted Types), and workers are files of our own.
local host = require("host")

local M = {}

local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
  .. "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
  .. "require-trusted-types-for 'script'; trusted-types tc"
local PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"

-- The host adds them to every reply that does not say otherwise.
host.headers({
  ["Content-Security-Policy"] = POLICY,
  ["X-Content-Type-Options"] = "nosniff",
  ["Referrer-Policy"] = "no-referrer",
  ["Permissions-Policy"] = PERMISSIONS,
  ["Cross-Origin-Opener-Policy"] = "same-origin",
  ["Cross-Origin-Resource-Policy"] = "same-origin",
})

--- From now on every reply says that this site is asked for by https alone.  While loading.
---@param seconds integer
function M.require_tls(seconds)
  host.headers({ ["Strict-Transport-Security"] = ("max-age=%d"):format(seconds) })
end

-- Those that scripts/web looks for or adds itself, by their names in lower case.
local SPELLINGS = {}
for _, name in ipairs({ "Allow", "Cache-Control", "Content-Type", "Location", "Retry-After", "Set-Cookie", "Vary",
  "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
  "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy" }) do
  SPELLINGS[name:lower()], SPELLINGS[name] = name, name
end

--- Gives the headers that scripts/web knows the names by which it does; of two spellings the other one was set later.
---@param headers table<string, string|string[]>
---@return table<string, string|string[]> headers the same
function M.spell(headers)
  local others
  for name in next, headers do
    if SPELLINGS[name] ~= name and type(name) == "string" and SPELLINGS[name:lower()] then
      others = others or {}
      others[#others + 1] = name
    end
  end
  if not others then
    return headers
  end
  for _, name in ipairs(others) do
    headers[SPELLINGS[name:lower()]], headers[name] = headers[name], nil
  end
  return headers
end

return M
