--- The sites of docs/examples: each is judged, and its own specs pass, on the database that SPEC_DATABASE names.
local mariadb = require("spec.support.mariadb")
local server = require("spec.support.server")

local EXAMPLES = {
  wall = {},
  webhook = { "--set", "site_webhook_url=https://hooks.example/capsules" },
  switch = { "--set", "site_switch_owner=owner@example.org", "--set", "site_switch_reader=reader@example.org",
    "--set", "site_switch_message=The key is under the mat.", "--public-url", "https://capsule.example" },
}

local function run(...)
  local words = {}
  for _, list in ipairs({ ... }) do
    table.move(list, 1, #list, #words + 1, words)
  end
  return server.run({ args = words, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
end

--- On MariaDB in a database of their own, which is migrated first.
local function test(site, settings)
  local database = {}
  if os.getenv("SPEC_DATABASE") == "mariadb" then
    database = { "--database", mariadb.shared():create():url() }
    local status, output = run({ "migrate" }, site, database)
    assert.equal(0, status, output)
  end
  return run({ "test" }, site, settings, database)
end

for name, settings in pairs(EXAMPLES) do
  describe("the example " .. name, function()
    local site = { "--site", "docs/examples/" .. name }

    it("has no faults", function()
      local status, output = run({ "check" }, site, settings)
      assert.equal(0, status, output)
      assert.truthy(output:find("no faults in", 1, true), output)
    end)

    it("passes its specs", function()
      local status, output = test(site, settings)
      assert.equal(0, status, output)
      assert.matches("[1-9]%d* successes / 0 failures / 0 errors / 0 pending", output)
    end)
  end)
end
