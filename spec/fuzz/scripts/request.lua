--- What scripts read of a request's headers and form: Accept and Accept-Language, the language of a
--- visitor, the fields of a form; and the cookies they write.
local accept = require("web.accept")
local cookie = require("web.cookie")
local form = require("text.form")
local i18n = require("text.i18n")
local language = require("web.language")

local FIELDS = {
  { name = "line", required = true, max = 20, one_line = true },
  { name = "text", max = 100 },
  { name = "email", kind = "email" },
}

local function is_language(lang)
  for _, known in ipairs(i18n.languages()) do
    if known == lang then
      return true
    end
  end
  return false
end

local function read_languages(text)
  local req = { query = { lang = text } }
  function req.header(_, name)
    return name == "Accept-Language" and text or nil
  end
  function req.cookie()
    return text
  end
  language.attach(req)
  assert(is_language(req.lang))
  req.query = nil
  language.attach(req)
  assert(is_language(req.lang))
end

local function read_accept(text)
  local before = math.huge
  for _, item in ipairs(accept.parse(text)) do
    assert(item.q > 0 and item.q <= before, "not the best first")
    before = item.q
  end
  local weight = accept.weight(text, "application/json")
  assert(weight >= 0 and weight <= 1)
end

local function read_form(text)
  local values, faults = form.check({ line = text, text = text, email = text }, FIELDS)
  faults = faults or {}
  assert(faults.line or not values.line:find("%c"))
  assert(faults.text or (utf8.len(values.text) <= 100 and not values.text:find("\r")))
  assert(faults.email or values.email == "" or form.is_blank(values.email) or form.is_email(values.email))
end

local function write_cookie(text)
  local ok, written = pcall(cookie.format, "name", text)
  if ok then
    assert(written:sub(1, #text + 12) == "name=" .. text .. "; Path=", written)
    assert(not text:find("[%c;, \"\\]"))
  else
    assert(written:find("has a character that no cookie may have", 1, true), written)
  end
end

return function(text)
  read_accept(text)
  read_languages(text)
  read_form(text)
  write_cookie(text)
end
