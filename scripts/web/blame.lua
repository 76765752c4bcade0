--- At which line a developer is told what a handler or hook has done wrong: their own, though the stack ends in ours.
local M = {}

local type = type

--- What `who` is: a route, or a hook, which is a function.
---@param who web.Route|function
---@param what string? "a before hook"
---@return string title "scripts/site.lua:12: the handler of 'site.about'"
function M.title(who, what)
  if type(who) == "function" then
    local info = debug.getinfo(who, "S")
    return ("%s:%d: %s"):format(info.source:gsub("^@", ""), info.linedefined, what)
  end
  return ("%s:%d: the handler of '%s'"):format(who.file, who.line, who.name)
end

--- What came instead of something else, without what is in it.
local function named(value)
  local kind = type(value)
  if kind == "nil" then
    return "nothing"
  elseif kind == "boolean" or kind == "number" then
    return tostring(value)
  end
  return kind == "string" and ("a string of %d bytes"):format(#value) or "a " .. kind
end

--- What is wrong with a reply; nil where the host can judge the rest.
local function fault_of(rep)
  if type(rep) ~= "table" then
    return named(rep) .. ", not a reply { status =, headers =, body = }"
  elseif rep.headers ~= nil and type(rep.headers) ~= "table" then
    return "a reply whose headers are " .. named(rep.headers) .. ", not a table"
  elseif rep.status ~= nil and math.type(rep.status) ~= "integer" then
    return "a reply whose status is " .. named(rep.status) .. ", not a number from 200 to 599"
  end
  return nil
end

--- Raises where what was returned is no reply.
---@param rep any
---@param who web.Route|function who returned it
---@param what string?
---@return table rep the same
function M.check(rep, who, what)
  if type(rep) == "table" and rep.status == 200 and type(rep.headers) == "table" then
    return rep -- most are like that
  end
  local fault = fault_of(rep)
  if fault then
    error(("%s returned %s"):format(M.title(who, what), fault), 0)
  end
  return rep
end

--- The line of a stack that is nobody's of ours: not of scripts/web, scripts/text or what the host calls.
local function outside(trace)
  for place in trace:gmatch("\n\t([^\n]-:%d+): in ") do
    if not (place:find("^scripts/web/") or place:find("^scripts/text/") or place:find("^scripts/main%.lua:")) then
      return place
    end
  end
  return nil
end

--- A message that names a line of ours (of scripts/web, scripts/text) names the caller's before it, the nearest on the
--- stack, and the route's behind it; that one alone where a tail call has taken the caller's away.
---@param message string
---@param trace string
---@param route web.Route?
---@return string message
function M.at_caller(message, trace, route)
  if not (message:find("^scripts/web/") or message:find("^scripts/text/")) then
    return message
  end
  local at = route and ("%s:%d"):format(route.file, route.line)
  local place = outside(trace) or at
  message = place and message:gsub("^scripts/[^\n:]+:%d+: ", "") or message
  if at and place ~= at then
    message = ("%s, in the route '%s' (%s)"):format(message, route.name, at)
  end
  return place and place .. ": " .. message or message
end

return M
