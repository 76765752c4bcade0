--- Tells another server that a capsule was opened: when, and when it was put; nothing of what is in it.
---
--- The visitor does not wait for that server, and one that is away is told later.  It is told at least once: `id` is
--- the same where it is told twice.
local clock = require("host.clock")
local config = require("host").config
local crypto = require("host.crypto")
local http = require("host.http")
local job = require("job")
local json = require("host.json")

job.define("site.webhook", function(event)
  local answer, message, kind = http.fetch({
    url = config.site_webhook_url,
    method = "POST",
    headers = {
      ["Content-Type"] = "application/json",
      Authorization = config.site_webhook_token and "Bearer " .. config.site_webhook_token,
    },
    body = json.encode(event),
    redirects = 0, -- most make a GET of it, whose answer says nothing of the event
  })
  if not answer then
    return nil, message, kind
  elseif answer.status >= 500 or answer.status == 429 then
    return nil, ("it answers %d"):format(answer.status), "temporary"
  elseif answer.status >= 300 then
    return nil, ("it answers %d"):format(answer.status), "permanent"
  end
end)

return { api = 1, function(app)
  app:on("capsule.opened", function(capsule)
    if not config.site_webhook_url then
      return
    end
    -- A hash of the key under the server secret names the capsule, and opens nothing.
    local id = crypto.hex(crypto.hmac(crypto.secret("site.webhook"), capsule.key)):sub(1, 32)
    job.add("site.webhook", { id = id, opened_at = clock.now(), created_at = capsule.created_at }, { unique = id })
  end)
end }
