--- `timecapsule import --from FILE`: takes over capsules of the original from a dump of its database.
local host = require("host")
local command = require("host.command")
local dump = require("admin.dump")
local legacy = require("admin.legacy")
local i18n = require("text.i18n")

local M = {
  help = "takes over capsules of the original",
  words = 0,
  options = {
    from = { value = "FILE", help = "a dump of its database (mariadb-dump), read without a server" },
    dry_run = { help = "judges every row and writes nothing" },
    remind_past = { help = "letters also for capsules that have opened and whose letter was not sent" },
    language = { value = "TAG", help = "the language of letters; zh-CN where it is not given" },
  },
}

local GOOD, SOME_SKIPPED, NOTHING = 0, 1, 2

local function fail(message)
  io.stderr:write("timecapsule: import: ", message, "\n")
  return NOTHING
end

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
  local next_row, reader = dump.rows(source, legacy.TABLE)
  local progress = command.progress(import.options.dry_run and "judging" or "importing", "bytes")
  local stopped
  local good, fault = xpcall(function()
    for row in next_row do
      import:add(row)
      if not progress:tell(math.max(reader:position(), 0), source:size()) then
        stopped = "stopped; run it again to go on"
        break
      end
    end
    import:flush()
  end, function(raised)
    return type(raised) == "table" and raised[1] or host.message(raised)
  end)
  progress:done()
  return not good and fault or stopped
end

---@param args commands.Args
---@return integer status 0; 1: some rows were skipped, or it was stopped; 2: nothing was done.
function M.run(args)
  local source, message, lang = nil, "--from FILE says where from", i18n.match(args.language or "zh-CN")
  if args.from then
    source, message = command.open(args.from)
  end
  if not source then
    return fail(message)
  elseif not lang then
    return fail(("the language '%s' is none that letters are in"):format(args.language))
  end
  local options = { lang = lang, remind_past = args.remind_past == true, dry_run = args.dry_run == true }
  local import = legacy.new(options, tell)
  local why = run(import, source)
  local outcome = import.outcome
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

return M
