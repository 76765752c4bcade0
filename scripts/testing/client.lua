--- A visitor: asks the application as a browser does, keeps cookies, and fills in forms.  What a handler or hook raises
--- is raised in the example, with its own place; with `client.shows_errors = true` the visitor gets the error page.
local json = require("host.json")
local page = require("testing.page")
local request = require("testing.request")

local M = {}

---@type { public: web.App, admin: web.App }
local apps

--- What a handler raised while one request was answered.
local raised

--- Whom visitors ask.
---@param all { public: web.App, admin: web.App }
function M.use(all)
  apps = all
  for _, app in pairs(all) do
    local log = app.log
    app.log = setmetatable({ error = function(message, fields)
      raised = raised or (fields and fields.trace and fields) or nil
      return log.error(message, fields)
    end }, { __index = log })
  end
end

---@class testing.Client
---@field cookies table<string, string>
---@field headers table<string, string> of every request
---@field shows_errors boolean?
local Client = {}
Client.__index = Client

--- A visitor who has never been here.
---@param headers table<string, string>? of every request, such as { ["Accept-Language"] = "zh" }
---@return testing.Client
function M.new(headers)
  return setmetatable({ cookies = {}, headers = headers or {} }, Client)
end

local function keep_cookies(client, set)
  for _, line in ipairs(type(set) == "table" and set or { set }) do
    local name, value = line:match("^([^=;]+)=([^;]*)")
    local gone = line:lower():find("max-age=0", 1, true)
    client.cookies[name] = not gone and value or nil
  end
end

local function headers_of(client, more)
  local all = {}
  for _, given in ipairs({ client.headers, more or {} }) do
    for name, value in pairs(given) do
      all[name] = value
    end
  end
  return all
end

--- Any request.
---@param method string
---@param target string a path of this site
---@param options { headers: table<string, string>?, body: string? }?
---@return testing.Page
function Client:request(method, target, options)
  options = options or {}
  if not apps then
    error("testing.client works in `timecapsule test --site DIR`", 2)
  end
  local req = request.new({ method = method, target = target, headers = headers_of(self, options.headers),
    cookies = self.cookies, body = options.body })
  raised = nil
  local rep = apps.public:handle(req)
  if raised and not self.shows_errors then
    error(("%s %s: %s\n%s"):format(method, target, raised.error, raised.trace), 0)
  end
  local answer = page.new(rep, self, target)
  if rep.headers and rep.headers["Set-Cookie"] then
    keep_cookies(self, rep.headers["Set-Cookie"])
  end
  return answer
end

---@param target string
---@param headers table<string, string>?
---@return testing.Page
function Client:get(target, headers)
  return self:request("GET", target, { headers = headers })
end

--- Posts fields as a form does, whatever the page says.
---@param target string
---@param fields table<string, string|number>?
---@param headers table<string, string>?
---@return testing.Page
function Client:post(target, fields, headers)
  local all = { ["Content-Type"] = "application/x-www-form-urlencoded", Origin = "http://localhost" }
  for name, value in pairs(headers or {}) do
    all[name] = value
  end
  return self:request("POST", target, { headers = all, body = request.encode(fields or {}) })
end

--- Posts a table as JSON, and wants some.
---@param target string
---@param value table
---@return testing.Page
function Client:json(target, value)
  return self:request("POST", target, { body = json.encode(value),
    headers = { ["Content-Type"] = "application/json", Accept = "application/json" } })
end

local function unknown(form, name)
  local names = {}
  for known in pairs(form.names) do
    names[#names + 1] = known
  end
  table.sort(names)
  return ("the form has no field '%s'; it has %s"):format(name, table.concat(names, ", "))
end

--- Fills in a form of a page and sends it: what the page has filled in itself (hidden fields too) goes along.
---@param from testing.Page
---@param values table<string, string|number|boolean>? false takes a field away, as an unticked box is
---@param which { form: string?, button: string? }? id or action; "do=stop" of the button that is pressed
---@return testing.Page
function Client:submit(from, values, which)
  which = which or {}
  local form, fields = from:form(which.form), {}
  for name, value in pairs(form.values) do
    fields[name] = value
  end
  for name, value in pairs(values or {}) do
    if not form.names[name] then
      error(unknown(form, name), 2)
    end
    fields[name] = value and (value == true and "on" or value) or nil
  end
  if which.button then
    local name = form.buttons[which.button] or error(("the form has no button '%s'"):format(which.button), 2)
    fields[name] = which.button:sub(#name + 2)
  end
  local target = form.action and form.action ~= "" and form.action or from.target
  if form.method == "GET" then
    return self:get(target:match("^[^?]*") .. "?" .. request.encode(fields))
  end
  return self:post(target, fields)
end

return M
