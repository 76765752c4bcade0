--- What jobs there are: job.define puts them here, while loading.
local host = require("host")

local M = {}

---@class job.Kind
---@field fn fun(args: table, about: job.About): any, string?, host.kind?
---@field policy job.Policy

---@type table<string, job.Kind>
local kinds = {}

--- The names, in the order of their definition.
---@type string[]
M.names = {}

--- Nothing more is defined.
M.is_finished = false

---@param name string
---@param kind job.Kind
function M.add(name, kind)
  kinds[name] = kind
  M.names[#M.names + 1] = name
end

---@param name string
---@return job.Kind?
function M.of(name)
  return kinds[name]
end

--- What is told where there is none of that name.
---@param name any
---@return string
function M.unknown(name)
  local near = host.nearest(tostring(name), M.names)
  return ("there is no job '%s'; %s"):format(tostring(name),
    near and ("did you mean '%s'?"):format(near) or "job.define declares one while loading")
end

--- What binds sealed arguments to their row.
---@param name string
---@param token string
---@return string
function M.additional(name, token)
  return ("time-capsule job|1|%s|%s"):format(name, token)
end

return M
