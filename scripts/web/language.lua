--- The language of a request: `?lang=` (kept in a cookie for a year), the cookie, Accept-Language, English.
local accept = require("web.accept")
local i18n = require("text.i18n")
local reply = require("web.reply")

local M = {}

local COOKIE = "lang"
local COOKIE_YEAR = 365 * 24 * 60 * 60
-- Accept-Language values seen, and what each came to; emptied when full, so that nobody can grow it.
local MAX_REMEMBERED = 256

local remembered, remembered_count = {}, 0
local spoken -- the languages that they were chosen from

local function forget()
  remembered, remembered_count, spoken = {}, 0, i18n.languages()
end

local function from_header(header)
  if remembered_count >= MAX_REMEMBERED or spoken ~= i18n.languages() then
    forget()
  end
  local known = remembered[header]
  if known then
    return known
  end
  local lang = i18n.DEFAULT
  for _, item in ipairs(accept.parse(header)) do
    local match = i18n.match(item.value)
    if match then
      lang = match
      break
    end
  end
  remembered[header], remembered_count = lang, remembered_count + 1
  return lang
end

--- Bytes of a query that a link to the same page keeps; parameters behind them are left out.
local MAX_QUERY = 1000

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- The parameters of an address but for `lang`, as they were sent, each with its '&'; what no address may have is
--- escaped.
local function other_query(target)
  local kept = ""
  for parameter in (target:match("?([^#]*)") or ""):gmatch("[^&]+") do
    local safe = parameter:gsub("[^%w%-._~!$*+,;=:@/?%%]", function(c)
      return ("%%%02X"):format(c:byte())
    end) .. "&"
    if decoded(parameter:match("^[^=]*")) ~= "lang" and #kept + #safe <= MAX_QUERY then
      kept = kept .. safe
    end
  end
  return kept
end

--- Sets `req.lang`, `req.t` and, where the address has a query, `req.other_query`, for links to the page in another
--- language.  Returns the language when the address asked for one (`?lang=`): the reply is then to
--- `keep` it.
---@param req table
---@return string? asked
function M.attach(req)
  local query = (req.target or "") ~= req.path and req.query
  local asked = query and i18n.match(query.lang) or nil
  if query then
    req.other_query = other_query(req.target or "")
  end
  local kept = not asked and req:cookie(COOKIE)
  local lang = asked or kept and i18n.match(kept)
  if not lang then
    local header = req:header("Accept-Language")
    lang = header and from_header(header) or i18n.DEFAULT
  end
  req.lang = lang
  req.t = i18n.translator(lang)
  return asked
end

--- Lets the browser remember the language that was asked for.
---@param req table
---@param rep table
---@param asked string
function M.keep(req, rep, asked)
  reply.set_cookie(rep, COOKIE, asked, { max_age = COOKIE_YEAR, secure = req.scheme == "https" })
end

return M
