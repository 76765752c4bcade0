--- The one table of fields, and what is read from it.
local fields = require("capsule.fields")

describe("capsule.fields", function()
  it("lists what the form and the API send, in the order that repeated puts are hashed in", function()
    assert.same({ "name", "email", "time", "tz", "content", "tips", "mail_key", "to",
      "gather", "gather_until", "gather_most" }, fields.sent_by("form"))
    assert.same({ "name", "email", "opens_at", "content", "tips", "mail_key", "to", "gather" },
      fields.sent_by("api"))
  end)

  it("tells what has to be filled in, of all that may have to be", function()
    assert.same({ name = true, to = false, email = false, time = true, content = true, tips = false }, fields.required)
  end)
end)
