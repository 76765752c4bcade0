--- What exists with --watch alone, for the person who is changing the files: pages that fetch
--- themselves again when a new generation runs, and a page that shows an error with all that is
--- known about it.  It shows sources: main.lua asks for this module only then.
local host = require("host")
local reply = require("web.reply")
local template = require("text.template")

local AROUND = 4 -- lines before and after the one that matters
local EXCERPTS = 4

--- Headers whose values are secrets of whoever asks.
local HIDDEN = {
  cookie = true,
  authorization = true,
  ["proxy-authorization"] = true,
  ["idempotency-key"] = true,
}

-- Places ------------------------------------------------------------------------------------

--- The paths of all scripts and templates, by what messages call them.
local function origins()
  local paths = {}
  for _, prefix in ipairs({ "scripts/", "templates/" }) do
    for _, path in ipairs(host.list(prefix)) do
      paths[host.origin(path)] = path
    end
  end
  return paths
end

--- The origin that a message means; Lua writes only the end of a long one, behind "...".
local function origin_of(paths, name)
  local tail = name:match("^%.%.%.(.+)$")
  if paths[name] or not tail then
    return paths[name] and name
  end
  for origin in pairs(paths) do
    if origin:sub(-#tail) == tail then
      return origin
    end
  end
  return nil
end

local function lines_around(source, wanted)
  local lines, number = {}, 0
  for text in (source .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    if math.abs(number - wanted) <= AROUND then
      lines[#lines + 1] = { number = number, text = text, here = number == wanted }
    end
  end
  return lines
end

--- Marks a line in an excerpt that shows it already.
local function mark(list, origin, wanted)
  for _, excerpt in ipairs(list) do
    for _, line in ipairs(excerpt.origin == origin and excerpt.lines or {}) do
      if line.number == wanted then
        line.here = true
        return true
      end
    end
  end
  return false
end

--- The source around the places that a message and its stacks name, the nearest first.  How
--- web/ came there helps nobody.
local function excerpts_of(why)
  local paths, list = origins(), {}
  for name, digits in why:gmatch("([^%s:][^\n\t:]*):(%d+):") do
    local origin, line = origin_of(paths, name), tonumber(digits)
    local ours = origin and origin:find("^scripts/web/") ~= nil
    if origin and not (ours and list[1]) and not mark(list, origin, line) and #list < EXCERPTS then
      list[#list + 1] = { origin = origin, place = ("%s:%d"):format(origin, line),
        lines = lines_around(host.read(paths[origin]), line) }
    end
  end
  return list
end

-- The request -------------------------------------------------------------------------------

local function names(...)
  local list = {}
  for _, fields in ipairs({ ... }) do
    for name in pairs(fields) do
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return table.concat(list, ", ")
end

local function headers_of(req)
  local list = {}
  for name, value in pairs(req.headers) do
    list[#list + 1] = { name = name, value = HIDDEN[name] and "(not shown)" or value }
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

--- Everything that the page shows.  Names of fields, never their values: those are people's.
local function describe(req, status, why)
  why = why or "the reason is in the log"
  local message, stack = why:match("^(.-)\n(stack traceback:.*)$")
  return {
    status = status,
    message = message or why,
    stack = stack or "",
    excerpts = excerpts_of(why),
    method = req.method,
    path = req.path,
    route = req.route or "none",
    request_id = req.id,
    query = names(req.query),
    form = names(req.form, req.files),
    headers = headers_of(req),
    statements = host.statements(req.id),
    generation = host.generation,
    digest = host.status().digest,
    refreshes = req.method == "GET",
  }
end

local M = {}

--- The answer to a request that failed.
---@param req table
---@param status integer
---@param why string? a message, maybe with stacks
---@return table reply
function M.page(req, status, why)
  local seen = describe(req, status, why)
  if reply.wants_json(req) then
    return reply.problem(status, { detail = seen.message, stack = seen.stack, request_id = req.id })
  end
  return { status = status, headers = { ["Content-Type"] = "text/html; charset=utf-8" },
    body = template.render("pages/developer", "en", seen, req) }
end

--- Whether the reader sits at this machine, and no proxy asks for somebody else: nobody else is shown a source.
---@param req table
---@return boolean
function M.is_near(req)
  local is_loopback = req.ip == "::1" or req.ip:find("^127%.") ~= nil
  return is_loopback and not (req:header("Forwarded") or req:header("X-Forwarded-For") or req:header("X-Real-IP"))
end

--- Sets an app up for a developer.
function M.install(app)
  app:before(function(req)
    req.watching = req.method == "GET" and M.is_near(req)
  end)
  app:on_failure(M.page, M.is_near)
  app:get("developer.generation", "/-/generation", function(req)
    local failure = M.is_near(req) and host.failure() or ""
    return reply.no_store(reply.text(("%d\n%s"):format(req.generation, failure)))
  end)
end

return M
