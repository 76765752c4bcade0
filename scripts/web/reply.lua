--- Makes replies.  A reply is a plain table `{ status, headers, body }`, `{ status, headers, stream }` or
--- `{ file, headers }`, fresh each time: whoever gets one may change it.
local accept = require("web.accept")
local cookie = require("web.cookie")
local statuses = require("web.status")
local json = require("host.json")
local known = require("text.options")
local security = require("web.security")
local serving = require("web.serving")
local template = require("text.template")

local M = {}

local HTML = "text/html; charset=utf-8"
local VARY = "Accept-Language, Cookie"

local function add(headers, more)
  if more then
    for name, value in pairs(more) do
      headers[name] = value
    end
    security.spell(headers)
  end
  return headers
end

local OPTIONS = { status = "number", headers = "table" }

--- A page: a template with its layout, in the reader's language.  Its forms tell us where they came from, unless its
--- address has a query, which may be a secret.
---@param req table
---@param name string "pages/put"
---@param context table? the names that the template sees; a plain table
---@param options { status: integer?, headers: table? }?
---@return reply
---@example reply.html(req, "pages/example", { name = "<Ann>" }).status --> 200
function M.html(req, name, context, options)
  if options then
    known.check("a page", options, OPTIONS, 2)
  end
  local body = template.parts(name, req.lang, context, req)
  local headers = { ["Content-Type"] = HTML, ["Vary"] = VARY, ["Cache-Control"] = nil, ["Referrer-Policy"] = nil }
  local target = req.target
  if target and (target == req.path or not target:find("?", 1, true)) then
    headers["Referrer-Policy"] = "same-origin" -- under no-referrer browsers send a form with `Origin: null`
  end
  if not options then
    return { status = 200, headers = headers, body = body }
  end
  return { status = options.status or 200, headers = add(headers, options.headers), body = body }
end

--- The application's own page (or problem+json) of an error, for a handler that has its reasons.
---@param req table
---@param status integer 400 to 599
---@param words string? instead of the page's sentence; seen by everybody
---@return reply
---@example reply.error(req, 404, "No such sentence.").status --> 404
function M.error(req, status, words)
  if math.type(status) ~= "integer" or status < 400 or status > 599 then
    error("an error's status is a number from 400 to 599", 2)
  end
  return serving.say_error(req, status, words)
end

--- A value as JSON.
---@param value any what host.json can encode
---@param status integer?
---@param headers table?
---@return reply
---@example reply.json({ "a", 1 }).body --> '["a",1]'
function M.json(value, status, headers)
  return { status = status or 200, headers = add({ ["Content-Type"] = "application/json" }, headers),
    body = json.encode(value) }
end

--- An error as RFC 9457 says it.  Fields besides `title` and `detail` become members; `headers` become headers.
---@param status integer
---@param fields { title: string?, detail: string?, headers: table?, [string]: any }?
---@return reply
---@example reply.problem(409, { detail = "There is one." }).headers["Content-Type"] --> "application/problem+json"
function M.problem(status, fields)
  local problem = { type = "about:blank", title = statuses.title(status), status = status }
  local headers = { ["Content-Type"] = "application/problem+json" }
  for name, value in pairs(fields or {}) do
    if name == "headers" then
      add(headers, value)
    else
      problem[name] = value
    end
  end
  return { status = status, headers = headers, body = json.encode(problem) }
end

--- Plain text.
---@param text string
---@param status integer?
---@param headers table?
---@return reply
---@example reply.text("Hello").headers["Content-Type"] --> "text/plain; charset=utf-8"
function M.text(text, status, headers)
  return { status = status or 200, body = text,
    headers = add({ ["Content-Type"] = "text/plain; charset=utf-8" }, headers) }
end

--- A file of the generation.
---@param path string "static/favicon.ico"
---@param headers table?
---@return reply
---@example reply.file("static/favicon.ico").file --> "static/favicon.ico"
function M.file(path, headers)
  return { file = path, headers = add({}, headers) }
end

--- A body that is written piece by piece, for what is too large to be held or not known yet.  `write(text)` waits until
--- the client has taken the text.  The function has as long as any handler (--limit-time, 10 s), in which the time that
--- a slow client takes counts; --limit-answer is of one text.  At its deadline and where it raises the client sees a
--- download that broke off, but what it raises before its first text is an error page.
---@param fn fun(write: fun(text: string|number)) not called for HEAD
---@param status integer?
---@param headers table?
---@return reply
---@example return reply.stream(function(write) for i = 1, 3 do write(i .. "\n") end end)
function M.stream(fn, status, headers)
  if type(fn) ~= "function" then
    error("a stream takes a function(write)", 2)
  end
  return { status = status or 200, stream = fn,
    headers = add({ ["Content-Type"] = "application/octet-stream" }, headers) }
end

--- 204, which has no body.
---@param headers table?
---@return reply
---@example reply.empty().status --> 204
function M.empty(headers)
  return { status = 204, headers = add({}, headers), body = "" }
end

--- To another page of ours.  Raises at anything but a path: what comes from a request must not lead a reader away.
---@param url string "/put"
---@param status integer? 303 when absent: the browser asks for the page by GET
---@return reply
---@example reply.redirect("/open").headers.Location --> "/open"
function M.redirect(url, status)
  if type(url) ~= "string" or url:find("[%c\\]") or url:sub(1, 1) ~= "/" or url:sub(2, 2) == "/" then
    error("a redirect leads to a path of this site only", 2)
  end
  return { status = status or 303, headers = { ["Location"] = url }, body = "" }
end

--- The body as one text, for a hook that looks into it (a page's is an array of parts).
---@param rep table
---@return string?
---@example reply.text_of({ body = { "a", "b" } }) --> "ab"
function M.text_of(rep)
  return type(rep.body) == "table" and table.concat(rep.body) or rep.body
end

--- Marks a reply as one that nobody may keep.  Errors and answers to a post are, unless they have a Cache-Control.
---@generic R : table
---@param rep R
---@return R
---@example reply.no_store(reply.text("mine")).headers["Cache-Control"] --> "no-store"
function M.no_store(rep)
  security.spell(rep.headers)["Cache-Control"] = "no-store"
  return rep
end

--- Adds a cookie to a reply, beside those it has.
---@param rep table
---@param name string
---@param value string
---@param options web.CookieOptions?
---@return reply
---@example reply.set_cookie(reply.empty(), "a", "b").headers["Set-Cookie"]:match("^%w+=%w+") --> "a=b"
function M.set_cookie(rep, name, value, options)
  local line = cookie.format(name, value, options)
  local before = security.spell(rep.headers)["Set-Cookie"]
  if before == nil then
    rep.headers["Set-Cookie"] = line
  elseif type(before) == "table" then
    before[#before + 1] = line
  else
    rep.headers["Set-Cookie"] = { before, line }
  end
  return rep
end

--- Whether an error to this request should be problem+json: the API, or a client that likes JSON better than HTML.
---@param req table
---@return boolean
---@example reply.wants_json(req) --> false
function M.wants_json(req)
  if req.path and req.path:find("^/api/") then
    return true
  end
  local header = req:header("Accept")
  if not header then
    return false
  end
  local wanted = math.max(accept.weight(header, "application/json"), accept.weight(header, "application/problem+json"))
  return wanted > accept.weight(header, "text/html")
end

return M
