-- Once `reload` has returned, nothing older is ever answered, on whichever worker.
local reload_app = require("spec.support.reload_app")

local SOAK = os.getenv("SOAK")
local RELOADS = SOAK and 100 or 15
local CONNECTIONS = SOAK and 1000 or 64

--- Asks on all connections at once, also on fresh ones; every answer is of that generation.
local function probe(srv, conns, number, states)
  for _, conn in ipairs(conns) do
    conn:ask({ method = "GET", path = "/generation" })
  end
  for _, conn in ipairs(conns) do
    local res = assert(conn:response())
    res:expect({ status = 200, body = tostring(number), headers = { ["X-Generation"] = tostring(number) } })
    states[res.headers["x-state"]] = true
  end
  srv:get("/generation"):expect({ body = tostring(number) })
end

local function size(set)
  local count = 0
  for _ in pairs(set) do
    count = count + 1
  end
  return count
end

--- So many connections, and more until both workers have some: whoever is awake accepts.
local function connect(srv)
  local conns = {}
  for _ = 1, 20 do
    local states = {}
    for _ = 1, CONNECTIONS do
      conns[#conns + 1] = srv:connect()
    end
    probe(srv, conns, 1, states)
    if size(states) == 2 then
      return conns
    end
  end
  error("the connections are not on both workers")
end

describe("after a reload has returned", function()
  it("no worker answers with anything older, on old connections and on new ones", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    local conns = connect(srv)
    for i = 1, RELOADS do
      local states = {}
      probe(srv, conns, i, {})
      app:use(i % 2 == 1 and "B" or "A")
      probe(srv, conns, reload_app.reload(srv), states)
      assert.equal(2, size(states), "a worker has answered nothing")
    end
    for _, conn in ipairs(conns) do
      conn:close()
    end
  end)

  it("whoever asks at the same time is served by one build, and told the same", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    app:use("B")
    local http, asks, answers = require("spec.support.http"), {}, {}
    for i = 1, 8 do
      asks[i] = http.connect({ path = srv.data .. "/control.sock" })
      asks[i]:send("reload\n")
    end
    for i, ask in ipairs(asks) do
      answers[i] = ask:rest()
      ask:close()
    end
    for _, answer in ipairs(answers) do
      assert.truthy(answer:find("generation 2 ", 1, true), answer)
    end
    assert.truthy(answers[1]:find("changed templates/page.html", 1, true), answers[1])
    assert.truthy(answers[8]:find("unchanged: generation 2", 1, true), answers[8])
    assert.equal(answers[2], answers[8])
  end)
end)
