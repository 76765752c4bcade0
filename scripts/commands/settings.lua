--- `timecapsule settings`: what every option and setting of the running server is, and who said so.
local page = require("admin.page")
local settings = require("admin.settings")

return {
  help = "what every option and setting of the server is, and who said so",
  words = 0,
  options = { json = { help = "as JSON, with defaults and help" } },
  run = function(args)
    return page.show(settings, args)
  end,
}
