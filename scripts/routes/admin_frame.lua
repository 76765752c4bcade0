--- What all pages of the admin's have in common: the frame, and the answer to what went wrong.
local host = require("host")
local reply = require("web.reply")
local i18n = require("text.i18n")
local access = require("admin.access")
local page = require("admin.page")
local faults = require("routes.faults")

local M = {}

local FIRST = page.NAMES[1]

--- The page's own address.
---@param name string of a page
---@return string
function M.path_of(name)
  return name == FIRST and "/" or "/" .. name
end

--- Those that need no database.
local ALONE = { overview = true, generations = true, errors = true, settings = true, support = true }

local STYLES = { "css/site.css", "css/pages.css", "css/admin.css" }

--- The admin listener has no public address before it: paths of files are as the host has them.
local function assets()
  local styles = {}
  for i, path in ipairs(STYLES) do
    styles[i] = host.asset(path)
  end
  return { styles = styles, icon = host.asset("img/logo.svg") }
end

local function navigation(current)
  local list = {}
  for i, name in ipairs(page.NAMES) do
    list[i] = { name = name, path = M.path_of(name), current = name == current, alone = ALONE[name] }
  end
  return list
end

--- The sentence of a code that has one, "audit.act_" and "sign_in"; else the code itself.
local function word_of(req)
  return function(prefix, code)
    return i18n.has(prefix .. code) and req.t(prefix .. code) or code
  end
end

--- What every page of the admin's is given.
---@param req table
---@param name string? of the page
---@param more table
---@return table context
function M.context(req, name, more)
  local who = req.who
  req.forms = access.session
  local context = {
    files = assets(),
    name = name or "",
    here = name and M.path_of(name) or "/",
    nav = who and navigation(name) or {},
    who = who and who.name or "",
    may_act = who ~= nil and who.role == "admin",
    at = page.at,
    word = word_of(req),
    zone = host.config.time_zone,
    notice = "",
    fault = "",
    form = req.form,
  }
  for key, value in pairs(more) do
    context[key] = value
  end
  return context
end

--- An error: a page for a browser, problem+json for everybody else.
---@param req table
---@param code integer the status
---@param message string? a sentence in the reader's language; that of the status when absent
---@param headers table?
---@return table reply
function M.fault(req, code, message, headers)
  local accepted = req:header("Accept")
  if not accepted or not accepted:find("text/html", 1, true) or req.path:find("%.json$") then
    return reply.problem(code, { detail = message, request_id = req.id, headers = headers })
  end
  return reply.html(req, "admin/error", M.context(req, nil, {
    title = faults.words(req, code, "title"),
    message = message or faults.words(req, code, "message"),
  }), { status = code, headers = headers })
end

--- Why nobody can sign in.
---@param req table
---@param message string of the database's
---@return string
function M.away(req, message)
  return ("%s %s"):format(req.t("sign_in.away"), page.words(message, req.t))
end

--- Answers what no handler rendered.
---@param req table
---@param code integer
---@param kind string?
---@return table reply
function M.handle(req, code, kind)
  return M.fault(req, code, kind == "foreign" and req.t("status.foreign") or nil)
end

return M
