--- `timecapsule tokens`: who may sign in to the admin's pages; `timecapsule admin-token` makes a token.
local page = require("admin.page")
local tokens = require("admin.tokens")

local M = {
  help = "who may sign in to the admin's pages, and who might once",
  words = 0,
  options = {
    json = { help = "as JSON, with all that the page has" },
    revoke = { value = "ID", help = "ends the token of that number, and what it has opened" },
  },
}

---@param args commands.Args
---@return integer status
function M.run(args)
  if args.revoke then
    return page.act_by_command(tokens, "revoke", { number = args.revoke })
  end
  return page.show(tokens, args)
end

return M
