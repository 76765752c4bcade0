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

--- Sets `req.lang` and `req.t`.  Returns the language when the address asked for one (`?lang=`): the reply is then to
--- `keep` it.
---@param req table
---@return string? asked
function M.attach(req)
  local query = (req.target or "") ~= req.path and req.query
  local asked = query and i18n.match(query.lang) or nil
  local lang = asked or i18n.match(req:cookie(COOKIE))
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
