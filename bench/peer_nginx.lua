-- The put page, answered by a handler for nginx's Lua module (LuaJIT) in the way one would write it there.
-- Its texts and headers are those of our own answers (bench/peers keeps them in a folder, `@name@` where
-- something changes); the handler chooses the language, makes the values, escapes them and joins.
--
-- luacheck: globals ngx
local M = {}

local random = assert(io.open("/dev/urandom", "rb"))

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function escape(text)
  return (text:gsub("[&<>\"']", ENTITIES))
end

local values = {}

function values.once()
  local text = ngx.encode_base64(random:read(32), true)
  return (text:gsub("[+/]", { ["+"] = "-", ["/"] = "_" }))
end

function values.time()
  return os.date("!%Y-%m-%dT%H:%M", ngx.time() + 365 * 86400)
end

---@type table<string, { parts: (string|function)[], headers: string[][] }>
local pages = {}
local languages = {}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- Cuts the page of each language at what changes.
function M.load(folder, names)
  for language in names:gmatch("%S+") do
    local parts, headers = {}, {}
    for text, name in (read(folder .. "/put." .. language) .. "@@"):gmatch("(.-)@(%w*)@") do
      parts[#parts + 1] = text
      parts[#parts + 1] = values[name]
    end
    assert(#parts == 5, "the page has not the two fields that change")
    for name, value in read(folder .. "/put." .. language .. ".headers"):gmatch("([%w-]+): ([^\r\n]*)") do
      headers[#headers + 1] = { name, value }
    end
    pages[language] = { parts = parts, headers = headers }
    languages[#languages + 1] = language
  end
end

local function spoken(tag)
  for _, wanted in ipairs({ tag, tag:match("^%a+") }) do
    for _, language in ipairs(languages) do
      if language:lower() == wanted or language:match("^%a+") == wanted then
        return language
      end
    end
  end
end

local function preferred(header)
  local best, weight = "en", 0
  for item in header:gmatch("[^,]+") do
    local tag, q = item:match("^%s*([%w-]+)%s*;?%s*q?=?([%d.]*)")
    local language = tag and spoken(tag:lower())
    q = tonumber(q) or 1
    if language and q > weight then
      best, weight = language, q
    end
  end
  return best
end

-- What was chosen for a header; forgotten when it grows.
local remembered, count = {}, 0

local function language()
  local chosen = ngx.var.cookie_lang
  if chosen and pages[chosen] then
    return chosen
  end
  local header = ngx.var.http_accept_language or ""
  if not remembered[header] then
    if count == 256 then
      remembered, count = {}, 0
    end
    remembered[header], count = preferred(header), count + 1
  end
  return remembered[header]
end

function M.answer()
  ngx.ctx.request_id = ngx.var.request_id
  local page = pages[language()]
  local out, size = {}, 0
  for i, part in ipairs(page.parts) do
    out[i] = type(part) == "function" and escape(part()) or part
    size = size + #out[i]
  end
  for _, header in ipairs(page.headers) do
    ngx.header[header[1]] = header[2]
  end
  ngx.header["Content-Length"] = size
  ngx.print(out)
end

return M
