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
local options = require("text.options")
local smtp = require("host.smtp")

local M = {}

-- RFC 5321 4.5.3.1: a path has 256 octets, two of them its angle brackets.
local MAX_EMAIL = 254

---@class text.Field what a form has, for `form.check`
---@field name string as the form sends it
---@field required boolean? what shows nothing is "missing"
---@field max integer? code points
---@field one_line boolean? spaces around it go, control characters are refused
---@field kind "email"|nil one address; implies one_line

---@class text.Fault what is wrong with a field; `t("wall.bad_" .. fault.code, fault)` may show all of it
---@field code "missing"|"bad"|"long"|"control"|"email" bad: NUL or invalid UTF-8; control: in one line
---@field max integer? of "long": how many there may be …
---@field count integer? … and are

--- CR LF and CR, as browsers send them, become LF.
---@param text string
---@return string
---@example form.lines("a\r\nb") --> "a\nb"
function M.lines(text)
  if not text:find("\r", 1, true) then
    return text
  end
  return (text:gsub("\r\n?", "\n"))
end

--- First and last of what shows nothing: Unicode's White_Space and Default_Ignorable_Code_Point, and the
--- empty Braille pattern.
local BLANKS = {
  { 0x09, 0x0d }, { 0x20, 0x20 }, { 0x85, 0x85 }, { 0xa0, 0xa0 }, { 0xad, 0xad }, { 0x034f, 0x034f },
  { 0x061c, 0x061c }, { 0x115f, 0x1160 }, { 0x1680, 0x1680 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
  { 0x2000, 0x200f }, { 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
  { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 },
  { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
}

--- Whether a character, by its code point, shows anything: is no blank.
---@param code integer
---@return boolean
---@example form.shows(0x200B) --> false
function M.shows(code)
  for _, range in ipairs(BLANKS) do
    if code <= range[2] then
      return code < range[1]
    end
  end
  return true
end

--- Where the first character stands that shows something; nil where none does.
local function first_shown(text)
  for at, code in utf8.codes(text) do
    if M.shows(code) then
      return at
    end
  end
  return nil
end

--- Where the last one ends.
local function last_shown(text)
  local stop = #text
  while true do
    local at = utf8.offset(text, -1, stop + 1)
    if M.shows(utf8.codepoint(text, at)) then
      return stop
    end
    stop = at - 1
  end
end

--- Without blanks of any kind at both ends.  What is no UTF-8 is left as it is.
---@param text string
---@return string
---@example form.trim("  Ann ") --> "Ann"
function M.trim(text)
  if text:find("^[!-~]") and text:find("[!-~]$") or not utf8.len(text) then
    return text
  end
  local first = first_shown(text)
  return first and text:sub(first, last_shown(text)) or ""
end

--- How many code points a text has; nil when it is none: invalid UTF-8, or a NUL in it.
---@param text string
---@return integer?
---@example form.length("你好") --> 2
function M.length(text)
  if text:find("\0", 1, true) then
    return nil
  end
  return (utf8.len(text))
end

--- Whether a valid text shows nothing.
---@param text string
---@return boolean
---@example form.is_blank(" \u{3000}") --> true
function M.is_blank(text)
  return text == "" or not text:find("[!-~]") and utf8.len(text) ~= nil and not first_shown(text)
end

--- Controls (C1 too), line and paragraph separators: what one line may not have.
local function has_control(text)
  if not text:find("[^ -~]") then
    return false
  end
  for _, code in utf8.codes(text) do
    if code < 0x20 or (code >= 0x7f and code <= 0x9f) or code == 0x2028 or code == 0x2029 then
      return true
    end
  end
  return false
end

--- Whether `text` is one mail address that host.smtp sends to, and that of somebody on the internet:
--- a domain has a dot.
---@param text string
---@return boolean
---@example form.is_email("ann@example.org") --> true
function M.is_email(text)
  local address = smtp.address(text)
  return address ~= nil and address:find("@.+%.") ~= nil
end

--- What is wrong with a value, or nil.  What is empty and need not be filled in is right.
---@param field text.Field
---@param value string cleaned, as `check` does
---@return text.Fault?
---@example (form.judge({ name = "motto", max = 3 }, "long") ~= nil) --> true
function M.judge(field, value)
  if value == "" then
    return field.required and { code = "missing" } or nil
  end
  local count = M.length(value)
  if not count then
    return { code = "bad" }
  elseif field.required and M.is_blank(value) then
    return { code = "missing" }
  elseif field.kind == "email" then
    if #value > MAX_EMAIL then
      return { code = "long", max = MAX_EMAIL, count = #value }
    end
    return not M.is_email(value) and { code = "email" } or nil
  elseif field.one_line and has_control(value) then
    return { code = "control" }
  elseif field.max and count > field.max then
    return { code = "long", max = field.max, count = count }
  end
  return nil
end

local KNOWN = { name = "string", required = "boolean", max = "number", one_line = "boolean", kind = "string" }

--- Raises for whoever calls `check` where a field is none.
local function check_field(field)
  options.check("a field", field, KNOWN, 3)
  if not field.name then
    error("a field has a name", 3)
  elseif field.kind and field.kind ~= "email" then
    error(("the field '%s' has no kind '%s'; there is 'email'"):format(field.name, field.kind), 3)
  end
end

--- Every field's value, cleaned (line ends; the ends of what is one line), and what is wrong, by field.
--- A field that was not sent is "".
---@param form table<string, string>
---@param fields text.Field[]
---@return table<string, string> values
---@return table<string, text.Fault>? faults nil when there is none
---@example form.check({ motto = " Later " }, { { name = "motto", one_line = true } }) --> { motto = "Later" }, nil
function M.check(form, fields)
  local values, faults = {}, {}
  for _, field in ipairs(fields) do
    check_field(field)
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
