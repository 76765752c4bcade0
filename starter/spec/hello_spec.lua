--- `timecapsule test --site .` runs this.
local testing = require("testing")

describe("the page /hello", function()
  it("counts who says hello", function()
    local visitor = testing.client()
    local page = visitor:get("/hello"):expect(200)
    assert.truthy(page:has("Hellos until now: 0"))
    page = visitor:submit(page, {}):expect(303):follow():expect(200)
    assert.truthy(page:has("Hellos until now: 1"))
  end)
end)
