--- From method and path to a route.
---
---   "/put"            itself; found by one look into a table, whatever the number of routes
---   "/capsule/:id"    one segment, never empty, as params.id
---   "/docs/*rest"     all that follows, perhaps nothing, as params.rest
---
--- A fixed segment wins over `:param`, which wins over `*rest`.  A slash that was sent as %2F is its segment's.
--- GET answers HEAD too, OPTIONS answers itself, a path that is there under another method is 405 with Allow.
local host = require("host")

local M = {}

---@class web.Route
---@field name string what `url` and the access log call it
---@field method string
---@field paths string[] its spellings; the first is the one that `url` gives
---@field handler function
---@field file string where it was registered
---@field line integer

---@class web.RouteNode a place in the tree of paths
---@field fixed table<string, web.RouteNode>
---@field param web.RouteNode?
---@field rest web.RouteNode?
---@field routes table<string, { route: web.Route, names: string[] }> by method

---@class web.Router
---@field fixed table<string, table<string, web.Route>> path → method → route, for paths without parameters
---@field root web.RouteNode for the others
---@field by_name table<string, web.Route> the first of each name
---@field list web.Route[] in order of registration
local Router = {}
Router.__index = Router

local METHODS = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" }

local function node()
  return { fixed = {}, routes = {} }
end

---@return web.Router
function M.new()
  return setmetatable({ fixed = {}, root = node(), by_name = {}, list = {} }, Router)
end

local function place(route)
  return ("%s:%d"):format(route.file, route.line)
end

--- The node of a pattern, made on the way, and the names of its parameters.
local function grow(root, path)
  local at, names = root, {}
  for segment in path:sub(2):gmatch("[^/]*") do
    local mark, name = segment:match("^([:*])([%a_][%w_]*)$")
    if mark == ":" then
      at.param = at.param or node()
      at = at.param
    elseif mark == "*" then
      at.rest = at.rest or node()
      at = at.rest
    else
      at.fixed[segment] = at.fixed[segment] or node()
      at = at.fixed[segment]
    end
    names[#names + 1] = name
  end
  return at, names
end

--- What is wrong with a pattern itself, or nil.
local function malformed(path)
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" then
    return "must begin with '/'"
  end
  if path:find("%*[^/]*/") then
    return "has something after its *rest"
  end
  local seen = {}
  for segment in path:gmatch("[^/]+") do
    local name = segment:match("^[:*]([%a_][%w_]*)$")
    if segment:find("[:*]") and not name then
      return ("has the segment '%s': a parameter is a whole segment, ':name' or '*name'"):format(segment)
    end
    if name and seen[name] then
      return ("names '%s' twice"):format(name)
    end
    seen[name or ""] = name ~= nil
  end
  return nil
end

--- Enters one spelling; returns the route that already answers the same, if one does.
local function enter(self, route, path)
  if not path:find("[:*]") then
    self.fixed[path] = self.fixed[path] or {}
    local before = self.fixed[path][route.method]
    self.fixed[path][route.method] = before or route
    return before
  end
  local at, names = grow(self.root, path)
  local before = at.routes[route.method]
  at.routes[route.method] = before or { route = route, names = names }
  return before and before.route
end

--- Adds a route.  Returns what is wrong with it, each beginning with its place; nothing is wrong: an empty list.
---@param route web.Route
---@return string[] faults
function Router:add(route)
  local faults = {}
  local function fault(message)
    faults[#faults + 1] = ("%s: %s"):format(place(route), message)
  end
  for _, path in ipairs(route.paths) do
    local why = malformed(path)
    local before = not why and enter(self, route, path)
    if why then
      fault(("the path '%s' %s"):format(tostring(path), why))
    elseif before then
      fault(("%s %s is taken by the route '%s' (%s)"):format(route.method, path, before.name, place(before)))
    end
  end
  local namesake = self.by_name[route.name]
  if namesake and namesake.paths[1] ~= route.paths[1] then
    fault(("the name '%s' is taken by %s (%s)"):format(route.name, namesake.paths[1], place(namesake)))
  end
  self.by_name[route.name] = namesake or route
  self.list[#self.list + 1] = route
  return faults
end

--- Calls `visit(routes, values)` for every node that fits, the best first, until it returns something.
local function descend(at, segments, i, values, visit)
  local segment = segments[i]
  if segment == nil then
    return next(at.routes) and visit(at.routes, values)
  end
  local child = at.fixed[segment]
  local found = child and descend(child, segments, i + 1, values, visit)
  if found then
    return found
  end
  if at.param and segment ~= "" then
    values[#values + 1] = segment
    found = descend(at.param, segments, i + 1, values, visit)
    if found then
      return found
    end
    values[#values] = nil
  end
  if at.rest then
    values[#values + 1] = table.concat(segments, "/", i)
    found = visit(at.rest.routes, values)
    if not found then
      values[#values] = nil
    end
  end
  return found
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- The path as it was sent, if a slash in it is a segment's own; else nil: then the decoded path tells all.
local function escaped_path(target)
  local path = target and target:find("%2", 1, true) and target:match("^[^?]*")
  return path and path:find("%%2[Ff]") and path or nil
end

local function each_fit(self, path, escaped, visit)
  if path:sub(1, 1) ~= "/" then
    return nil -- the "*" of OPTIONS
  end
  local segments = {}
  for segment in (escaped or path):sub(2):gmatch("[^/]*") do
    segments[#segments + 1] = escaped and decode(segment) or segment
  end
  return descend(self.root, segments, 1, {}, visit)
end

local function take(entry, values)
  local params = {}
  for i, name in ipairs(entry.names) do
    params[name] = values[i]
  end
  return { entry.route, params }
end

--- The Allow header of a path, or nil when nothing is there.
local function allowed(self, path, escaped)
  local seen = {}
  for method in pairs(not escaped and self.fixed[path] or {}) do
    seen[method] = true
  end
  each_fit(self, path, escaped, function(routes)
    for method in pairs(routes) do
      seen[method] = true
    end
  end)
  if not next(seen) then
    return nil
  end
  seen.HEAD = seen.HEAD or seen.GET
  seen.OPTIONS = true
  local list = {}
  for _, method in ipairs(METHODS) do
    list[#list + 1] = seen[method] and method or nil
  end
  return table.concat(list, ", ")
end

--- The route of a request and its parameters; or nil and the Allow header of a path that is there under other methods;
--- or nil, nil.
---@param method string
---@param path string decoded
---@param target string? the same as it was sent, with its query
---@return web.Route?
---@return table<string, string>|nil params
---@return string? allow
function Router:find(method, path, target)
  local escaped = target ~= path and escaped_path(target)
  local fixed = not escaped and self.fixed[path]
  local route = fixed and (fixed[method] or method == "HEAD" and fixed.GET)
  if route then
    return route, nil, nil
  end
  local found = each_fit(self, path, escaped, function(routes, values)
    local entry = routes[method] or method == "HEAD" and routes.GET
    return entry and take(entry, values)
  end)
  if found then
    return found[1], found[2], nil
  end
  return nil, nil, allowed(self, path, escaped)
end

local function encode(text, keep)
  return (text:gsub(keep, function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- The segment of a parameter's value that browsers fold away, however it is written: "." or "..".
local function folded(text, mark)
  return text:match("^%.%.?$") or mark == "*" and ("/" .. text .. "/"):match("/(%.%.?)/")
end

--- What is told where no route has that name.
---@param name any
---@return string
function Router:unknown(name)
  local names = {}
  for known in pairs(self.by_name) do
    names[#names + 1] = known
  end
  table.sort(names)
  local near = host.nearest(tostring(name), names)
  return ("there is no route '%s'%s"):format(tostring(name), near and ("; did you mean '%s'?"):format(near) or "")
end

--- The path of a named route.  Raises at a name or a parameter that does not exist, at one that is missing, and at one
--- that no address can carry: a segment "." or "..".
---@param name string
---@param params table<string, string|integer>?
---@return string
function Router:url(name, params)
  local route = self.by_name[name]
  if not route then
    error(self:unknown(name), 2)
  end
  local path = route.paths[1]
  if not params and not path:find("[:*]") then
    return path
  end
  local used = {}
  local filled = path:gsub("/([:*])([%a_][%w_]*)", function(mark, param)
    local value = params and params[param]
    if value == nil or (mark == ":" and value == "") then
      error(("the route '%s' needs the parameter '%s'"):format(name, param), 4)
    end
    used[param] = true
    local text = tostring(value)
    if folded(text, mark) then
      error(("the parameter '%s' of the route '%s' cannot be '%s': browsers take it for a step between folders")
        :format(param, name, text), 4)
    end
    return "/" .. encode(text, mark == ":" and "[^%w%-._~]" or "[^%w%-._~/]")
  end)
  for param in pairs(params or {}) do
    if not used[param] then
      error(("the route '%s' has no parameter '%s'"):format(name, tostring(param)), 2)
    end
  end
  return filled
end

return M
