--- Every answer of the public listener's that is an error: a page for people, problem+json for the API.  None of them
--- needs the database.
local log = require("host.log")
local metrics = require("host.metrics")
local form = require("text.form")
local link = require("web.link")
local reply = require("web.reply")
local template = require("text.template")

local M = {}

template.still("pages/error", { "key_help", "advised", "kept", "explained", "told", "repeated", "switched",
  "relinked" })

local NOTHING = { fields = {} }

--- Kinds of what may last: a disk that is full, a mail server that is away.
local LASTING = { io = true, temporary = true, auth = true, policy = true }

-- By the name of a post.
local READING, FORM_AT = {}, {}

--- What an error's page has to know of a post to be there in the other languages, said where its route is declared.
--- reads: it only reads when this is what it is to `do`, so that what was sent may be sent once more.  form: where its
--- form is, if its address shows nothing by itself.
---@param route string
---@param declared { reads: string?, form: string? }
function M.of_post(route, declared)
  READING[route], FORM_AT[route] = declared.reads, declared.form
end

--- Does that post never change anything?
---@param route string?
---@return boolean
function M.only_reads(route)
  return READING[route] == ""
end

--- The longest key, with a separator behind each symbol.
local LONGEST_KEY = 64

--- Statuses that have words of their own; others borrow those of 400 or 500.
local TOLD = {
  [400] = true,
  [403] = true,
  [404] = true,
  [405] = true,
  [409] = true,
  [413] = true,
  [415] = true,
  [422] = true,
  [429] = true,
  [500] = true,
  [503] = true,
}

--- What is said of a status: its title, message or advice.
---@param req table
---@param status integer
---@param part "title"|"message"|"advice"
---@return string
function M.words(req, status, part)
  local told = TOLD[status] and status or (status < 500 and 400 or 500)
  return req.t(("status.%d_%s"):format(told, part))
end

--- What a post sent, for a form that sends it once more: what is text.
---@param req table
---@param wish string? for `do` instead of its own
---@return string[][] fields of names and values
function M.sent(req, wish)
  local fields = {}
  for name, value in pairs(req.form) do
    if form.length(name) and form.length(value) and not (wish and name == "do") then
      fields[#fields + 1] = { name, value }
    end
  end
  table.sort(fields, function(a, b)
    return a[1] < b[1]
  end)
  if wish and wish ~= "" then
    fields[#fields + 1] = { "do", wish }
  end
  return fields
end

--- How the answer to a post is had in another language, once nothing of it can be fetched by its address: by sending
--- once more what reads only; else by a link, to the form or to the error that its own address shows.  What another
--- site has sent is not sent for it.
---@return table context
local function switch(req, foreign)
  if req.method ~= "POST" then
    return { switched = false, relinked = false }
  end
  local wish = not foreign and next(req.form) and READING[req.route]
  local at = FORM_AT[req.route]
  return {
    switched = not not wish,
    relinked = not wish,
    action = link.prefix .. req.path,
    fields = wish and M.sent(req, wish) or {},
    languages_at = (at and link.prefix .. at or "") .. "?",
  }
end

--- An error page.  It begins with a sentence: the title that is given, and the message below it, or the message alone.
---@param req table
---@param status integer
---@param more { title: string?, message: string?, advice: string?, key_help: boolean?, key: string?, foreign: boolean?,
---       again: { action: string, fields: string[][] }? }? again: a button that sends once more what was sent
---@return table reply
function M.page(req, status, more)
  more = more or {}
  local context = switch(req, more.foreign)
  context.title = M.words(req, status, "title")
  context.message = more.message or M.words(req, status, "message")
  context.headline, context.told = more.title or context.message, more.title ~= nil
  context.advice = more.advice or M.words(req, status, "advice")
  context.advised = context.advice ~= ""
  context.request_id = req.id
  context.why, context.explained = req.why or "", req.why ~= nil
  context.key_help, context.key = more.key_help or false, more.key or ""
  context.repeated, context.again = more.again ~= nil, more.again or NOTHING
  -- These alone: the form to open is emptied when it is left.
  context.kept = req.route == "put.submit" or req.route == "add.letter"
  return reply.html(req, "pages/error", context, { status = status })
end

--- An error of the API (RFC 9457).
---@param req table
---@param status integer
---@param more table? Further members: detail, errors …
---@return table reply
function M.problem(req, status, more)
  local members = {
    title = M.words(req, status, "title"),
    detail = M.words(req, status, "message"),
    request_id = req.id,
    why = req.why,
  }
  for name, value in pairs(more or {}) do
    members[name] = value
  end
  return reply.problem(status, members)
end

--- Answers what no handler rendered.
---@param req table
---@param status integer
---@param kind string?
---@param _ string? For developers.
---@param said string? To everybody, instead of what we say.
---@return table reply
function M.handle(req, status, kind, _, said)
  local told = {}
  if kind == "foreign" or kind == "stale" then
    told = { title = req.t("status.foreign_title"), message = req.t("status." .. kind), foreign = true }
  end
  told.message = said or told.message
  if LASTING[kind] then
    told.advice = M.words(req, 500, "advice")
  end
  if reply.wants_json(req) then
    return M.problem(req, status, { detail = told.message })
  end
  return M.page(req, status, told)
end

--- What somebody typed for a key, to be put right; longer than any key, or no text: nothing.
local function as_typed(key)
  return type(key) == "string" and #key <= LONGEST_KEY and form.length(key) and key or ""
end

--- The one answer for keys that are unknown, malformed, disabled or deleted: on a page with what
--- was typed, whatever it was.
---@param req table
---@return table reply
function M.no_capsule(req)
  metrics.counter("tc_capsules_not_found_total")
  local message = req.t("status.no_capsule")
  if reply.wants_json(req) then
    return M.problem(req, 404, { detail = message })
  end
  return M.page(req, 404, { message = message, key_help = true, key = as_typed(req.form.key) })
end

--- A stored row that fails to open: a fault of the database, never shown as an unknown key.
---@param req table
---@param found { id: integer }
---@return table reply
function M.broken(req, found)
  metrics.counter("tc_seal_failures_total")
  log.error("a stored capsule does not open: its row was changed", { capsule = found.id })
  return M.handle(req, 500)
end

return M
