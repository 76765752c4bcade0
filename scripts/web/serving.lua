--- What scripts/web knows of the requests that are served, beside what they carry themselves: setting a field of a
--- request is a call of the host, and few answers need this.
local M = {}

--- The sessions that were opened in a request, by their names: see web/session.lua.
---@type table<table, table<string, table>>
M.sessions = setmetatable({}, { __mode = "k" })

---@alias web.Say fun(req: table, status: integer, words: string?, kind: string?): table reply

-- By whether a request came in on the admin listener.
local says = {}

--- What makes the replies of errors from now on, for all visitors and on the admin listener.  Returns what did before.
---@param say web.Say?
---@param say_admin web.Say?
---@return web.Say? say
---@return web.Say? say_admin
function M.install(say, say_admin)
  local before, admin_before = says[false], says[true]
  says[false], says[true] = say, say_admin
  return before, admin_before
end

--- The reply of an error, of the application whose request it is.
---@type web.Say
function M.say_error(req, status, words, kind)
  return says[req.admin or false](req, status, words, kind)
end

return M
