--- `timecapsule support`: the bundle that can be shown to strangers who help.
local page = require("admin.page")
local support = require("admin.support")

return {
  help = "versions, settings, doctor and errors without secrets, for whoever helps",
  words = 0,
  options = { json = { help = "as JSON" } },
  run = function(args)
    return page.show(support, args)
  end,
}
