--- `timecapsule admin-token`: lets somebody into the admin's pages, by a token and a one-time link.
local config = require("host").config
local audit = require("admin.audit")
local page = require("admin.page")
local token = require("admin.token")
local tokens = require("admin.tokens")

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
  audit.record(audit.by_command(), "tokens_make", ("token %d, %s, for %s"):format(made.id, role, name), "done")
  print(("token %d (%s) for %s, shown only now:"):format(made.id, role, name))
  print("  " .. made.token)
  print("or a link that is good once, within an hour:")
  print(("  %s/sign-in?once=%s"):format(address(), made.link))
  if not config.admin_listen then
    print("The admin listener is off (--admin-listen): nobody can sign in.")
  end
  return GOOD
end

---@param args commands.Args
---@return integer status 0; else nothing was done.
function M.run(args)
  if args.list then
    return page.show(tokens, {})
  elseif args.revoke then
    return page.act_by_command(tokens, "revoke", { number = args.revoke })
  end
  return make(args["for"] or audit.by_command().name, args.reader and "reader" or "admin")
end

return M
