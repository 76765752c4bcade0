local json = require("host.json")
local testing = require("testing")

-- `timecapsule test --site DIR --set site_webhook_url=https://hooks.example/capsules`
local HOOK = "https://hooks.example/capsules"

--- Puts a capsule and opens it when its time has come.
local function open()
  testing.clock.set("2030-01-01T00:00:00Z")
  local visitor = testing.client()
  local key = visitor:json("/api/v1/capsules", { name = "Ann", content = "planted", opens_at = "2030-02-01T00:00:00Z" })
    :expect(201):json().key
  testing.clock.set("2030-02-01T00:00:00Z")
  visitor:json("/api/v1/capsules/open", { key = key }):expect(200)
  return key
end

describe("the webhook", function()
  it("tells that a capsule was opened, and nothing of what is in it", function()
    testing.http.stub(HOOK, { status = 204 })
    local key = open()
    assert.equal(0, #testing.http.requests)
    testing.run_jobs()
    testing.run_jobs()
    assert.equal(1, #testing.http.requests)
    local request = testing.http.requests[1]
    assert.equal("POST", request.method)
    assert.equal(0, request.redirects)
    local event = json.decode(request.body)
    assert.equal(1896134400, event.opened_at)
    assert.equal(1893456000, event.created_at)
    assert.is_nil(request.body:find(key, 1, true) or request.body:find("planted", 1, true))
  end)

  it("tells it later where nobody answers, once", function()
    local answers = { false, { status = 503 }, { status = 200 } }
    testing.http.stub(HOOK, function()
      local answer = table.remove(answers, 1)
      if not answer then
        return nil, "nobody there", "io"
      end
      return answer
    end)
    open()
    for _, seconds in ipairs({ 0, 59, 1, 119, 1, 86400 }) do
      testing.clock.advance(seconds)
      testing.run_jobs()
    end
    assert.equal(3, #testing.http.requests)
    local first = json.decode(testing.http.requests[1].body)
    assert.same(first, json.decode(testing.http.requests[3].body))
  end)

  it("gives up on a server that refuses", function()
    testing.http.stub(HOOK, { status = 410 })
    open()
    testing.run_jobs()
    testing.clock.advance(86400)
    testing.run_jobs()
    assert.equal(1, #testing.http.requests)
  end)
end)
