--- `timecapsule erase --key KEY | --mailbox ADDRESS`: what is kept of one capsule, or of one mailbox, is
--- deleted and in the database's journal no more.  That it was done is recorded, and not of whom.
local db = require("host.db")
local key = require("capsule.key")
local mailbox = require("reminder.mailbox")
local queue = require("reminder.queue")

local M = {
  help = "deletes a capsule, or what is kept of a mailbox",
  words = 0,
  options = {
    key = { value = "KEY", help = "that capsule and its letters" },
    mailbox = { value = "ADDRESS", help = "letters that wait for it, and what it has said about letters" },
  },
}

local DONE, NOT_THERE, NOTHING = 0, 1, 2

local function fail(message)
  io.stderr:write("timecapsule: erase: ", message, "\n")
  return NOTHING
end

--- Copies that no command reaches.
local function tell_of_copies()
  print("Backups that were made before still hold it, sealed, and so do MariaDB's binary logs until they expire.")
end

--- Runs the statements in one batch, with the record that it was done.
local function erase(calls, record)
  calls[#calls + 1] = queue.log_call("erased", record)
  local done, message = db.batch(calls)
  if not done then
    return nil, "the database: " .. message
  end
  local clean, why, kind = db.checkpoint()
  if not clean then
    io.stderr:write("timecapsule: erase: the database's journal was not emptied yet, the next letters do that",
      kind == "conflict" and "" or ": " .. why, "\n")
  end
  return done
end

local function erase_capsule(typed)
  local capsule_key = key.parse(typed)
  if not capsule_key then
    return fail("--key: this is no capsule key")
  end
  local done, message = erase({ { "capsule.delete_by_key", { key_hash = key.hash(capsule_key) } } },
    "a capsule was asked to be erased, by the command")
  if not done then
    return fail(message)
  elseif done[1].affected == 0 then
    print("there is no capsule of this key")
    return NOT_THERE
  end
  print("the capsule and its letters are erased")
  tell_of_copies()
  return DONE
end

local function erase_mailbox(address)
  if not mailbox.is_address(address) then
    return fail("--mailbox: this is no address of a mailbox")
  end
  local calls = {}
  for _, address_hash in ipairs(mailbox.hashes(address)) do
    for _, name in ipairs({ "mailbox.erase_log", "mailbox.erase_letters", "mailbox.erase" }) do
      calls[#calls + 1] = { name, { address_hash = address_hash } }
    end
  end
  local done, message = erase(calls, "a mailbox was asked to be erased, by the command")
  if not done then
    return fail(message)
  end
  local letters, rows = 0, 0
  for at = 1, #done - 1, 3 do
    letters, rows = letters + done[at + 1].affected, rows + done[at + 2].affected
  end
  if rows == 0 then
    print("nothing is kept of this mailbox")
    return NOT_THERE
  end
  print(("%d letters that waited for it are erased, and what it has said: a stop is forgotten, too"):format(letters))
  tell_of_copies()
  return DONE
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
