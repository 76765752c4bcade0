--- Replies by which mail servers refuse a letter for good, as real ones word them, and whose fault each tells
--- (RFC 3463).  {} stands for the recipient.
local M = {}

--- What of a letter a reply answers; "end" is its last line.
M.STAGES = { "mail", "rcpt", "data", "end" }

--- This recipient, or this letter for it.  At MAIL nobody but the sender has been named: ours there.
M.ABOUT_RECIPIENT = {
  "550 5.1.1 <{}>: Recipient address rejected: User unknown",
  "550 5.1.2 no such domain",
  "553 5.1.3 bad syntax",
  "551 5.1.6 <{}> has moved",
  "556 5.1.10 takes no mail",
  "550 5.2.1 mailbox disabled",
  "552 5.2.2 mailbox full",
  "550 <{}> is unknown here",
}

--- Our sender, their system and routes, the rules.
M.ABOUT_US = {
  "553 5.7.1 <c@sender.example>: Sender address rejected: not owned by user bot@site.example",
  "554 5.7.1 <{}>: Relay access denied",
  "550 5.4.5 Daily user sending quota exceeded",
  "550 5.7.26 unauthenticated mail is prohibited",
  "554 Message rejected: Email address is not verified.",
  "550 5.1.7 bad sender",
  "550 5.1.8 the sender's domain does not exist",
  "554 5.3.0 not today",
  "552 5.3.4 larger than we take",
  "550 5.4.1 no answer from host",
  "550 5.7.0 refused by our rules",
}

--- Every detail of RFC 3463 and of its registry (RFC 5248): "1.1" for this recipient, "1.7" for us.
local LAST = { [1] = 10, [2] = 4, [3] = 7, [4] = 7, [6] = 10, [7] = 30 }
local SENDERS = { ["1.7"] = true, ["1.8"] = true }

--- A reply for each of them, as two lists like those above.
---@return string[] about_recipient
---@return string[] about_us
function M.registry()
  local recipients, us = {}, {}
  for subject, last in pairs(LAST) do
    for detail = subject == 1 and 1 or 0, last do
      local status = subject .. "." .. detail
      local theirs = (subject <= 2 or subject == 6) and not SENDERS[status]
      local list = theirs and recipients or us
      list[#list + 1] = ("550 5.%s refused"):format(status)
    end
  end
  return recipients, us
end

return M
