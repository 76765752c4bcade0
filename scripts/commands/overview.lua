--- `timecapsule overview`: what is wrong, worst first; what the running server says of itself is `timecapsule status`.
local overview = require("admin.overview")
local page = require("admin.page")

local M = {
  help = "what is wrong with the installation, worst first",
  words = 0,
  options = { json = { help = "as JSON, with all that the page has" } },
}

---@param args commands.Args
---@return integer status 0, 1 where something is to be looked at, 2 where something is broken
function M.run(args)
  return page.show(overview, args)
end

return M
