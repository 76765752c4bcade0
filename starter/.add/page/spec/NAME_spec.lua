local testing = require("testing")

describe("the page /NAME", function()
  it("is there", function()
    local page = testing.client():get("/NAME"):expect(200)
    assert.truthy(page:has("<h1>NAME</h1>"))
  end)
end)
