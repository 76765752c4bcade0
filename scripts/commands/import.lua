--- `timecapsule import FILE`: takes what `timecapsule export` has written.  With `--from`: takes over capsules
--- of the original, from a dump of its database or from its server; with `--mail-settings`: tells what its
--- mail settings are here.
local host = require("host")
local command = require("host.command")
local audit = require("admin.audit")
local legacy = require("admin.legacy")
local legacy_mail = require("admin.legacy_mail")
local legacy_source = require("admin.legacy_source")
local long_job = require("admin.long_job")
local moving = require("admin.moving")
local moving_in = require("admin.moving_in")
local i18n = require("text.i18n")

local M = {
  help = "takes an export (import FILE), or capsules of the original (import --from FILE)",
  words = 1,
  options = {
    from = { value = "FILE|URL", help = "the original's: a dump of its database, or mariadb://user@host/TimeCapsule" },
    from_password_file = { value = "FILE", help = "holds the password of that server's user" },
    dry_run = { help = "judges every row and writes nothing" },
    remind_past = { help = "letters also for capsules that have opened and whose letter was not sent" },
    language = { value = "TAG", help = "the language of letters; zh-CN where it is not given" },
    mail_settings = { value = "FILE", help = "the original's privilege_key.txt: prints lines for our configuration" },
    its_secret = { value = "FILE", help = "the secret file of the instance that an export comes from" },
    capsules_only = { help = "of an export the capsules alone, where its secret is lost" },
  },
}

local GOOD, SOME_SKIPPED, NOTHING = 0, 1, 2

local STOPPED = "stopped; run it again to go on"

local function fail(message)
  io.stderr:write("timecapsule: import: ", message, "\n")
  return NOTHING
end

--- Of an address that may hold a password, where it leads.
local function record(from, why, skipped)
  audit.record(audit.by_command(), "import", (from:gsub("//.*@", "//")),
    why or (skipped > 0 and ("%d rows were skipped"):format(skipped)) or "done")
end

-- An export --------------------------------------------------------------------------------------

--- A row by its table and number, never a word of it.
local function tell_skipped(held, number, why)
  io.stderr:write(("%s %d: %s\n"):format(held.name, number, why))
end

local function tell_verified(file)
  print(("%s: whole, of %s: %d rows: %d capsules, %d letters, %d mailboxes, %d lines of the mail log"):format(file.path,
    file.head.made_at, moving.sum(file.rows), file.rows.capsule or 0, file.rows.reminder or 0, file.rows.mailbox or 0,
    file.rows.mail_log or 0))
end

local function tell_taken(file, outcome)
  print(("%s: %d rows written, %d were there already, %d skipped"):format(file.path, outcome.written, outcome.there,
    outcome.skipped))
  if outcome.held then
    print("NO LETTER IS SENT until a server is started once with `--reminders on` on its line, and no job done:\n"
      .. "letters that were sent since the export would go out again, and jobs be done again. Do not run both.")
  end
end

local function read_secrets(path)
  if not path then
    return nil
  end
  local source, message = command.open(path)
  local text = source and source:read(4096)
  return text, not text and (message or ("'%s' is empty"):format(path)) or nil
end

local function take_export(args)
  local secrets, trouble = read_secrets(args.its_secret)
  if trouble then
    return fail(trouble)
  end
  local file, message = long_job.run("verifying", "bytes", function(tell)
    return moving_in.verify(args[1], tell)
  end)
  if not file then
    return fail((message or "stopped") .. "; nothing was written")
  end
  tell_verified(file)
  if args.dry_run then
    return GOOD
  end
  local outcome
  outcome, message = long_job.run("importing", "bytes", function(tell)
    return moving_in.take(file, { capsules_only = args.capsules_only == true, secrets = secrets }, tell_skipped, tell)
  end)
  record(args[1], not outcome and message or outcome.stopped and STOPPED, outcome and outcome.skipped)
  if not outcome then
    return fail(message)
  end
  tell_taken(file, outcome)
  if outcome.stopped then
    fail(STOPPED)
  end
  return (outcome.stopped or outcome.skipped > 0) and SOME_SKIPPED or GOOD
end

-- The original -----------------------------------------------------------------------------------

--- A row as its owner finds it again: its place in the table, never a word of it.
local function tell(row, number, why)
  io.stderr:write(("row %d (id %s): %s\n"):format(number, row.id or "unknown", why))
end

local function summarize(outcome, dry_run)
  print(("%d rows read: %d capsules %s, %d were there already, %d skipped; %d letters %s; %d told of")
    :format(outcome.read, outcome.written, dry_run and "would be written" or "written", outcome.there, outcome.skipped,
      outcome.letters, dry_run and "would wait" or "wait", outcome.noted))
  print("times were read in " .. host.config.time_zone)
end

--- Reads and writes until the end or the wish to stop; nil, or why it stopped.
local function run(import, source)
  local stopped
  local what = import.options.dry_run and "judging" or "importing"
  local _, fault = long_job.run(what, source.unit, function(tell_progress)
    for row in source.next do
      import:add(row)
      if not tell_progress(source.position()) then
        stopped = STOPPED
        break
      end
    end
    import:flush()
  end)
  return fault or stopped
end

local function take_over(args)
  local lang = i18n.match(args.language or "zh-CN")
  if not lang then
    return fail(("the language '%s' is none that letters are in"):format(args.language))
  end
  local source, message
  local opened, raised = long_job.try(function()
    source, message = legacy_source.open(args.from, args.from_password_file)
    return true
  end)
  if not opened or not source then
    return fail(raised or message)
  end
  local options = { lang = lang, remind_past = args.remind_past == true, dry_run = args.dry_run == true }
  local import = legacy.new(options, tell)
  local why = run(import, source)
  local outcome = import.outcome
  if not args.dry_run then
    record(args.from, why, outcome.skipped)
  end
  if why then
    fail(why)
  elseif outcome.read == 0 then
    return fail(("there is no row of a table `%s` in %s"):format(legacy.TABLE, args.from))
  end
  summarize(outcome, args.dry_run)
  if outcome.written + outcome.there == 0 then
    return NOTHING
  end
  return (why or outcome.skipped > 0) and SOME_SKIPPED or GOOD
end

local function tell_mail(path)
  local source, message = command.open(path)
  local settings
  if source then
    settings, message = legacy_mail.read(source:read(legacy_mail.MOST) or "")
  end
  if not settings then
    return fail(("%s: %s"):format(path, message))
  end
  print(table.concat(legacy_mail.lines(settings), "\n"))
  io.stderr:write(("The password is the mail_pass of %s: write it into that file, which the server's user alone may"
    .. " read (0600).\n"):format(path))
  return GOOD
end

---@param args commands.Args
---@return integer status 0; 1: some rows were skipped, or it was stopped; 2: nothing was done.
function M.run(args)
  local given = (args.mail_settings and 1 or 0) + (args.from and 1 or 0) + (args[1] and 1 or 0)
  if given ~= 1 then
    return fail("one of FILE (an export), --from FILE|URL (the original's) and --mail-settings FILE says what")
  elseif args.mail_settings then
    return tell_mail(args.mail_settings)
  elseif args.from then
    return take_over(args)
  end
  return take_export(args)
end

return M
