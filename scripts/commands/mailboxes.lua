--- `timecapsule mailboxes`: how many have said what; with --address whether that one is stopped, and to stop or
--- allow it.
local mailboxes = require("admin.mailboxes")
local page = require("admin.page")

local M = {
  help = "is a mailbox stopped? --address ADDRESS [--stop|--allow]",
  words = 0,
  options = {
    json = { help = "as JSON, with all that the page has" },
    address = { value = "ADDRESS", help = "what that mailbox has said about letters" },
    stop = { help = "sends it no more letters, as its reader can" },
    allow = { help = "letters are welcome there, as its reader can say" },
  },
}

---@param args commands.Args
---@return integer status
function M.run(args)
  if not args.address then
    return page.show(mailboxes, args)
  end
  local act = args.stop and "stop" or args.allow and "allow" or "ask"
  return page.act_by_command(mailboxes, act, { mailbox = args.address })
end

return M
