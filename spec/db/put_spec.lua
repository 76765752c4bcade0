--- What a put costs MariaDB, and what becomes of puts that come together: one statement and one
--- commit each, or shared, and always an answer of one's own.
local capsules = require("spec.support.capsules")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

local AT_ONCE = 64

local function request(changes)
  local body = { name = "n", opens_at = 4102444740, content = "words" }
  for name, value in pairs(changes or {}) do
    body[name] = value
  end
  return { method = "POST", path = "/api/v1/capsules",
    headers = { ["Content-Type"] = "application/json", ["Idempotency-Key"] = body.once },
    body = ('{"name":"%s","opens_at":%d,"content":"%s"}'):format(body.name, body.opens_at,
      body.content) }
end

--- All at once; the answers, in that order.  sent() is called when all are on their way.
local function ask_all(srv, requests, sent)
  local conns, answers = {}, {}
  for i, each in ipairs(requests) do
    conns[i] = srv:connect()
    conns[i]:ask(each)
  end
  if sent then
    sent()
  end
  for i, conn in ipairs(conns) do
    answers[i] = conn:response("POST")
    conn:close()
  end
  return answers
end

describe("puts on MariaDB", function()
  local own, srv, base

  lazy_setup(function()
    own = mariadb.start()
    base = own:create()
    srv = server.start({ database = base, args = { "--workers", "1", "--rate-limits", "off",
      "--reminders", "off" } })
    srv:set_clock(capsules.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
    own:stop()
  end)

  local function status(name)
    return tonumber(own:sql(("SHOW GLOBAL STATUS LIKE '%s'"):format(name)):match("|(%d+)"))
  end

  it("are one statement each, and no transaction", function()
    capsules.put(srv) -- everything is prepared
    local executed, begun = status("Com_stmt_execute"), status("Com_begin")
    for _ = 1, 40 do
      capsules.put(srv)
    end
    local each = (status("Com_stmt_execute") - executed) / 40 -- and what timers ask meanwhile
    assert.is_true(each >= 1 and each < 1.5, each)
    assert.equal(begun, status("Com_begin"))
  end)

  --- Asks for all while the table is locked: those that come before the connections are used up
  --- are an execution each at most, and the others wait for one.
  local function ask_together(requests)
    local root = own:console()
    root:write(("LOCK TABLES %s.capsule WRITE;\n"):format(base.name))
    root:flush()
    local is_locked = process.wait_for(function()
      return own:sql("SHOW OPEN TABLES WHERE `Table` = 'capsule' AND In_use > 0") ~= ""
    end)
    local answers = ask_all(srv, requests, function()
      srv:get("/healthz"):expect({ status = 200 }) -- it came last: the others have been read
      root:close() -- and unlocks
    end)
    assert.is_truthy(is_locked)
    return answers
  end

  it("share executions when they come together, and each has its own key", function()
    local requests, seen = {}, {}
    for i = 1, AT_ONCE do
      requests[i] = request({ content = "number " .. i })
    end
    local executed = status("Com_stmt_execute")
    for _, res in ipairs(ask_together(requests)) do
      res:expect({ status = 201 })
      assert.is_nil(seen[res:json().key])
      seen[res:json().key] = true
    end
    local shared = status("Com_stmt_execute") - executed
    assert.is_true(shared < AT_ONCE / 2, shared .. " executions")
    for key in pairs(seen) do
      srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 403 })
    end
  end)

  it("that repeat another are answered with its key, the others with theirs", function()
    local requests, keys, distinct = {}, {}, 0
    for i = 1, AT_ONCE do
      local once = i % 4 == 0 and ("r"):rep(43) or nil
      requests[i] = request({ content = once and "the same" or "number " .. i, once = once })
    end
    for i, res in ipairs(ask_all(srv, requests)) do
      assert.is_true(res.status == 201 or res.status == 200, res.status .. " " .. res.body)
      local key = res:json().key
      distinct = distinct + (keys[key] and 0 or 1)
      keys[key] = i
    end
    assert.equal(AT_ONCE * 3 / 4 + 1, distinct)
  end)

  it("are seen in the metrics", function()
    for _, name in ipairs({ 'tc_db_connections{worker="0"} ', 'tc_db_idle{worker="0"} ',
      'tc_db_waiting{worker="0"} ', 'tc_db_seconds_count{kind="write"} ',
      'tc_db_connects_total{outcome="ok"} ' }) do
      assert.is_truthy(process.wait_for(function() -- some are written once a second
        return srv.admin:get("/metrics").body:find(name, 1, true)
      end), name .. " is missing")
    end
  end)
end)

describe("a primary that becomes read-only", function()
  it("is left for the next host, and the put is answered", function()
    local first, second = mariadb.start(), mariadb.start()
    local one = first:create()
    local two = second:database(one.name)
    second:sql("CREATE DATABASE " .. one.name .. " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    local data = server.folder()
    for _, base in ipairs({ two, one }) do
      base.server:account("plain", "SELECT, INSERT, UPDATE, DELETE", base.name .. ".*")
      server.start({ database = base, data = data }):stop()
    end
    local url = ("mariadb://plain@127.0.0.1:%d,127.0.0.1:%d/%s?pool=1"):format(first.port,
      second.port, one.name)
    local srv = server.start({ data = data, args = { "--workers", "1", "--database", url },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
    finally(function()
      srv:stop()
      first:stop()
      second:stop()
    end)
    srv:set_clock(capsules.NOW)
    capsules.put(srv)
    assert.equal("1", one:sql("SELECT count(*) FROM capsule"))
    first:sql("SET GLOBAL read_only = 1")
    local key = capsules.put(srv)
    assert.equal("1", two:sql("SELECT count(*) FROM capsule"))
    srv:post("/open", { key = key }):expect({ status = 403 })
  end)
end)
