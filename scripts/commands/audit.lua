--- `timecapsule audit`: what admins did, the latest first.
local audit = require("admin.audit")
local page = require("admin.page")

local M = {
  help = "what admins did by pages, commands and signals, the latest first",
  words = 0,
  options = {
    json = { help = "as JSON, with all that the page has" },
    before = { value = "NUMBER", help = "those before the act of that number" },
  },
}

---@param args commands.Args
---@return integer status
function M.run(args)
  return page.show(audit, args)
end

return M
