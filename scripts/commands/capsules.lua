--- `timecapsule capsules --number NUMBER`: one capsule, never what is in it; to disable, enable or erase it.
local capsules = require("admin.capsules")
local page = require("admin.page")

local M = {
  help = "one capsule, never what is in it: --number NUMBER [--disable|--enable|--erase --why REASON]",
  words = 0,
  options = {
    json = { help = "as JSON, with all that the page has" },
    number = { value = "NUMBER", help = "which capsule" },
    disable = { help = "from now on its key answers like an unknown one" },
    enable = { help = "its key is good again" },
    erase = { help = "deletes it and its letters; by key: timecapsule erase --key" },
    why = { value = "REASON", help = "is recorded; needed for each of the three" },
  },
}

---@param args commands.Args
---@return integer status
function M.run(args)
  for _, act in ipairs({ "disable", "enable", "erase" }) do
    if args[act] then
      return page.act_by_command(capsules, act, { number = args.number, why = args.why })
    end
  end
  return page.show(capsules, args)
end

return M
