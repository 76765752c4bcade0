--- Why letters that are due wait, as far as this server knows: what stands in the way of the next pass over them.
local config = require("host").config
local host_words = require("admin.host_words")
local claims = require("reminder.claim")
local policy = require("reminder.policy")
local trouble = require("reminder.trouble")

local M = {}

--- Seconds: a server that sends takes what is due within one, and gives a claim back within a minute.
M.PATIENCE = 120

local function is_capped()
  local load = claims.load()
  return load and policy.room(load, { minute = config.mails_per_minute, day = config.mails_per_day }) == 0
end

--- The sentence that says it; nil: nothing is known that holds letters.
---@return admin.Words?
function M.why()
  local message, kind = trouble.database(), trouble.kind()
  if message then
    return host_words.find(message) or { key = "judge.away", args = { why = message } }
  elseif kind then
    return { key = "reminders.trouble_" .. kind }
  end
  return is_capped() and { key = "reminders.waits_caps" } or nil
end

return M
