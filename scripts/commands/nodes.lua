--- `timecapsule nodes`: the programs on this database, and whether they differ.
local nodes = require("admin.nodes")
local page = require("admin.page")

local M = {
  help = "the programs that work on this database; 1 where they differ",
  words = 0,
  options = { json = { help = "as JSON, with all that the page has" } },
}

---@param args commands.Args
---@return integer status
function M.run(args)
  return page.show(nodes, args)
end

return M
