--- JSON that a stranger makes large: many members, deep arrays, long names.  422 at once, and an answer that is short.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local PUT = "/api/v1/capsules"

describe("a JSON object", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  local function expect_short(text)
    local res = srv:post(PUT, text, { ["Content-Type"] = "application/json" }):expect({ status = 422,
      header = { ["content-type"] = "application/problem+json" } })
    assert.is_true(#res.body < 20000, #res.body)
    return res
  end

  it("with thousands of unknown members is refused for their number", function()
    local members = {}
    for i = 1, 25000 do
      members[i] = ('"a%d":1'):format(i)
    end
    expect_short("{" .. table.concat(members, ",") .. "}"):expect_body("more than 64 members")
  end)

  it("is refused for its depth, and for the elements of what lies in it", function()
    for _, value in ipairs({ ("["):rep(60) .. ("]"):rep(60), ("[[]"):rep(1) .. (",[]"):rep(60000) .. "]",
      '{"a":{"b":{"c":{}}}}' }) do
      expect_short('{"name":' .. value .. "}"):expect_body("nested too deeply")
    end
  end)

  it("tells back the names of unknown members, long ones cut", function()
    local errors = expect_short(('{"nmae":1,"%s":2}'):format(("x"):rep(100000))):json().errors
    assert.is_string(errors.nmae)
    assert.is_string(errors["…"])
  end)

  it("that is well-formed and small enough is judged as before", function()
    expect_short('{"name":[1,2,3]}')
    assert.is_string(srv:json(PUT, { name = "Ada", content = "x", opens_at = "2030-06-01T12:00:00Z" })
      :expect({ status = 201 }):json().key)
  end)
end)
