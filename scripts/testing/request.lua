--- A request as the host would hand it to the application (docs/reference.md), made of what a spec says.  What the host
--- judges before a script runs (lengths, rates, malformed heads) is not in it.
local clock = require("host.clock")
local crypto = require("host.crypto")
local host = require("host")
local random = require("host.random")

local M = {}

local function unescaped(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

local function escaped(text)
  return (tostring(text):gsub("[^%w%-._~]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

--- "a=1&b=2", in the order of names.
---@param fields table<string, string|number>
---@return string
function M.encode(fields)
  local names, parts = {}, {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = escaped(name) .. "=" .. escaped(fields[name])
  end
  return table.concat(parts, "&")
end

--- Name → the last value, and name → all of them.
local function decode(text)
  local last, all = {}, {}
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name, value = unescaped(name), unescaped(value)
    last[name], all[name] = value, all[name] or {}
    table.insert(all[name], value)
  end
  return last, all
end

local Request = {}
Request.__index = Request

function Request:header(name)
  return self.headers[name:lower()]
end

function Request:cookie(name)
  return self.cookies[name]
end

function Request:all(name)
  local list = {}
  for _, values in ipairs({ self.sent[name] or {}, self.asked[name] or {} }) do
    table.move(values, 1, #values, #list + 1, list)
  end
  return list
end

---@class testing.Ask
---@field method string
---@field target string "/wall?page=2"
---@field headers table<string, string>? by names in any case
---@field cookies table<string, string>
---@field body string?

---@param ask testing.Ask
---@return table req
function M.new(ask)
  local headers = { host = "localhost", accept = "text/html" }
  for name, value in pairs(ask.headers or {}) do
    headers[name:lower()] = value
  end
  local path, query = ask.target:match("^([^?]*)%??(.*)$")
  local req = { method = ask.method, target = ask.target, path = (path:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)), headers = headers, cookies = ask.cookies, body = ask.body or "", files = {}, scheme = "http", ip = "127.0.0.1",
    client = "127.0.0.1", id = crypto.hex(random.bytes(8)), generation = host.generation, deadline = clock.now() + 10,
    admin = false }
  req.query, req.asked = decode(query)
  local is_form = (headers["content-type"] or ""):find("^application/x%-www%-form%-urlencoded")
  req.form, req.sent = decode(is_form and req.body or "")
  return setmetatable(req, Request)
end

return M
