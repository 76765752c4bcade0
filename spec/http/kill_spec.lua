--- A key that was shown opens its capsule, whatever happens to the server a moment later.
---
--- ROUNDS says how often (1); with SOAK it is 100 times 2000 puts.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local SOAK = os.getenv("SOAK") ~= nil
local PUTS = SOAK and 2000 or 500
local ROUNDS = SOAK and 100 or tonumber(os.getenv("ROUNDS") or "") or 1

--- Puts at once, and the server is killed when so many were answered; the keys that were.
local function put_and_kill(srv, last)
  local connections, keys = {}, {}
  for i = 1, PUTS do
    local connection = srv:connect()
    connection:ask({
      method = "POST",
      path = "/api/v1/capsules",
      headers = { ["Content-Type"] = "application/json" },
      body = ('{"name":"n","opens_at":4102444740,"content":"number %d"}'):format(i),
    })
    connections[i] = connection
  end
  for i, connection in ipairs(connections) do
    if i == last then
      srv:kill("KILL")
    end
    local ok, res = pcall(connection.response, connection, "POST")
    connection:close()
    if ok and res and res.status == 201 then
      keys[#keys + 1] = res:json().key
    end
  end
  srv:wait()
  srv:stop()
  return keys
end

describe("a server that is killed during " .. PUTS .. " puts", function()
  it("has every capsule whose key it has answered", function()
    local data = server.folder()
    for round = 1, ROUNDS do
      local srv = server.start({ data = data })
      srv:set_clock(capsules.NOW)
      local last = PUTS * (3 + round % 5) // 10
      local keys = put_and_kill(srv, last)
      assert.is_true(#keys >= last - 1, "only " .. #keys .. " were answered")

      local again = server.start({ data = data })
      local connection = again:connect()
      for _, key in ipairs(keys) do
        connection:request({ method = "POST", path = "/api/v1/capsules/open",
          headers = { ["Content-Type"] = "application/json" },
          body = ('{"key":"%s"}'):format(key) }):expect({ status = 403 })
      end
      connection:close()
      again:stop()
    end
  end)
end)
