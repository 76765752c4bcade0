--- `timecapsule admin-token`: lets somebody into the admin's pages, by a token and a one-time link.
local config = require("host").config
local audit = require("admin.audit")
local page = require("admin.page")
local token = require("admin.token")

local M = {
  help = "lets somebody into the admin's pages",
  words = 0,
  options = {
    ["for"] = { value = "NAME", help = "whose token it is; the name of who asks for it when absent" },
    reader = { help = "who may look at everything and change nothing" },
    list = { help = "who may sign in, and who might once" },
    revoke = { value = "ID", help = "ends the token of that number, and what it has opened" },
  },
}

local GOOD, NOTHING = 0, 2

local function fail(message)
  io.stderr:write("timecapsule: admin-token: ", message, "\n")
  return NOTHING
end

--- Where the admin listener is, as far as the options tell; a path where they do not.
local function address()
  local listen = config.admin_listen or ""
  if listen == "" or listen:find("^unix:") or listen:find(":0$") then
    return ""
  end
  return "http://" .. (listen:find("^:") and "localhost" or "") .. listen
end

local function make(name, role)
  if #name > token.LONGEST_NAME or name:find("%c") or not utf8.len(name) then
    return fail(("a name is at most %d bytes of text"):format(token.LONGEST_NAME))
  end
  local made, message = token.make(name, role)
  if not made then
    return fail("the database: " .. message)
  end
  audit.record(audit.by_command(), "token_make", ("token %d, %s, for %s"):format(made.id, role, name), "done")
  print(("token %d (%s) for %s, shown only now:"):format(made.id, role, name))
  print("  " .. made.token)
  print("or a link that is good once, within an hour:")
  print(("  %s/sign-in?once=%s"):format(address(), made.link))
  if not config.admin_listen then
    print("The admin listener is off (--admin-listen): nobody can sign in.")
  end
  return GOOD
end

local function list()
  local tokens, message = token.list()
  if not tokens then
    return fail("the database: " .. message)
  end
  for _, row in ipairs(tokens) do
    print(("%d\t%s\t%s\tmade %s\t%s"):format(row.id, row.role, row.name, page.at(row.made_at),
      row.revoked_at and "revoked " .. page.at(row.revoked_at) or "good"))
  end
  return GOOD
end

local function revoke(which)
  local id = math.tointeger(tonumber(which))
  if not id then
    return fail(("--revoke: '%s' is no token's number; --list shows them"):format(which))
  end
  local revoked, message = token.revoke(id)
  if revoked == nil then
    return fail("the database: " .. message)
  elseif not revoked then
    return fail(("there is no token %d that is good; --list shows them"):format(id))
  end
  audit.record(audit.by_command(), "token_revoke", ("token %d"):format(id), "done")
  print(("token %d is revoked: whoever is signed in by it is out"):format(id))
  return GOOD
end

---@param args commands.Args
---@return integer status 0; 2: nothing was done.
function M.run(args)
  if args.list then
    return list()
  elseif args.revoke then
    return revoke(args.revoke)
  end
  return make(args["for"] or audit.by_command().name, args.reader and "reader" or "admin")
end

return M
