--- Signing in to a server's admin pages, for specs.
---
---     local browser = admin.sign_in(srv)            or admin.sign_in(srv, "reader")
---     browser:get("/nodes"):expect({ status = 200 })
---     browser:post("/capsules/disable", { number = "1" })   with the token of its session
local letters = require("spec.support.letters")

local M = {}

---@class spec.Browser
local Browser = {}
Browser.__index = Browser

local HTML = "text/html,application/xhtml+xml"

--- Makes a token by the command: the token, what its link carries, and all that was printed.
---@param srv spec.Server
---@param ... string options of `timecapsule admin-token`
function M.token(srv, ...)
  local status, output = letters.run(srv, "admin-token", ...)
  assert(status == 0, output)
  return assert(output:match("tca_%w+"), output), assert(output:match("/sign%-in%?once=(%w+)"), output), output
end

--- What the overview's data says of one subject: a line each, as "verdict: text".
---@param data { lines: admin.Line[] }
---@param subject string
---@return string
function M.lines_of(data, subject)
  local found = {}
  for _, line in ipairs(data.lines) do
    if line.subject == subject then
      found[#found + 1] = line.verdict .. ": " .. line.text
    end
  end
  return table.concat(found, "\n")
end

--- A browser that has that cookie ("" for none).
---@return spec.Browser
function M.browser(srv, cookie)
  return setmetatable({ srv = srv, cookie = cookie }, Browser)
end

--- Signs in by a token.
---@param srv spec.Server
---@param role "reader"|nil
---@return spec.Browser
function M.sign_in(srv, role)
  local token = M.token(srv, table.unpack(role and { "--reader" } or {}))
  local browser = M.browser(srv, "")
  browser.token = token
  return browser:sign_in()
end

--- Anew, by the same token: where the clock was set, the session may have ended.
function Browser:sign_in()
  self:submit("/sign-in", { token = self.token }):expect({ status = 303 })
  return self
end

function Browser:headers(more)
  local headers = { Accept = HTML, Cookie = self.cookie ~= "" and self.cookie or nil }
  for name, value in pairs(more or {}) do
    headers[name] = value
  end
  return headers
end

local function take_cookie(self, res)
  local value = res:cookie("admin_session")
  self.cookie = value and "admin_session=" .. value or self.cookie
  return res
end

function Browser:get(path, headers)
  return take_cookie(self, self.srv.admin:get(path, self:headers(headers)))
end

--- Posts the fields as they are.
function Browser:submit(path, fields, headers)
  return take_cookie(self, self.srv.admin:post(path, fields, self:headers(headers)))
end

--- The token of its session, as its pages have it.
function Browser:csrf()
  return assert(self:get("/audit"):field("csrf"), "no form has a token")
end

--- Posts the fields with the token of the session.
function Browser:post(path, fields, headers)
  local all = { csrf = self:csrf() }
  for name, value in pairs(fields or {}) do
    all[name] = value
  end
  return self:submit(path, all, headers)
end

--- What the page of that name is, as JSON.
---@param query? string "?number=1"
function Browser:json(path, query)
  return self:get(path .. ".json" .. (query or "")):expect({ status = 200 }):json()
end

return M
