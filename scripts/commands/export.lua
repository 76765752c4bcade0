--- `timecapsule export FILE`: everything, of one moment, for `timecapsule import FILE` elsewhere.
local audit = require("admin.audit")
local long_job = require("admin.long_job")
local moving = require("admin.moving")
local moving_out = require("admin.moving_out")

local M = {
  help = "writes everything to a file that another instance imports: export FILE",
  words = 1,
  options = {
    with_secret = { help = "the server secret, too: who has the file can read waiting letters and their keys" },
  },
}

local GOOD, NOTHING = 0, 2

local function fail(message)
  io.stderr:write("timecapsule: export: ", message, "; nothing was written\n")
  return NOTHING
end

---@param args commands.Args
---@return integer status 0; 2: nothing was written.
function M.run(args)
  local path = args[1]
  if not path then
    return fail("no FILE is named: `timecapsule export FILE`")
  end
  local rows, message = long_job.run("exporting", "rows", function(tell)
    return moving_out.write(path, args.with_secret == true, tell)
  end)
  audit.record(audit.by_command(), "export", path .. (args.with_secret and ", with the secret" or ""),
    rows and "done" or message)
  if not rows then
    return fail(message)
  end
  print(("%s: %d rows: %d capsules, %d letters, %d mailboxes, %d lines of the mail log, %d jobs"):format(path,
    moving.sum(rows), rows.capsule, rows.reminder, rows.mailbox, rows.mail_log, rows.job))
  print(args.with_secret
    and "THE SERVER SECRET IS IN IT: who has it can read the letters that wait, their keys, and jobs."
    or "The server secret is not in it: bring its file along, or the letters and jobs that wait are lost.")
  return GOOD
end

return M
