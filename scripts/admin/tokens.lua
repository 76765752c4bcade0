--- Who may sign in to the admin's pages, and who might once.  A token is made by a command on the server alone
--- (`timecapsule admin-token`): nobody who has got at a session makes another one for later.
local json = require("host.json")
local token = require("admin.token")

local M = { name = "tokens" }

function M.data()
  local rows, message, kind = token.list()
  if not rows then
    return nil, message, kind
  end
  return { tokens = json.array(rows) }
end

---@return string[] lines
function M.lines(data, at)
  local lines = {}
  for i, row in ipairs(data.tokens) do
    lines[i] = ("%d\t%s\t%s\tmade %s\t%s\t%s"):format(row.id, row.role, row.name, at(row.made_at),
      row.used_at and "used " .. at(row.used_at) or "never used",
      row.revoked_at and "revoked " .. at(row.revoked_at) or "good")
  end
  return lines
end

local function number_of(form)
  return math.tointeger(tonumber(form.number))
end

local function revoke(form)
  local id = number_of(form)
  if not id then
    return nil, "tokens.no_number", "input"
  end
  local revoked, message, kind = token.revoke(id)
  if revoked == nil then
    return nil, message, kind
  elseif not revoked then
    return nil, { key = "tokens.none", args = { number = id } }, "missing"
  end
  return { key = "tokens.revoked", args = { number = id } }
end

M.acts = {
  revoke = {
    what = function(form)
      return ("token %d"):format(number_of(form))
    end,
    run = revoke,
  },
}

return M
