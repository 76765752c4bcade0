--- Addresses that leave the site, in letters, QR codes, calendars and the API: made of the setting
--- --public-url alone, never of what a request says its Host is.
local public_url = require("host").config.public_url

local M = {}

--- Where the site begins at its public address: "" or, for https://host/capsule, "/capsule".  Every
--- path that is told to a browser begins so; a proxy takes it off again before it asks us.
---@type string
M.prefix = (public_url or ""):match("^%a+://[^/]+(/.*)$") or ""

--- The whole address of a path of this site.
---@param path string "/open"
---@return string? link Nil without a public address.
---@example link.to("/open") --> "https://capsule.example/open"
function M.to(path)
  return public_url and public_url .. path or nil
end

--- The whole address of a path that a browser was told, which begins with the prefix.
---@param path string "/capsule/open", or "" for the site's origin
---@return string? link Nil without a public address.
---@example link.whole("/open") --> "https://capsule.example/open"
function M.whole(path)
  local origin = (public_url or ""):match("^%a+://[^/]+")
  return origin and origin .. path or nil
end

--- Our public name, for identifiers that want one.
---@return string
---@example link.host() --> "capsule.example"
function M.host()
  local host = (public_url or ""):match("^%a+://([%w%.%-]+)")
  return host or "time-capsule.localhost"
end

return M
