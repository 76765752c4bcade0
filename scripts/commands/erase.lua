--- `timecapsule erase --key KEY | --mailbox ADDRESS`: what is kept of one capsule, or of one mailbox, is
--- deleted and in the database's journal no more.  That it was done is recorded, and not of whom.
local audit = require("admin.audit")
local erase = require("admin.erase")
local key = require("capsule.key")
local mailbox = require("reminder.mailbox")

local M = {
  help = "deletes a capsule, or what is kept of a mailbox",
  words = 0,
  options = {
    key = { value = "KEY", help = "that capsule and its letters" },
    mailbox = { value = "ADDRESS", help = "letters that wait for it, and what it has said about letters" },
  },
}

local DONE, NOT_THERE, NOTHING = 0, 1, 2
local BY = "the command"

local function fail(message)
  io.stderr:write("timecapsule: erase: ", message, "\n")
  return NOTHING
end

--- What came of it, and that there are copies which no command reaches.
local function tell(erased, message, none, words)
  if not erased then
    return fail("the database: " .. message)
  elseif erased.unclean then
    io.stderr:write("timecapsule: erase: the database's journal was not emptied yet, the next letters do that",
      erased.unclean == "" and "" or ": " .. erased.unclean, "\n")
  end
  if erased.rows == 0 then
    print(none)
    return NOT_THERE
  end
  print(words)
  print("Backups that were made before still hold it, sealed, and so do MariaDB's binary logs until they expire.")
  return DONE
end

local function erase_capsule(typed)
  local capsule_key = key.parse(typed)
  if not capsule_key then
    return fail("--key: this is no capsule key")
  end
  local erased, message = erase.capsule_of(capsule_key, BY)
  audit.record(audit.by_command(), "capsules_erase", "a capsule, by its key", erased and "done" or message)
  return tell(erased, message, "there is no capsule of this key", "the capsule and its letters are erased")
end

local function erase_mailbox(address)
  if not mailbox.is_address(address) then
    return fail("--mailbox: this is no address of a mailbox")
  end
  local erased, message = erase.mailbox(address, BY)
  audit.record(audit.by_command(), "mailboxes_erase", "a mailbox", erased and "done" or message)
  return tell(erased, message, "nothing is kept of this mailbox",
    ("%d letters that waited for it are erased, and what it has said: a stop is forgotten, too")
      :format(erased and erased.letters or 0))
end

---@param args commands.Args
---@return integer status 0; 1: there was nothing of it; 2: nothing was done.
function M.run(args)
  if args.key and not args.mailbox then
    return erase_capsule(args.key)
  elseif args.mailbox and not args.key then
    return erase_mailbox(args.mailbox)
  end
  return fail("one of --key KEY and --mailbox ADDRESS says what")
end

return M
