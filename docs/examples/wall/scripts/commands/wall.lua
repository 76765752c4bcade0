--- `timecapsule wall --site DIR`: what is on the wall, each with its number; with --remove NUMBER it is taken down.
local config = require("host").config
local db = require("host.db")

local function fail(message)
  io.stderr:write("timecapsule: wall: ", message, "\n")
  return 1
end

return {
  help = "the sentences on the wall",
  words = 0,
  options = { remove = { value = "NUMBER", help = "takes that one down" } },
  run = function(args)
    if args.remove then
      local id = math.tointeger(tonumber(args.remove))
      local done, message = db.exec("site.wall_remove", { id = id or 0 })
      if not done then
        return fail(message)
      end
      return done.affected > 0 and 0 or fail("there is no sentence " .. args.remove)
    end
    local lines, message = db.all("site.wall_latest", { count = config.site_wall_max })
    if not lines then
      return fail(message)
    end
    for _, line in ipairs(lines) do
      print(line.id .. "\t" .. line.sentence)
    end
    return 0
  end,
}
