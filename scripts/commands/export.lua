--- `timecapsule export FILE`: everything, of one moment, for `timecapsule import FILE` elsewhere.
local command = require("host.command")
local host = require("host")
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
    return fail("which FILE?")
  end
  local progress = command.progress("exporting", "rows")
  local good, rows, message = xpcall(moving_out.write, function(raised)
    return type(raised) == "table" and raised[1] or host.message(raised)
  end, path, args.with_secret == true, function(done, total)
    return progress:tell(done, total)
  end)
  progress:done()
  if not good or not rows then
    return fail(good and message or rows)
  end
  print(("%s: %d rows: %d capsules, %d letters, %d mailboxes, %d lines of the mail log"):format(path, moving.sum(rows),
    rows.capsule, rows.reminder, rows.mailbox, rows.mail_log))
  print(args.with_secret and "THE SERVER SECRET IS IN IT: who has it can read the letters that wait, and their keys."
    or "The server secret is not in it: bring its file along, or the letters that wait are lost.")
  return GOOD
end

return M
