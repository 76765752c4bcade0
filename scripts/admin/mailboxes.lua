--- Mailboxes: is this address stopped?  One at a time, by its address: the database knows addresses by a keyed hash
--- alone, so there is no list that somebody could take away.
local db = require("host.db")
local erase = require("admin.erase")
local mailbox = require("reminder.mailbox")

local M = { name = "mailboxes" }

--- How many there are that have said what.
function M.data()
  local rows, message, kind = db.all("admin.mailboxes")
  if not rows then
    return nil, message, kind
  end
  local states = { unconfirmed = 0, confirmed = 0, stopped = 0 }
  for _, row in ipairs(rows) do
    states[row.state] = row.mailboxes
  end
  return { states = states }
end

function M.lines(data, _, t)
  local lines = {}
  for _, state in ipairs({ "unconfirmed", "confirmed", "stopped" }) do
    lines[#lines + 1] = ("%-12s %d"):format(state, data.states[state])
  end
  lines[#lines + 1] = t("mailboxes.no_list")
  return lines
end

local function address_of(form)
  local address = (form.mailbox or ""):match("^%s*(.-)%s*$")
  if mailbox.is_address(address) then
    return address
  end
  return nil, "mailboxes.no_address", "input"
end

local function what(form)
  return mailbox.masked(address_of(form) or "")
end

--- An act about an address: `run(address)` gives the sentence's key and more for it.
local function about(run)
  return {
    what = what,
    run = function(form)
      local address, message, kind = address_of(form)
      if not address then
        return nil, message, kind
      end
      local key, more
      key, more, kind = run(address)
      if not key then
        return nil, more, kind
      end
      local done = more or {}
      done.key = key
      done.args = { address = mailbox.masked(address), letters = done.letters }
      return done
    end,
  }
end

local function ask(address)
  local found, message, kind = mailbox.find(address)
  if not found then
    return nil, message, kind
  end
  local waiting
  waiting, message, kind = mailbox.waiting(address)
  if not waiting then
    return nil, message, kind
  end
  local known = found.id ~= nil or found.older ~= nil
  return "mailboxes.is_" .. (known and found.state or "unknown"), { state = known and found.state or "unknown",
    letters = waiting, said_at = found.said_at, last_mail_at = found.last_mail_at }
end

--- An act that changes what the mailbox wants, and tells how many letters that was about.
local function changes(change, said)
  return function(address)
    local letters, message, kind = change(mailbox.hash(address))
    if not letters then
      return nil, message, kind
    end
    return said, { letters = letters }
  end
end

local function forget(address)
  local erased, message, kind = erase.mailbox(address, "an admin")
  if not erased then
    return nil, message, kind
  end
  return erased.rows > 0 and "mailboxes.erased" or "mailboxes.is_unknown", { letters = erased.letters }
end

M.acts = {
  ask = about(ask),
  stop = about(changes(mailbox.stop, "mailboxes.stopped")),
  allow = about(changes(mailbox.confirm, "mailboxes.allowed")),
  erase = about(forget),
}

return M
