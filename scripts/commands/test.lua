--- `timecapsule test [busted's arguments]`: specs inside the host, as one task, so that they call
--- the real modules; on a database of their own in a temporary folder that is removed after, or on
--- the one that --database names.
---
--- Specs are trusted like the person who runs them: this state can load C modules and files.
--- Without arguments everything below spec/ is run: of the site (--site), or of the folder that one
--- stands in.  busted ends by os.exit, which would take the host with it before it has cleaned up;
--- here it ends the run alone.
---
--- Specs of a site have helpers (testing/init.lua), and each example is rolled back.
local host = require("host")
local client = require("testing.client")

local M = { help = "runs specs inside the host: test [busted's arguments]", raw = true }

local LACKS = [[
timecapsule: `timecapsule test` runs specs with busted, which Lua cannot load here:
  %s
On Debian and Ubuntu it is the package lua-busted (`apt install lua-busted`); elsewhere
`luarocks --lua-version 5.4 install busted`.
]]

--- busted's runner, or nil when it is not there.
local function runner()
  local ok, found = pcall(require, "busted.runner")
  if not ok then
    io.stderr:write(LACKS:format(tostring(found):match("[^\n]*")))
  end
  return ok and found or nil
end

--- Is there a site?  A file of one was read elsewhere than its path says.
local function has_site()
  for _, path in ipairs(host.list("")) do
    if host.origin(path) ~= path then
      return true
    end
  end
  return false
end

--- busted's command line.
local function words_of(args)
  local words = #args > 0 and args or { "spec" }
  return has_site() and { "--helper=testing.hooks", table.unpack(words) } or words
end

---@param args string[]
---@param apps { public: web.App, admin: web.App }
---@return integer status How many failed; 0 for none.
function M.run(args, apps)
  local run_busted = runner()
  if not run_busted then
    return 1
  end
  client.use(apps)
  local ended = {}
  local status = 0
  local exit = os.exit
  package.path = "./?.lua;./?/init.lua;" .. package.path
  rawset(_G, "arg", words_of(args))
  os.exit = function(code) -- luacheck: ignore 122
    status = code == true and 0 or tonumber(code) or 1
    error(ended, 0)
  end
  local ok, message = pcall(function()
    run_busted({ standalone = false, pattern = "_spec%.lua$" })
  end)
  os.exit = exit -- luacheck: ignore 122
  if not ok and message ~= ended then
    error(message, 0)
  end
  return math.min(status, 125)
end

return M
