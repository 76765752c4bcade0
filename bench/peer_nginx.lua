-- The peer of `bench/peers`: our put page, answered by a handler for nginx's Lua module (LuaJIT) in
-- the way one would write it there.  Its text is that of our own page, cut once at what differs
-- from request to request; the handler makes those values, escapes them and joins.
--
-- luacheck: globals ngx
local M = {}

local random = assert(io.open("/dev/urandom", "rb"))

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function escape(text)
  return (text:gsub("[&<>\"']", ENTITIES))
end

local function token()
  local text = ngx.encode_base64(random:read(32), true)
  return (text:gsub("[+/]", { ["+"] = "-", ["/"] = "_" }))
end

-- What our page shows of `form.fresh()`.
local makers = {
  once = token,
  time = function()
    return os.date("!%Y-%m-%d %H:%M", ngx.time() + 365 * 86400)
  end,
}

local parts = {}

--- Cuts the page at the values of its fields.
function M.load(path)
  local file = assert(io.open(path, "rb"))
  local page = file:read("*a")
  file:close()
  local at = 1
  for tag, before, name in page:gmatch('()<input[^>]-()name="(%w+)"') do
    if makers[name] and before then
      local from, to = page:match('value="()[^"]*()"', tag)
      parts[#parts + 1] = page:sub(at, from - 1)
      parts[#parts + 1] = makers[name]
      at = to
    end
  end
  assert(#parts == 4, "the page has not the two fields that change")
  parts[#parts + 1] = page:sub(at)
end

local function language()
  local cookie = ngx.var.cookie_lang
  local accepted = ngx.var.http_accept_language
  return cookie or accepted and accepted:match("^%a+") or "en"
end

function M.answer()
  local out = {}
  for i = 1, #parts do
    local part = parts[i]
    out[i] = type(part) == "function" and escape(part()) or part
  end
  local body = table.concat(out)
  local header = ngx.header
  header["Content-Type"] = "text/html; charset=utf-8"
  header["Content-Language"] = language()
  header["Content-Length"] = #body
  header["Cache-Control"] = "private, no-cache"
  header["Vary"] = "Accept-Language, Cookie"
  header["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    .. "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
  header["X-Content-Type-Options"] = "nosniff"
  header["Referrer-Policy"] = "no-referrer"
  header["Permissions-Policy"] = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
  header["Cross-Origin-Opener-Policy"] = "same-origin"
  header["Cross-Origin-Resource-Policy"] = "same-origin"
  ngx.print(body)
end

return M
