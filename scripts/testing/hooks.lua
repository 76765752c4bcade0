--- What busted does around every example of a site.  Loaded by commands/test.lua as busted's helper.
local busted = require("busted")
local clock = require("testing.clock")
local http = require("testing.http")
local mail = require("testing.mail")
local rollback = require("testing.rollback")

clock.install()
http.install()
mail.install()
rollback.install()

busted.before_each(function()
  clock.reset()
  http.reset()
  mail.reset()
  rollback.begin()
end)

busted.after_each(function()
  rollback.finish()
  clock.reset()
end)
