--- Takes out of a text what looks like a secret or like somebody's: what is handed to strangers for help passes here.
--- Rather too much goes than too little.
local json = require("host.json")
local settings = require("admin.settings")

local M = {}

local MASK = settings.MASK

--- A word that nobody would write by hand: long, with digits or capitals among letters, as keys and tokens are.
local LONG = 16

local function looks_random(word)
  return #word >= LONG and word:find("%a") and word:find("[%d%u]") and word:find("^[%w_%-%+=]+$")
end

--- Base64 has slashes, as paths have; of those none is so mixed.
local function looks_base64(run)
  return #run >= 40 and run:find("%d") and run:find("%u") and run:find("%l") and not run:find("%.")
end

local function each_word(text)
  text = text:gsub("[%w_%-%+/=]+", function(run)
    return looks_base64(run) and MASK or nil
  end)
  return (text:gsub("[%w_%-%+=]+", function(word)
    return looks_random(word) and MASK or nil
  end))
end

--- "password=x", `"token": "x"`, "api_key: x".
local function named(text)
  return (text:gsub("([%w_%-]+)([\"']?%s*[=:]%s*[\"']?)([^%s\"',;&]+)", function(name, between, value)
    if value ~= MASK and settings.is_secret(name) then
      return name .. between .. MASK
    end
  end))
end

--- Headers that carry secrets, to the end of their line.
local function headers(text)
  for _, name in ipairs({ "[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn]", "[Cc][Oo][Oo][Kk][Ii][Ee]" }) do
    text = text:gsub("(" .. name .. "%s*[:=]%s*)[^\n]*", "%1" .. MASK)
  end
  return (text:gsub("([Bb][Ee][Aa][Rr][Ee][Rr]%s+)%S+", "%1" .. MASK))
end

--- The text without what looks like a secret.
---@param text string
---@param known string[]? secrets that are known to be such
---@return string
function M.text(text, known)
  for _, secret in ipairs(known or {}) do
    if secret ~= "" then
      text = text:gsub(secret:gsub("%p", "%%%0"), MASK)
    end
  end
  text = text:gsub("%-%-%-%-%-BEGIN.-%-%-%-%-%-END[^\n]*", MASK)
  text = text:gsub("(%a[%w%+%.%-]*://)[^/%s@]*@", "%1" .. MASK .. "@")
  text = text:gsub("[%w%._%%%+%-]+@[%w%-]+%.[%w%.%-]+", MASK .. "@" .. MASK)
  return each_word(named(headers(text)))
end

--- The same of every text in a value; `kept` are names of members that are left as they are.
---@generic T
---@param value T
---@param known string[]?
---@param kept table<string, boolean>
---@return T
function M.value(value, known, kept)
  if type(value) == "string" then
    return M.text(value, known)
  elseif type(value) ~= "table" then
    return value
  end
  local copy = (value[1] ~= nil or next(value) == nil) and json.array({}) or {}
  for name, member in pairs(value) do
    copy[name] = kept[name] and member or M.value(member, known, kept)
  end
  return copy
end

return M
