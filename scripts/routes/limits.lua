--- The limits on what one client may ask for, which the host counts before it keeps a byte of a body: so many times a
--- minute, and so many bytes.  With `--rate-limits off` nobody counts.
local config = require("host").config
local fields = require("capsule.fields")

local M = {}

--- What a form without long fields may have, and a question in JSON: a key, a token, an address.
M.SMALL = 16384

--- The longest that a capsule's fields can be, in the widest spelling: a character is twelve bytes of a form
--- (`%F0%9F%8C%8D`) or of JSON (`\ud83c\udf0d`).
local WIDEST = 12

--- What a capsule may have, its fields at their longest; a site may add some until everything is loaded.
---@return integer
function M.CAPSULE()
  local characters = 0
  for _, field in ipairs(fields.list) do
    characters = characters + (field.max or 0)
  end
  return M.SMALL + WIDEST * characters + 3 * config.sealed_max
end

--- Of what all nodes together let a client do, this node's part: at least one, for 0 is no limit.
local function share(minute)
  return minute > 0 and math.max(minute // config.nodes, 1) or 0
end

--- A route's options: its body, and the rates that it counts for.
---@param body integer|(fun(): integer)|nil
---@param ... "put"|"open"|"request"
---@return { body: integer|(fun(): integer)|nil, rates: { name: string, minute: integer }[] }
function M.of(body, ...)
  local rates = {}
  for _, name in ipairs({ ... }) do
    local minute = config.rate_limits and share(config[name .. "s_per_minute"]) or 0
    if minute > 0 then
      rates[#rates + 1] = { name = name, minute = minute }
    end
  end
  return { body = body, rates = rates }
end

return M
