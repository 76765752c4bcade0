local testing = require("testing")
local switch = require("commands.switch")

-- The settings are those of spec/site/examples_spec.lua.
local DAY = 86400

--- So many days go by, each with what is due in it.
local function live(days)
  for _ = 1, days do
    testing.clock.advance(DAY)
    testing.run_jobs()
  end
end

local function link_of(letter)
  return letter.text:match("https://[^/]+(/switch%S+)")
end

describe("the switch", function()
  before_each(function()
    testing.clock.set("2030-01-01T00:00:00Z")
    assert.equal(0, switch.run({}))
    testing.run_jobs()
  end)

  it("asks its owner each month, and is silent as long as somebody answers", function()
    local visitor = testing.client()
    for month = 1, 6 do
      local letter = testing.mail.outbox[month]
      assert.equal("owner@example.org", letter.to)
      local page = visitor:get(link_of(letter)):expect(200)
      assert.truthy(visitor:submit(page, {}, { form = "switch" }):expect(200):has("asked again in a month"))
      live(30)
    end
    assert.equal(7, #testing.mail.outbox)
  end)

  it("tells its reader once nobody has answered for so long", function()
    live(43)
    assert.equal(2, #testing.mail.outbox)
    live(1)
    assert.equal("reader@example.org", testing.mail.outbox[3].to)
    assert.matches("The key is under the mat", testing.mail.outbox[3].text)
  end)

  it("is put off by the button, not by looking", function()
    testing.client():get(link_of(testing.mail.outbox[1])):expect(200)
    live(44)
    assert.equal("reader@example.org", testing.mail.outbox[3].to)
  end)

  it("believes no link but its own, and none that is too old", function()
    local visitor, link = testing.client(), link_of(testing.mail.outbox[1])
    visitor:get((link:gsub("=%d", "=9"))):expect(404)
    visitor:get("/switch?t=1893456000.x"):expect(404)
    visitor:get("/switch"):expect(404)
    live(45)
    visitor:get(link):expect(404)
  end)

  it("waits with its message while no letter can be sent", function()
    testing.mail.fail("temporary")
    live(45)
    assert.equal(1, #testing.mail.outbox)
    testing.mail.fail()
    live(1)
    local told = false
    for _, letter in ipairs(testing.mail.outbox) do
      told = told or letter.to == "reader@example.org"
    end
    assert.is_true(told)
  end)

  it("ends when it is told to", function()
    assert.equal(0, switch.run({ stop = true }))
    live(60)
    assert.equal(1, #testing.mail.outbox)
  end)
end)
