--- What a site listens to: `app:on("capsule.put", fn)`.  The events themselves, with what their listeners get, are
--- declared in capsule/events.lua and reminder/events.lua.
---
---   ask      before something is done: each listener runs in the task of whoever asks, and the first that answers
---            refuses.  What it raises is raised: nobody knows whether it would have refused.
---   change   each listener may change what it gets; a change that raises is none.
---   tell     when something has been done: each listener has a task of its own, and SECONDS.
---
--- What a listener of the latter two raises is told as the site's fault (text/site_fault.lua) and changes nothing else.
local blame = require("web.blame")
local host = require("host")
local site_fault = require("text.site_fault")
local statuses = require("web.status")
local task = require("host.task")

local M = {}

--- For a listener of what has been done.
M.SECONDS = 5

---@type table<string, function[]> by the event's name
local listeners = {}
local names = {}

---@param name string "capsule.put"
function M.declare(name)
  listeners[name], names[#names + 1] = {}, name
  site_fault.declare("event " .. name)
end

--- Every event, sorted.
---@return string[]
function M.names()
  table.sort(names)
  return names
end

local function unknown(name)
  table.sort(names)
  local near = type(name) == "string" and host.nearest(name, names)
  return ("there is no event '%s'; %s"):format(tostring(name),
    near and ("did you mean '%s'?"):format(near) or "there are " .. table.concat(names, ", "))
end

--- From now on `fn` is called when that happens.  While loading; of several listeners the first comes first.
---@param name string
---@param fn function
---@param level integer? whose fault a wrong call is, as error() takes it
function M.on(name, fn, level)
  if not listeners[name] then
    error(unknown(name), (level or 1) + 1)
  elseif type(fn) ~= "function" then
    error("app:on takes an event's name and a function", (level or 1) + 1)
  end
  table.insert(listeners[name], fn)
end

--- Does anybody listen?  Then it is worth making what listeners get.
---@param name string
---@return boolean
function M.is_heard(name)
  return listeners[name][1] ~= nil
end

local function title(fn, name)
  return blame.title(fn, ("the listener of '%s'"):format(name))
end

--- The first answer, as it was given; nil where nobody objects.
---@param name string
---@param judge fun(answer: any): string? what is wrong with an answer
---@param ... any what listeners get
---@return any answer
---@return string? message
---@return string? kind
function M.ask(name, judge, ...)
  for _, fn in ipairs(listeners[name]) do
    local answer, message, kind = fn(...)
    local fault = answer ~= nil and judge(answer) or nil
    if answer == nil and message ~= nil and not statuses.of(kind) then
      fault = ("the unknown kind '%s'; there are %s"):format(tostring(kind), statuses.kinds())
    end
    if fault then
      error(("%s returned %s"):format(title(fn, name), fault), 0)
    elseif answer ~= nil or message ~= nil then
      return answer, message, kind
    end
  end
  return nil
end

--- A table of plain values, and of tables of such.
local function copy_of(value)
  local copy = {}
  for key, held in pairs(value) do
    copy[key] = type(held) == "table" and copy_of(held) or held
  end
  return copy
end

--- What listeners have made of a table of plain values.
---@generic T : table
---@param name string
---@param judge fun(changed: T, before: T): string? what is wrong with it
---@param value T
---@param ... any what listeners get besides
---@return T
function M.change(name, judge, value, ...)
  for _, fn in ipairs(listeners[name]) do
    local copy = copy_of(value)
    local good, err = xpcall(fn, site_fault.keep, copy, ...)
    local fault = good and judge(copy, value)
    if good and not fault then
      value = copy
    else
      site_fault.tell("event " .. name, fault and { message = ("%s made %s"):format(title(fn, name), fault) } or err)
    end
  end
  return value
end

local function run(name, fn, ...)
  local good, message = xpcall(fn, site_fault.keep, ...)
  if not good then
    site_fault.tell("event " .. name, message)
  end
end

--- Tells every listener.
---@param name string
---@param ... any what they get
function M.tell(name, ...)
  local given = table.pack(...)
  for _, fn in ipairs(listeners[name]) do
    local ended, late = xpcall(task.each, site_fault.keep, { fn }, 1, function()
      run(name, fn, table.unpack(given, 1, given.n))
    end, M.SECONDS)
    if not ended then
      site_fault.tell("event " .. name, late)
    elseif late[1] then
      local message = ("%s took longer than %d seconds"):format(title(fn, name), M.SECONDS)
      site_fault.tell("event " .. name, { message = message })
    end
  end
end

return M
