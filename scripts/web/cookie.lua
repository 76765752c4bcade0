--- Writes cookies.  (`req:cookie(name)` reads them.)
local known = require("text.options")
local link = require("web.link")

local M = {}

local SAME_SITE = { Lax = true, Strict = true, None = true }

local OPTIONS = { max_age = "number", path = "string", same_site = "string", http_only = "boolean", secure = "boolean" }

---@class web.CookieOptions
---@field max_age integer? seconds; absent: until the browser is closed; 0: delete it
---@field path string? the site's beginning when absent, "/" or "/capsule/"
---@field same_site "Lax"|"Strict"|"None"? "Lax" when absent
---@field http_only boolean? true when absent: no script of a page sees it
---@field secure boolean? sent over TLS only; pass `req.scheme == "https"`

--- The value of a Set-Cookie header.  Raises at what RFC 6265 does not allow, since a cut-off cookie is a fault that
--- shows much later.
---@param name string a token
---@param value string no space, quote, comma, semicolon, backslash or control character
---@param options web.CookieOptions?
---@return string
---@example cookie.format("theme", "dark", { max_age = 60 }):find("^theme=dark; ") --> 1, 12
function M.format(name, value, options)
  options = options or {}
  known.check("a cookie", options, OPTIONS, 2)
  if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+.^_`|~-]+$") then
    error(("'%s' cannot be the name of a cookie"):format(tostring(name)), 2)
  end
  if type(value) ~= "string" or value:find("[^%w!#$%%&'()*+%-./:<=>?@%[%]^_`{|}~]") then
    error(("the value of the cookie '%s' has a character that no cookie may have"):format(name), 2)
  end
  local path = options.path or link.prefix .. "/"
  if path:find("[%c;]") or path:sub(1, 1) ~= "/" then
    error(("the path of the cookie '%s' is not valid"):format(name), 2)
  end
  local same_site = options.same_site or "Lax"
  if not SAME_SITE[same_site] then
    error(("the cookie '%s' cannot have SameSite=%s"):format(name, tostring(same_site)), 2)
  end
  local parts = { name .. "=" .. value, "Path=" .. path }
  if options.max_age then
    parts[#parts + 1] = ("Max-Age=%d"):format(options.max_age)
  end
  parts[#parts + 1] = "SameSite=" .. same_site
  if options.http_only ~= false then
    parts[#parts + 1] = "HttpOnly"
  end
  if options.secure or same_site == "None" then
    parts[#parts + 1] = "Secure"
  end
  return table.concat(parts, "; ")
end

return M
