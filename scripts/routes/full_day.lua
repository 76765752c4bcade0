--- What visitors meet once as many capsules were put today as may be: when it begins again, and what they typed.
local clock = require("host.clock")
local config = require("host").config
local instant = require("capsule.instant")
local room = require("capsule.room")
local faults = require("routes.faults")
local put_page = require("routes.put_page")
local moment = require("text.moment")

local M = {}

local function words(req)
  local time = moment.text(req.t, room.tomorrow(), config.time_zone)
  return req.t("put.day_full"), req.t("maintenance.back_at", { time = time })
end

local function unavailable(rep)
  rep.status = 503
  rep.headers["Retry-After"] = ("%d"):format(room.tomorrow() - clock.now())
  return rep
end

--- The form with what was typed.
---@param req table
---@param typed table<string, string>
---@return table reply
function M.page(req, typed)
  local why, back = words(req)
  local fault = { "maintenance.kept", { why = why, back = back } }
  return unavailable(put_page.page(req, put_page.typed(typed), { day = fault }))
end

--- The same for the API.
---@param req table
---@return table reply
function M.problem(req)
  local why, back = words(req)
  return unavailable(faults.problem(req, 503, { detail = req.t("site.sentences", { first = why, second = back }),
    back_at = instant.to_api(room.tomorrow()) }))
end

return M
