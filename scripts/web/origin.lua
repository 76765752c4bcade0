--- Whether a request that acts was made by a page of another site, in the name of a reader who knows nothing of it.
---
--- Browsers say so: by `Sec-Fetch-Site`, and older ones by the `Origin` of the page.  Whoever says neither is no
--- browser, or one that was told not to say (`null`); both pass.  A host is compared without its port, which proxies
--- leave out of Host, and with the public address too, for those that do not hand Host on.
local host = require("host")

local M = {}

local ACTS = { POST = true, PUT = true, PATCH = true, DELETE = true }

--- The host of "https://host:port", of "host:port" or of "[::1]:port", in lower case; nil of nothing.
local function host_of(text)
  text = text and text:lower():gsub("^%a[%w+.-]*://", "")
  return text and (text:match("^%[[^%]]*%]") or text:match("^[^:/]*"))
end

---@param req table
---@return boolean
function M.is_foreign(req)
  if not ACTS[req.method] then
    return false
  end
  if req:header("Sec-Fetch-Site") == "cross-site" then
    return true
  end
  local origin = req:header("Origin")
  if not origin or origin == "null" then
    return false
  end
  local from = host_of(origin)
  return from ~= host_of(req:header("Host")) and from ~= host_of(host.config.public_url)
end

return M
