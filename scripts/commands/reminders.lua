--- `timecapsule reminders`: how letters stand; with `--failed` the lines of those that have failed for
--- good, with `--again NUMBER|all` such letters are tried anew.
local db = require("host.db")
local audit = require("admin.audit")
local canary = require("admin.canary")
local page = require("admin.page")
local reminders = require("admin.reminders")
local pause = require("reminder.pause")
local claims = require("reminder.claim")
local queue = require("reminder.queue")

local M = {
  help = "how letters stand",
  words = 0,
  options = {
    failed = { help = "the lines of those that have failed for good" },
    again = { value = "NUMBER|all", help = "tries such letters anew" },
    cancel = { value = "NUMBER", help = "that letter is never sent, and what it holds is wiped" },
    pause = { value = "REASON", help = "nothing is sent on any node until --resume" },
    resume = { help = "letters go on" },
    json = { help = "as JSON, with all that the page has" },
  },
}

local MOST = 1000
local STATES = { "unconfirmed", "pending", "sent", "failed", "cancelled" }

local function trouble(message)
  io.stderr:write("timecapsule: reminders: the database: ", message, "\n")
  return 1
end

local function show_states()
  local rows, message = db.all("reminder.count")
  if not rows then
    return trouble(message)
  end
  local letters = {}
  for _, row in ipairs(rows) do
    letters[row.state] = row.letters
  end
  for _, state in ipairs(STATES) do
    print(("%-12s %d"):format(state, letters[state] or 0))
  end
  if claims.is_held() then
    print(claims.HELD)
  end
  local paused = pause.state()
  if paused then
    print(pause.words(paused, page.at))
  end
  local line
  line, message = queue.last_trouble()
  if message then
    return trouble(message)
  elseif line then
    print(("nothing is sent: the mail server's last answer was about us, not about a recipient:\n%s"):format(line.text))
  end
  if canary.is_kept() then
    local found = canary.look()
    print(("canary       %s%s"):format(found.alarm and "ALARM: " or "", found.why))
    return found.alarm and 1 or 0
  end
  return 0
end

local function show_failed()
  local rows, message = db.all("reminder.failures", { most = MOST })
  if not rows then
    return trouble(message)
  end
  for _, row in ipairs(rows) do
    local why = row.text or "a stored reminder does not open: its row was changed, or another secret sealed it"
    print(("%d\t%s\t%s"):format(row.id, row.kept == 1 and "kept" or "wiped", why))
  end
  if rows[1] and rows[1].ended_at then
    print(("the latest failed at %s; what is kept can be sent: timecapsule reminders --again NUMBER|all")
      :format(page.at(rows[1].ended_at)))
  end
  return 0
end

local function send_again(which)
  local id = math.tointeger(tonumber(which))
  if which ~= "all" and not id then
    io.stderr:write("timecapsule: --again: '", which, "' is neither a letter's number nor 'all'\n")
    return 2
  end
  local letters, message = queue.again(id)
  if not letters then
    return trouble(message)
  end
  audit.record(audit.by_command(), "reminders_again", id and "letter " .. id or "all that have failed", "done")
  print(("%d letter%s will be tried again"):format(letters, letters == 1 and "" or "s"))
  return letters > 0 and 0 or 1
end

---@param args commands.Args
---@return integer status 1 where the database failed, or no letter was there to be sent again, or cancelled.
function M.run(args)
  if args.again then
    return send_again(args.again)
  elseif args.cancel then
    return page.act_by_command(reminders, "cancel", { number = args.cancel })
  elseif args.pause then
    return page.act_by_command(reminders, "pause", { why = args.pause })
  elseif args.resume then
    return page.act_by_command(reminders, "resume", {})
  elseif args.json then
    return page.show(reminders, args)
  elseif args.failed then
    return show_failed()
  end
  return show_states()
end

return M
