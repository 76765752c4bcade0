--- A dead man's switch: each month its owner gets a letter with a link; where nobody has followed one for so many days,
--- another address gets the message.
---
--- It is two jobs.  `site.switch_tell` is due in so many days, and whoever follows a link puts it off: it is unique, so
--- the new one takes the old one's place.  `site.switch_ask` sends a letter and puts itself off by a month.
--- `timecapsule switch --site DIR` starts both, and with --stop ends them.
local clock = require("host.clock")
local config = require("host").config
local crypto = require("host.crypto")
local job = require("job")
local smtp = require("host.smtp")
local link = require("web.link")
local i18n = require("text.i18n")
local template = require("text.template")

local DAY = 86400
local MONTH = 30 * DAY

local M = {}

--- Puts the message off: it goes out in so many days, unless it is put off again.
function M.put_off()
  return job.add("site.switch_tell", {}, { at = clock.now() + config.site_switch_days * DAY, unique = "the one" })
end

function M.ask_at(at)
  return job.add("site.switch_ask", {}, { at = at, unique = "the one" })
end

function M.stop()
  local asked, message, kind = job.cancel("site.switch_ask", "the one")
  if asked == nil then
    return nil, message, kind
  end
  return job.cancel("site.switch_tell", "the one")
end

-- The link ----------------------------------------------------------------------------------------------------------

local function signed(secret, moment)
  return crypto.base64url(crypto.hmac(secret, "switch " .. moment))
end

local function token()
  local moment = tostring(clock.now())
  return moment .. "." .. signed(crypto.secret("site.switch"), moment)
end

--- Did we send it, since the switch could have been put off last?
function M.is_ours(given)
  local moment, signature = (given or ""):match("^(%d%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?)%.([%w_-]+)$")
  if not moment or clock.now() - math.tointeger(tonumber(moment)) > config.site_switch_days * DAY then
    return false
  end
  for _, secret in ipairs(crypto.secrets("site.switch")) do
    if crypto.equal(signature, signed(secret, moment)) then
      return true
    end
  end
  return false
end

-- What is due -------------------------------------------------------------------------------------------------------

local function send(to, name, values)
  local t = i18n.translator("en")
  local sent, message, kind = smtp.send({ to = to, subject = t("switch." .. name .. "_subject"),
    text = template.render("mail/" .. name .. ".txt", "en", values) })
  if not sent then
    return nil, message, kind
  end
end

--- The next letter is put down first: a job that is done twice asks twice, and one that is lost would never ask again.
job.define("site.switch_ask", function(_, about)
  local added, message, kind = M.ask_at(math.max(about.at, clock.now() - MONTH) + MONTH)
  if not added then
    return nil, message, kind
  end
  return send(config.site_switch_owner, "switch_ask",
    { link = assert(link.to("/switch?t=" .. token()), "public-url is not set") })
end, { attempts = 100, most = 3600 })

job.define("site.switch_tell", function()
  return send(config.site_switch_reader, "switch_tell", { message = config.site_switch_message })
end, { attempts = 1000, most = 3600 })

return M
