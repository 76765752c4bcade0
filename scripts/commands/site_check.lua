--- `timecapsule site check --against VERSION --site DIR`: what of a site another version would break, by the names that
--- each version ships (contract/surface.lua).  `--names` prints those of this one, `--taken` is the end of `site diff`.
local compare = require("contract.compare")
local surface = require("contract.surface")
local warnings = require("contract.warnings")

local M = {
  help = "what of a site another version would break: site check --against VERSION",
  words = 0,
  options = {
    against = { value = "VERSION|FILE", help = "an older or a newer one that is shipped, or a file of names" },
    taken = { help = "which names of the site this version has taken since, and what is deprecated" },
    names = { help = "prints the names of this version, for scripts/contract/versions" },
  },
}

local GOOD, BAD, NOTHING = 0, 1, 2

local function fail(message)
  io.stderr:write("timecapsule: site check: ", message, "\n")
  return NOTHING
end

local function read_file(path)
  local command = require("host.command")
  local source = command.open(path)
  return source and source:read(1 << 20)
end

---@param args commands.Args
---@param apps { public: web.App, admin: web.App }
---@return integer status 0; 1: something would break; 2: nothing was judged.
function M.run(args, apps)
  if args.names then
    io.write(surface.write(surface.current(apps.public)))
    return GOOD
  elseif args.taken then
    local taken = warnings.list(apps.public)
    for _, line in ipairs(taken) do
      print(line)
    end
    return taken[1] and BAD or GOOD
  elseif not args.against then
    return fail("--against VERSION says which")
  end
  local text, versions = surface.shipped(args.against)
  text = text or read_file(args.against)
  if not text then
    return fail(("there is no '%s'; there are %s"):format(args.against, table.concat(versions, ", ")))
  end
  local newest = versions[#versions] -- this one
  local ours = assert(surface.shipped(newest))
  if args.against == newest then
    ours = surface.write(surface.current(apps.public))
    text = ours
  end
  local list = compare.site(apps.public, surface.read(ours), surface.read(text), args.against)
  for _, line in ipairs(list) do
    print(line)
  end
  print(list[1] and ("%d thing%s would break"):format(#list, list[2] and "s" or "") or "nothing would break")
  return list[1] and BAD or GOOD
end

return M
