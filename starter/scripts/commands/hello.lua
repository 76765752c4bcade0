--- `timecapsule hello --site DIR`: a command is a file here, named as the command.  It may use
--- everything that a route may; what it returns is the exit status.
local config = require("host").config

local M = { help = "shows the motto of the site" }

function M.run()
  print(config.site_motto)
  return 0
end

return M
