--- Addresses that leave the site, in QR codes, calendars and the API: made of the setting
--- --public-url alone, never of what a request says its Host is.
local config = require("host").config

local M = {}

--- A capsule's link carries its key in the fragment, which browsers send to nobody.
---@param key string
---@return string? link Nil without a public address.
function M.to_capsule(key)
  return config.public_url and config.public_url .. "/open#" .. key or nil
end

--- Our public name, for identifiers that want one.
---@return string
function M.host()
  local host = (config.public_url or ""):match("^%a+://([%w%.%-]+)")
  return host or "time-capsule.localhost"
end

return M
