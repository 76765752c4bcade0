--- `timecapsule maintenance`: how the site is; with a mode it is made so, on every node of the database.
local i18n = require("text.i18n")
local audit = require("admin.audit")
local maintenance = require("admin.maintenance")
local page = require("admin.page")

return {
  help = "whether the site is open, read-only or closed, and makes it so",
  words = 1,
  options = {
    json = { help = "as JSON" },
    minutes = { value = "N", help = "when visitors are told to come back" },
    note = { value = "TEXT", help = "what visitors are told besides" },
  },
  run = function(args)
    if not args[1] then
      return page.show(maintenance, args)
    end
    local t = i18n.translator("en")
    local typed = { mode = args[1], minutes = args.minutes, note = args.note }
    local done, message = page.act(maintenance, "set", typed, audit.by_command())
    if not done then
      io.stderr:write("timecapsule: maintenance: ", page.words(message, t), "\n")
      return 2
    end
    print(t(done.key, done.args))
    return 0
  end,
}
