--- `timecapsule generations`: what runs, what waits for a decision, what is stored, what the files would change.
local generations = require("admin.generations")
local page = require("admin.page")

local M = {
  help = "what runs and is stored, which files differ now, and who did what",
  words = 0,
  options = { json = { help = "as JSON, with all that the page has" } },
}

---@param args commands.Args
---@return integer status
function M.run(args)
  return page.show(generations, args)
end

return M
