--- The one place where an error kind becomes an HTTP status.
---
--- A handler returns `nil, message, kind`: the host's kinds (io, conflict, state, timeout, limit, input; of mail also
--- temporary, permanent, auth, policy) or one of the two that the host has no use for (missing, forbidden).
local M = {}

---@class web.ErrorKind
---@field status integer
---@field retry_after integer? seconds after which trying again makes sense

---@type table<string, web.ErrorKind>
local KINDS = {
  io = { status = 503, retry_after = 5 },
  timeout = { status = 503, retry_after = 5 },
  limit = { status = 503, retry_after = 2 },
  conflict = { status = 409 },
  state = { status = 409 },
  input = { status = 422 },
  temporary = { status = 503, retry_after = 60 },
  permanent = { status = 422 },
  auth = { status = 503, retry_after = 60 },
  policy = { status = 503, retry_after = 60 },
  missing = { status = 404 },
  forbidden = { status = 403 },
}

-- Where an error reply says nothing itself about when to come back.
local RETRY_AFTER = { [429] = 60, [503] = 5 }

local TITLES = {
  [200] = "OK", [201] = "Created", [204] = "No Content", [303] = "See Other", [400] = "Bad Request",
  [401] = "Unauthorized", [403] = "Forbidden", [404] = "Not Found", [405] = "Method Not Allowed", [409] = "Conflict",
  [410] = "Gone", [413] = "Content Too Large", [414] = "URI Too Long", [415] = "Unsupported Media Type",
  [422] = "Unprocessable Content", [429] = "Too Many Requests", [431] = "Request Header Fields Too Large",
  [500] = "Internal Server Error", [501] = "Not Implemented", [503] = "Service Unavailable",
  [504] = "Gateway Timeout",
}

--- The status of a kind, and after how many seconds to try again.  A failure without a kind is ours: 500.
---@param kind string?
---@return integer? status nil: there is no such kind
---@return integer? retry_after
function M.of(kind)
  if kind == nil then
    return 500, nil
  end
  local known = KINDS[kind]
  if not known then
    return nil, nil
  end
  return known.status, known.retry_after
end

--- Every kind, for a message.
---@return string
function M.kinds()
  local list = {}
  for kind in pairs(KINDS) do
    list[#list + 1] = kind
  end
  table.sort(list)
  return table.concat(list, ", ")
end

--- How long a client should wait after this status, unless the reply says so; nil when waiting would not help.
---@param status integer
---@return integer?
function M.retry_after(status)
  return RETRY_AFTER[status]
end

--- The English phrase of a status.
---@param status integer
---@return string
function M.title(status)
  return TITLES[status] or (status >= 500 and "Server Error" or "Error")
end

return M
