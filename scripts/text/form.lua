--- Judges the fields of a form, all at once, so that the page can say per field what is wrong with it.
---
---   local values, faults = form.check(req.form, {
---     { name = "name", required = true, max = 50, one_line = true },
---     { name = "email", kind = "email" },
---     { name = "content", required = true, max = 5000 },
---   })
---   -- faults: nil, or { name = { code = "long", max = 50, count = 61 } }
---
--- Codes: missing, bad (NUL or invalid UTF-8), long, control (in one line), email.  The words are the caller's:
--- `req.t("error.name_" .. fault.code, fault)`.  Lengths count code points, an address counts bytes.
local M = {}

-- RFC 5321 4.5.3.1: a path has 256 octets, two of them its angle brackets; the part before @ has 64.
local MAX_EMAIL = 254
local MAX_EMAIL_USER = 64
local MAX_LABEL = 63

---@class text.Field
---@field name string
---@field required boolean?
---@field max integer? code points
---@field one_line boolean? spaces around it go, control characters are refused
---@field kind "email"|nil one address; implies one_line

---@class text.Fault
---@field code "missing"|"bad"|"long"|"control"|"email"
---@field max integer?
---@field count integer?

--- CR LF and CR, as browsers send them, become LF.
---@param text string
---@return string
function M.lines(text)
  if not text:find("\r", 1, true) then
    return text
  end
  return (text:gsub("\r\n?", "\n"))
end

--- Without white space at both ends.
---@param text string
---@return string
function M.trim(text)
  if not text:find("%S") then
    return "" -- first, because the pattern below would try every start in it
  end
  return text:match("^%s*(.*%S)")
end

--- How many code points a text has; nil when it is none: invalid UTF-8, or a NUL in it.
---@param text string
---@return integer?
function M.length(text)
  if text:find("\0", 1, true) then
    return nil
  end
  return (utf8.len(text))
end

--- Whether a valid text has only white space, the ideographic and the no-break space included.
---@param text string
---@return boolean
function M.is_blank(text)
  return not text:gsub("\u{3000}", ""):gsub("\u{A0}", ""):find("%S")
end

--- Controls (C1 too), line and paragraph separators: what one line may not have.
local function has_control(text)
  for _, code in utf8.codes(text) do
    if code < 0x20 or (code >= 0x7f and code <= 0x9f) or code == 0x2028 or code == 0x2029 then
      return true
    end
  end
  return false
end

--- Spaces of any kind and what cannot be seen: no part of an address.
local function has_space(text)
  for _, code in utf8.codes(text) do
    if code <= 0x20 or code == 0xa0 or code == 0x3000 or code == 0xfeff
      or (code >= 0x2000 and code <= 0x200f) or (code >= 0x2028 and code <= 0x202f)
      or (code >= 0x2060 and code <= 0x206f) then
      return true
    end
  end
  return false
end

--- A dot-separated name of at least two labels: letters, digits, hyphens inside, and whatever is not ASCII.
local function is_domain(domain)
  local labels = 0
  for label in (domain .. "."):gmatch("([^.]*)%.") do
    if label == "" or #label > MAX_LABEL or label:find("[^%w\x80-\xff-]") or label:find("^%-") or label:find("%-$") then
      return false
    end
    labels = labels + 1
  end
  return labels >= 2
end

--- Whether `text` is one mail address that host.smtp sends to: `user@domain`, without display name, quotes or comments.
--- The domain may be in any script; the user may not, because most servers on the way would not take it.
---@param text string
---@return boolean
function M.is_email(text)
  if #text > MAX_EMAIL or not M.length(text) or has_control(text) or has_space(text) then
    return false
  end
  local user, domain = text:match("^([^@]+)@([^@]+)$")
  if not user or #user > MAX_EMAIL_USER or user:find("[^%w!#$%%&'*+/=?^_`{|}~.-]") then
    return false
  end
  return not (user:find("^%.") or user:find("%.$") or user:find("..", 1, true)) and is_domain(domain)
end

--- What is wrong with a value, or nil.  What is empty and need not be filled in is right.
---@param field text.Field
---@param value string cleaned, as `check` does
---@return text.Fault?
function M.judge(field, value)
  local count = M.length(value)
  if not count then
    return { code = "bad" }
  elseif field.required and M.is_blank(value) then
    return { code = "missing" }
  elseif field.kind == "email" then
    if #value > MAX_EMAIL then
      return { code = "long", max = MAX_EMAIL, count = #value }
    end
    return value ~= "" and not M.is_email(value) and { code = "email" } or nil
  elseif field.one_line and has_control(value) then
    return { code = "control" }
  elseif field.max and count > field.max then
    return { code = "long", max = field.max, count = count }
  end
  return nil
end

--- Every field's value, cleaned (line ends; the ends of what is one line), and what is wrong, by field.
--- A field that was not sent is "".
---@param form table<string, string>
---@param fields text.Field[]
---@return table<string, string> values
---@return table<string, text.Fault>? faults nil when there is none
function M.check(form, fields)
  local values, faults = {}, {}
  for _, field in ipairs(fields) do
    local value = M.lines(form[field.name] or "")
    if field.one_line or field.kind then
      value = M.trim(value)
    end
    values[field.name] = value
    faults[field.name] = M.judge(field, value)
  end
  return values, next(faults) and faults or nil
end

return M
