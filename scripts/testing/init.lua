--- What specs of a site are written with: `timecapsule test --site DIR` runs DIR/spec with it.
---
---   local testing = require("testing")
---
---   it("keeps a sentence", function()
---     testing.clock.set("2030-01-01T00:00:00Z")
---     local visitor = testing.client()
---     local page = visitor:get("/wall"):expect(200)
---     page = visitor:submit(page, { sentence = "Hello" }):expect(303):follow()
---     assert.truthy(page:has("Hello"))
---     assert.equal("ann@example.org", testing.mail.outbox[1].to)
---   end)
---
--- Between examples everything goes back by itself: the clock to the real one, the outbox to nothing, and what an
--- example has written to the database is rolled back (what `setup` has written stays).  All that waits side by side
--- otherwise (host.task.each) runs one after the other.
local client = require("testing.client")

local M = {}

M.clock = require("testing.clock")
M.http = require("testing.http")
M.mail = require("testing.mail")

--- Does the jobs that are due, as the server does each second.
function M.run_jobs()
  require("job.run").all()
end
M.client = client.new

return M
