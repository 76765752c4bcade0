--- What HTTP specs of capsules share: a form that is in order, and how to read the pages.
local crypto = require("host.crypto")
local http = require("spec.support.http")

local M = {}

--- The clock of these specs starts here.
M.NOW = "2030-01-01T00:00:00Z"

--- A form in order: opens on 1 June 2030 at noon, UTC.
---@param changes table<string, string|false>? false takes a field away.
---@return table<string, string>
function M.form(changes)
  local fields = {
    name = "Alice",
    email = "",
    time = "2030-06-01 12:00",
    tz = "UTC",
    content = "words for later",
    tips = "patience!",
  }
  for name, value in pairs(changes or {}) do
    fields[name] = value or nil
  end
  return fields
end

--- An encrypted message as far as the server can judge it, for the opening time of that form;
--- nobody can open it.
---@param changes { rounds: integer?, opens_at: integer?, rest: string?, size: integer? }?
---@return string
function M.sealed(changes)
  local parts = { rounds = 600000, opens_at = 1906545600, rest = ("\7"):rep(66), size = 1040 }
  for name, value in pairs(changes or {}) do
    parts[name] = value
  end
  local header = string.pack(">I4i8", parts.rounds, parts.opens_at) .. parts.rest
  return ("TC2.%s.%s"):format(crypto.base64url(header), crypto.base64url(("\9"):rep(parts.size)))
end

--- Puts a capsule and returns its key and the page.
---@param srv table
---@param changes table?
---@param headers table?
---@return string key
---@return table response
function M.put(srv, changes, headers)
  local res = srv:post("/put", M.form(changes), headers):expect({ status = 200 })
  return assert(res:field("key"), "no key on the page"), res
end

--- "abcdefgh" as people see it.
function M.groups(key)
  return (key:gsub("....", "%0-"):gsub("%-$", ""))
end

--- The text of the element with that id, entities undone.
---@return string?
function M.text(res, id)
  local pattern = '<%w+[^>]* id="' .. id:gsub("%-", "%%-") .. '"[^>]*>(.-)</'
  local text = res.body:match(pattern)
  return text and http.unescape(text)
end

--- What a textarea holds; the parser drops the first line break.
function M.textarea(res, name)
  local text = res:field(name)
  return text and text:gsub("^\n", "")
end

return M
