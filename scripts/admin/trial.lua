--- A trial letter: by the way that reminders take, to an address that somebody reads.
local config = require("host").config
local smtp = require("host.smtp")
local letter = require("reminder.letter")

local M = {}

--- What to do about each kind of failure; in the reader's language: `trial.advice_KIND`.
M.ADVICE = {
  auth = "trial.advice_auth",
  policy = "trial.advice_policy",
  temporary = "trial.advice_temporary",
  permanent = "trial.advice_permanent",
  input = "trial.advice_input",
}

---@class admin.Trial
---@field good boolean
---@field file boolean it became a file: no mail server is set up
---@field from string
---@field reply string what the mail server said, or why not
---@field kind host.kind?

---@param address string
---@param lang string
---@return admin.Trial
function M.send(address, lang)
  local receipt, message, kind = smtp.send(letter.trial(address, lang))
  return { good = receipt ~= nil, file = config.mail == "file", from = config.mail_from,
    reply = receipt and receipt.reply or message, kind = not receipt and kind or nil }
end

return M
