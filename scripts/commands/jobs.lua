--- `timecapsule jobs`: a site's jobs that wait and that have failed; `--again NUMBER|all` tries such anew, `--drop
--- NUMBER|all` gives them up.
local jobs = require("admin.jobs")
local page = require("admin.page")

local M = {
  help = "a site's jobs: how many wait, and those that have failed",
  words = 0,
  options = {
    again = { value = "NUMBER|all", help = "tries a failed one anew" },
    drop = { value = "NUMBER|all", help = "gives a failed one up: it is deleted" },
    json = { help = "as JSON, with all that the page has" },
  },
}

---@param args commands.Args
---@return integer status
function M.run(args)
  for _, act in ipairs({ "again", "drop" }) do
    if args[act] then
      return page.act_by_command(jobs, act, { number = args[act] })
    end
  end
  return page.show(jobs, args)
end

return M
