--- The letters of a new capsule, as what the store writes in the capsule's own batch.
local queue = require("reminder.queue")

local M = {}

---@param capsule rules.Capsule
---@return fun(placed: store.Placed, key_hash: string): table[]
function M.of(capsule)
  return function(placed, key_hash)
    if not capsule.email then
      return {}
    end
    return queue.calls({
      key = placed.key,
      key_hash = key_hash,
      opens_at = placed.opens_at,
      created_at = placed.created_at,
      mailbox = capsule.email,
      mail_key = capsule.mail_key,
      lang = capsule.lang,
      zone = capsule.zone,
    })
  end
end

return M
