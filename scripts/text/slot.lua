--- Slots: places in our pages that are a site's to fill, each an empty partial of ours that it overrides.  One that
--- raises is left out of that answer, and every page answers; one that raises each time is left out until the files
--- change: from the third time, or from the hundredth where it has been shown before (pages that stand still do not
--- ask it again).  Both are told as the site's fault (text/site_fault.lua).
---
--- With --watch nothing is left out: the developer before it is shown the fault with its line.
---
--- A page that stands still (text/still.lua) is made without guard: where a slot raises then, the page is rendered anew
--- for each answer.
local config = require("host").config
local site_fault = require("text.site_fault")

local M = {}

local NEVER_SHOWN, ONCE_SHOWN = 3, 100 -- times in a row

---@type table<string, true> by the name of the partial
M.names = { ["partials/site_nav"] = true, ["partials/site_head"] = true, ["partials/site_footer"] = true,
  ["partials/put_extra"] = true, ["partials/opened_extra"] = true }

for name in pairs(M.names) do
  site_fault.declare("slot " .. name)
end

--- Forgets what a part has written behind `n`.
local function take_back(parts, n)
  local at = n + 1
  while parts[at] ~= nil do
    parts[at] = nil
    at = at + 1
  end
end

--- A slot's function, so that it cannot fail.
---@param name string
---@param render fun(context: table, req: table, parts: table, n: integer): integer
---@param is_made_once fun(req: any): boolean is this a page that is being made for many answers?
---@return fun(context: table, req: table, parts: table, n: integer): integer
function M.guard(name, render, is_made_once)
  if config.watch then
    return render
  end
  local raised, most = 0, NEVER_SHOWN
  return function(context, req, parts, n)
    if raised >= most then
      return n
    elseif is_made_once(req) then
      local last = render(context, req, parts, n)
      raised, most = 0, ONCE_SHOWN
      return last
    end
    local good, last = xpcall(render, site_fault.keep, context, req, parts, n)
    if good then
      raised, most = 0, ONCE_SHOWN
      return last
    end
    take_back(parts, n)
    raised = raised + 1
    site_fault.tell("slot " .. name, last)
    if raised == most then
      site_fault.pause("slot " .. name)
    end
    return n
  end
end

return M
