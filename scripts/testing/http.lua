--- What an example fetches: nothing leaves the machine, other servers are stubs.
local http = require("host.http")

local M = {}

---@class testing.Request : host.http.request
---@field method string

--- What was asked of stubs, the oldest first.
---@type testing.Request[]
M.requests = {}

---@type { url: string, answer: table|fun(request: testing.Request): table?, string?, host.kind? }[]
local stubs = {}

--- From now on `http.fetch` of that URL is answered so.  The latest stub counts.
---@param url string the whole of it; with `*` at its end, what begins so
---@param answer table|function `{ status = 200, headers = {}, body = "" }`, of which each may be left out; or what is
---       given the request and returns such a table, or `nil, message, kind` where nobody answers
function M.stub(url, answer)
  if type(url) ~= "string" or (type(answer) ~= "table" and type(answer) ~= "function") then
    error("http.stub takes a URL and an answer: a table or a function", 2)
  end
  table.insert(stubs, 1, { url = url, answer = answer })
end

local function matches(stub, url)
  if stub.url:sub(-1) == "*" then
    return url:sub(1, #stub.url - 1) == stub.url:sub(1, -2)
  end
  return stub.url == url
end

local function answer_of(stub, request)
  local answer, message, kind = stub.answer, nil, nil
  if type(answer) == "function" then
    answer, message, kind = answer(request)
  end
  if not answer then
    return nil, message or "nobody answers", kind or "io"
  end
  return { status = answer.status or 200, headers = answer.headers or {}, body = answer.body or "",
    url = answer.url or request.url }
end

local function fetch(asked)
  if type(asked) ~= "table" or type(asked.url) ~= "string" then
    error("host.http.fetch: a fetch needs url", 2)
  end
  local request = { method = "GET", headers = {}, body = "" }
  for name, value in pairs(asked) do
    request[name] = value
  end
  for _, stub in ipairs(stubs) do
    if matches(stub, request.url) then
      M.requests[#M.requests + 1] = request
      return answer_of(stub, request)
    end
  end
  error(("host.http.fetch: this example has no stub for %s; http.stub(url, answer) makes one"):format(request.url), 2)
end

--- Puts ours in the place of the host's.
function M.install()
  http.fetch = fetch
end

--- No stubs, and nothing was asked.
function M.reset()
  stubs = {}
  for i = #M.requests, 1, -1 do
    M.requests[i] = nil
  end
end

return M
