--- `timecapsule errors`: what the running server logged as errors last; of one request, where its number is given.
local errors = require("admin.errors")
local page = require("admin.page")

return {
  help = "the errors that the server logged last",
  words = 0,
  options = {
    json = { help = "as JSON" },
    request = { value = "NUMBER", help = "those of one request: the number on a visitor's page" },
  },
  run = function(args)
    return page.show(errors, args)
  end,
}
