--- `timecapsule test [busted's arguments]`: specs inside the host, as one task, so that they call
--- the real modules; on a database of their own in a temporary folder that is removed after, or on
--- the one that --database names.
---
--- Specs are trusted like the person who runs them: this state can load C modules and files.
--- Without arguments everything below spec/ is run: of the site (--site), or of the folder that one
--- stands in.  busted ends by os.exit, which would take the host with it before it has cleaned up;
--- here it ends the run alone.
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

---@param args string[]
---@return integer status How many failed; 0 for none.
function M.run(args)
  local run_busted = runner()
  if not run_busted then
    return 1
  end
  local ended = {}
  local status = 0
  local exit = os.exit
  package.path = "./?.lua;./?/init.lua;" .. package.path
  rawset(_G, "arg", #args > 0 and args or { "spec" })
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
