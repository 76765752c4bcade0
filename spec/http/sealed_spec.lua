--- Messages that a browser has encrypted, as the server treats them: judged by shape and time,
--- kept to the byte, never lost.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local OPENS = "2030-06-01T12:00:00Z"
local LEGACY = "U2FsdGVkX1+qwjmJ6bGZ0r7rmG5rrbcxP2G2KwBtEKSteVri92eYbN1gIo6c1gtH\n"
  .. "f3VX4rDTRM3qLV9k4elnog=="

describe("an encrypted message", function()
  local srv

  setup(function()
    srv = server.start()
  end)
  before_each(function()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  --- Everything that the opened page shows of a message.
  local function read(key)
    srv:set_clock(OPENS)
    local res = srv:post("/open", { key = key }):expect({ status = 200 })
    return capsules.text(res, "capsule-content"), res
  end

  it("is kept to the byte", function()
    for _, content in ipairs({ capsules.sealed({ size = 20 * 1024 + 16 }), LEGACY }) do
      srv:set_clock(capsules.NOW)
      local key = capsules.put(srv, { content = content })
      assert.equal(content, (read(key)))
    end
  end)

  it("comes back in the form when it does not fit, by the form and by the API", function()
    local text = capsules.sealed()
    local cases = {
      { text, { time = "2030-06-01 12:01" }, ">2030-06-01</span> 12:00:00", ">2030-06-01</span> 12:01:00" },
      { text, { tz = "Europe/Berlin" }, ">2030-06-01</span> 14:00:00", ">2030-06-01</span> 12:00:00" },
      { capsules.sealed({ rounds = 599999 }), {}, "is not whole" },
      { "TC2." .. ("A"):rep(104), {}, "is not whole" },
      { text .. "\n", {}, "is not whole" },
    }
    for _, case in ipairs(cases) do
      case[2].content = case[1]
      local res = srv:post("/put", capsules.form(case[2]))
        :expect({ status = 422 })
        :expect_body('id="content-error"', table.unpack(case, 3))
      assert.equal(case[1], capsules.textarea(res, "content"))
    end
    for at, content in pairs({ ["2030-06-01T12:00:01Z"] = text, [OPENS] = "TC2.x.y" }) do
      local problem = srv:json("/api/v1/capsules", { name = "A", opens_at = at, content = content })
        :expect({ status = 422 })
        :json()
      assert.is_string(problem.errors.content)
    end
    srv:json("/api/v1/capsules", { name = "A", opens_at = OPENS, content = text })
      :expect({ status = 201 })
  end)

  it("comes back as it is when the capsule is taken back", function()
    local text = capsules.sealed()
    local key, done = capsules.put(srv, { content = text })
    local res = srv:post("/put/undo", { key = key, token = done:field("token") })
    assert.equal(text, capsules.textarea(res, "content"))
  end)
end)
