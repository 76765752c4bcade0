--- A small HTTP/1.1 client for specs: it sends exactly what it is told, also what no client
--- should, and hands back everything that came.
local socket = require("socket")

local M = {}

--- How long an answer may take, in seconds.
M.TIMEOUT = 20

---@class spec.Response
---@field status integer
---@field reason string
---@field headers table<string, string> Names in lower case; repeated ones joined by ", ".
---@field cookies string[] Every Set-Cookie as it came.
---@field body string
---@field head string Status line and headers as they came.
local Response = {}
Response.__index = Response

--- What a failed expectation shows.
function Response:__tostring()
  local body = #self.body > 2000 and self.body:sub(1, 2000) .. "…" or self.body
  return self.head .. body
end

local function fail(response, message)
  error(message .. "\n--- in the answer:\n" .. tostring(response), 3)
end

--- Holds the status and headers against what is expected.  A header's value is the whole text;
--- `true` for any, `false` for none; `{ has = "text" }` for a part.
---@param expected { status?: integer, headers?: table, header?: table, body?: string }
---@return spec.Response
function Response:expect(expected)
  if expected.status and self.status ~= expected.status then
    fail(self, ("expected status %d, got %d"):format(expected.status, self.status))
  end
  for name, want in pairs(expected.headers or expected.header or {}) do
    local got = self.headers[name:lower()]
    local met = want == got
    if type(want) == "boolean" then
      met = want == (got ~= nil)
    elseif type(want) == "table" then
      met = got ~= nil and got:find(want.has, 1, true) ~= nil
    end
    if not met then
      local text = type(want) == "table" and "…" .. want.has .. "…" or tostring(want)
      fail(self, ("expected header %s: %s, got %s"):format(name, text, tostring(got)))
    end
  end
  if expected.body and self.body ~= expected.body then
    fail(self, ("expected the body %q"):format(expected.body))
  end
  return self
end

--- Every text given must be in the body.
function Response:expect_body(...)
  for _, text in ipairs({ ... }) do
    if not self.body:find(text, 1, true) then
      fail(self, ("expected %q in the body"):format(text))
    end
  end
  return self
end

--- None of the texts may be in the body, nor in the headers.
function Response:expect_no_body(...)
  for _, text in ipairs({ ... }) do
    if self.body:find(text, 1, true) or self.head:find(text, 1, true) then
      fail(self, ("expected nothing of %q"):format(text))
    end
  end
  return self
end

--- The body as its reader sees it: one that came as gzip is unpacked by gzip itself, which judges it.
---@return string
function Response:unpacked()
  if self.headers["content-encoding"] ~= "gzip" then
    return self.body
  end
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(self.body)
  file:close()
  local pipe = assert(io.popen("gzip -dc " .. path))
  local text, good = pipe:read("a"), pipe:close()
  os.remove(path)
  return good and text or fail(self, "expected gzip")
end

--- The value of a cookie that this answer sets, or nil.
function Response:cookie(name)
  for _, line in ipairs(self.cookies) do
    local key, value = line:match("^([^=]+)=([^;]*)")
    if key == name then
      return value
    end
  end
  return nil
end

--- The body as JSON.
function Response:json()
  return require("cjson").decode(self.body)
end

--- The value of the form field of that name, with entities undone; nil where there is none.
function Response:field(name)
  for tag in self.body:gmatch("<input%s[^>]*>") do
    if tag:find('name="' .. name .. '"', 1, true) then
      return M.unescape(tag:match('%svalue="([^"]*)"') or "")
    end
  end
  local text = self.body:match('<textarea[^>]*name="' .. name .. '"[^>]*>(.-)</textarea>')
  return text and M.unescape(text)
end

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"' }

function M.unescape(text)
  text = text:gsub("&#x(%x+);", function(hex)
    return utf8.char(tonumber(hex, 16))
  end)
  text = text:gsub("&#(%d+);", function(number)
    return utf8.char(tonumber(number))
  end)
  return (text:gsub("&(%a+);", ENTITIES))
end

function M.percent(text)
  return (tostring(text):gsub("[^%w%-._~]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- A table as application/x-www-form-urlencoded, sorted so that specs are the same each time.
function M.form(fields)
  local parts = {}
  for name, value in pairs(fields) do
    parts[#parts + 1] = M.percent(name) .. "=" .. M.percent(value)
  end
  table.sort(parts)
  return table.concat(parts, "&")
end

---@class spec.Connection
local Connection = {}
Connection.__index = Connection

--- address is { host, port } or { path = … } for a Unix socket.
function M.connect(address)
  local conn
  if address.path then
    conn = assert(require("socket.unix")())
    assert(conn:connect(address.path))
  else
    conn = assert(socket.connect(address.host, address.port))
    conn:setoption("tcp-nodelay", true)
  end
  conn:settimeout(M.TIMEOUT)
  return setmetatable({ socket = conn, address = address }, Connection)
end

--- Bytes as they are.  Failing to send is no error: a server may refuse early.
function Connection:send(bytes)
  local sent, why = self.socket:send(bytes)
  return sent ~= nil, why
end

function Connection:close()
  self.socket:close()
end

--- Half-closes: the server sees the end, and may still answer.
function Connection:finish()
  self.socket:shutdown("send")
end

--- Everything until the server closes, or nil and what came when it does not.
function Connection:rest()
  local all, why, part = self.socket:receive("*a")
  if not all and why ~= "closed" then
    return nil, part
  end
  return all or part
end

local function read_headers(conn, response)
  local lines = { response.head }
  while true do
    local line = assert(conn:receive("*l"))
    lines[#lines + 1] = line
    if line == "" then
      break
    end
    local name, value = line:match("^([^:%s]+):%s*(.-)%s*$")
    assert(name, "a malformed header line: " .. line)
    name = name:lower()
    if name == "set-cookie" then
      table.insert(response.cookies, value)
    end
    local before = response.headers[name]
    response.headers[name] = before and before .. ", " .. value or value
  end
  response.head = table.concat(lines, "\n") .. "\n"
end

local function read_chunks(conn)
  local parts = {}
  while true do
    local size = tonumber(assert(conn:receive("*l")):match("^%x+"), 16)
    if size == 0 then
      break
    end
    parts[#parts + 1] = assert(conn:receive(size))
    assert(conn:receive("*l"))
  end
  repeat
    local trailer = assert(conn:receive("*l"))
  until trailer == ""
  return table.concat(parts)
end

--- The next answer on the connection; nil, message when it ends or stays silent instead.
--- method tells whether a body follows.  "100 Continue" is skipped, unless it is wanted.
---@return spec.Response?
function Connection:response(method, interim)
  local conn = self.socket
  local line, why = conn:receive("*l")
  if not line then
    return nil, why
  end
  local status, reason = line:match("^HTTP/1%.[01] (%d%d%d) ?(.*)$")
  assert(status, "not a status line: " .. line)
  local response = setmetatable({ status = tonumber(status), reason = reason, headers = {},
    cookies = {}, body = "", head = line }, Response)
  read_headers(conn, response)
  if response.status == 100 then
    return interim and response or self:response(method)
  end
  local bodiless = method == "HEAD" or response.status == 204 or response.status == 304
  if not bodiless then
    local length = tonumber(response.headers["content-length"])
    if response.headers["transfer-encoding"] == "chunked" then
      response.body = read_chunks(conn)
    elseif length then
      response.body = length > 0 and assert(conn:receive(length)) or ""
    else
      response.body = self:rest() or ""
    end
  end
  return response
end

--- Sends one request: { method, path, headers, body }.  A header given as a list is repeated.
function Connection:ask(request)
  local lines = { ("%s %s HTTP/1.1"):format(request.method or "GET", request.path) }
  local given = {}
  for name, value in pairs(request.headers or {}) do
    given[name:lower()] = true
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      lines[#lines + 1] = name .. ": " .. tostring(one)
    end
  end
  if not given.host then
    table.insert(lines, 2, "Host: " .. (self.address.host or "localhost"))
  end
  if request.body and not given["content-length"] and not given["transfer-encoding"] then
    lines[#lines + 1] = "Content-Length: " .. #request.body
  end
  return self:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. (request.body or ""))
end

--- Asks and waits for the answer, on this connection.
---@return spec.Response
function Connection:request(request)
  self:ask(request)
  local response, why = self:response(request.method)
  return response
    or error(("no answer to %s %s: %s"):format(request.method or "GET", request.path, why), 2)
end

--- One request on a connection of its own.
function M.request(address, request)
  local conn = M.connect(address)
  local ok, response = pcall(conn.request, conn, request)
  conn:close()
  return ok and response or error(response, 3)
end

return M
