--- What people notice when MariaDB is in trouble: nothing that needs no database changes, no
--- request outlives its deadline, all is well again by itself, and the log says why, once.
local capsules = require("spec.support.capsules")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local STOPPED_S = os.getenv("SOAK") and 20 or 3
local DEADLINE_S = 10 -- LIMIT_REQUEST_S …
local SLACK_S = 1.5   -- … and what a sanitizer and a busy machine add
local AT_ONCE = 40

local OPENS_AT = 4102444740

local function put_request(content)
  return { method = "POST", path = "/api/v1/capsules",
    headers = { ["Content-Type"] = "application/json" },
    body = ('{"name":"n","opens_at":%d,"content":"%s"}'):format(OPENS_AT, content or "words") }
end

--- So many puts at once; how often each status came, the keys, and the longest wait.
local function put_many(srv, count, content)
  local conns, began = {}, socket.gettime()
  for i = 1, count do
    conns[i] = srv:connect()
    conns[i]:ask(put_request(content))
  end
  local statuses, keys, longest = {}, {}, 0
  for i = 1, count do
    local res = conns[i]:response("POST")
    longest = math.max(longest, socket.gettime() - began)
    statuses[res.status] = (statuses[res.status] or 0) + 1
    if res.status == 201 then
      keys[#keys + 1] = res:json().key
    elseif res.status == 503 then
      assert.is_truthy(res.headers["retry-after"], "503 without Retry-After")
    end
    conns[i]:close()
  end
  assert.is_true(longest < DEADLINE_S + SLACK_S, "a request took " .. longest .. " s")
  assert.equal(count, (statuses[201] or 0) + (statuses[503] or 0), "only 201 and 503 are meant")
  return statuses, keys
end

--- A server that has made its first put form: that one reads every zone, and is as slow with a database that is well.
local function start(options)
  local srv = server.start(options)
  srv:get("/put"):expect({ status = 200 })
  return srv
end

--- A page that needs no database.
local function expect_page(srv)
  local began = socket.gettime()
  srv:get("/"):expect({ status = 200 })
  srv:get("/put"):expect({ status = 200 })
  assert.is_true(socket.gettime() - began < DEADLINE_S, "pages have become slow")
end

local function expect_ready(srv)
  assert.is_truthy(process.wait_for(function()
    socket.sleep(0.1)
    return srv:get("/readyz").status == 200
  end), "not ready again; the log:\n" .. srv:log())
end

local function expect_keys(srv, keys)
  for _, key in ipairs(keys) do
    srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 403 })
  end
end

--- Lines of the log with that text.
local function lines(srv, text)
  local count = 0
  for line in srv:log():gmatch("[^\n]+") do
    count = count + (line:find(text, 1, true) and 1 or 0)
  end
  return count
end

--- The trouble is named: at least once, and not once per request.
local function expect_named(srv, text, most)
  local count = lines(srv, text)
  assert.is_true(count >= 1 and count <= most, ("%q is in the log %d times:\n%s")
    :format(text, count, srv:log()))
end

describe("while MariaDB", function()
  local own, srv

  lazy_setup(function()
    own = mariadb.start({ "--max-connections=12" })
  end)
  lazy_teardown(function()
    own:stop()
  end)
  before_each(function()
    srv = start({ database = own:create(), args = { "--workers", "2" },
      database_options = { mariadb = "pool=8" } })
  end)
  after_each(function()
    srv:stop()
  end)

  it("is killed, pages are served, puts are refused, and nothing that was answered is lost", function()
    local _, before = put_many(srv, AT_ONCE)
    local conns = {}
    for i = 1, AT_ONCE do
      conns[i] = srv:connect()
      conns[i]:ask(put_request())
    end
    own:kill("KILL")
    expect_page(srv)
    for _, conn in ipairs(conns) do
      local res = conn:response("POST")
      before[#before + 1] = res.status == 201 and res:json().key or nil
      conn:close()
    end
    assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[503])
    srv:get("/readyz"):expect({ status = 503 })
    expect_page(srv)
    own:restart()
    expect_ready(srv)
    expect_keys(srv, before)
    assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[201])
    expect_named(srv, "error the database cannot be reached", 4) -- lost while it greets, asks, connects
    expect_named(srv, "info the database can be reached again", 1)
    expect_named(srv, "a handler failed", 16) -- of each message, once per worker
  end)

  it("hangs, pages are served, and requests end with their deadline or succeed", function()
    put_many(srv, AT_ONCE)
    own:kill("STOP")
    finally(function()
      own:kill("CONT")
    end)
    local conns, began = {}, socket.gettime()
    for i = 1, AT_ONCE do
      conns[i] = srv:connect()
      conns[i]:ask(put_request())
    end
    expect_page(srv)
    assert.is_truthy(process.wait_for(function() -- what was known a moment ago counts for a second
      return srv.admin:get("/readyz").status == 503
    end))
    for _ = 1, 3 do
      srv.admin:get("/readyz"):expect({ status = 503 }):expect_body("database: ")
    end
    srv.admin:get("/metrics"):expect({ status = 200 })
    assert.is_true(socket.gettime() - began < DEADLINE_S, "monitoring waits as long as requests do")
    local waited = 0
    while waited < STOPPED_S do
      socket.sleep(math.min(1, STOPPED_S - waited))
      waited = socket.gettime() - began
      srv:get("/"):expect({ status = 200 })
    end
    local keys = {}
    if STOPPED_S < DEADLINE_S then
      own:kill("CONT")
    end
    for _, conn in ipairs(conns) do
      local res = conn:response("POST")
      assert.is_true(res.status == 201 or res.status == 503, "status " .. res.status)
      keys[#keys + 1] = res.status == 201 and res:json().key or nil
      conn:close()
    end
    if STOPPED_S >= DEADLINE_S then
      assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[503])
      own:kill("CONT")
    end
    expect_ready(srv)
    expect_keys(srv, keys)
    assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[201])
    if STOPPED_S >= DEADLINE_S then
      expect_named(srv, "error the database cannot be reached", 2)
      expect_named(srv, "info the database can be reached again", 1)
    end
  end)

  it("has no connection left, the ones there are serve; without any, it comes back", function()
    put_many(srv, 4)
    local root, held = own:console(), {}
    root:write("SELECT 1;\n")
    root:flush()
    for i = 1, 16 do -- who does not log in holds a place, too
      held[i] = socket.connect("127.0.0.1", own.port)
    end
    assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[201])
    expect_page(srv)
    root:write("KILL USER spec@'127.0.0.1';\n")
    root:flush()
    for i = 17, 32 do
      held[i] = socket.connect("127.0.0.1", own.port)
    end
    put_many(srv, 10)
    expect_page(srv)
    for _, conn in pairs(held) do
      conn:close()
    end
    root:close()
    expect_ready(srv)
    assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[201])
    expect_named(srv, "Too many connections", 4) -- by two workers, before and after the others were ended
  end)

  it("is read-only, capsules still open and puts are refused", function()
    srv:stop()
    local base, data = own:create(), server.folder()
    server.start({ database = base, data = data }):stop()
    own:account("plain", "SELECT, INSERT, UPDATE, DELETE", base.name .. ".*")
    base.user = "plain"
    srv = start({ database = base, data = data })
    local _, keys = put_many(srv, 10)
    own:sql("SET GLOBAL read_only = 1")
    finally(function()
      own:sql("SET GLOBAL read_only = 0")
    end)
    assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[503])
    expect_keys(srv, keys)
    expect_page(srv)
    own:sql("SET GLOBAL read_only = 0")
    assert.equal(AT_ONCE, put_many(srv, AT_ONCE)[201])
    expect_named(srv, "error the server is read-only", 1)
    expect_named(srv, "info the database can be written to again", 1)
    expect_named(srv, "a handler failed", 4)
  end)
end)

describe("while MariaDB's disk is full", function()
  it("pages are served and nothing hangs; with room again, puts succeed", function()
    local can, why = mariadb.can_mount()
    if not can then
      pending("this run may not mount a file system: " .. why)
      return
    end
    local own <close> = mariadb.start({}, "120m")
    local srv <close> = start({ database = own:create(), args = { "--workers", "1" } })
    local content = capsules.sealed({ opens_at = OPENS_AT, size = 46096 })
    local _, keys = put_many(srv, 4, content)
    local filler = own:data_seen() .. "/filler"
    os.execute(("dd if=/dev/zero of=%s bs=64k status=none 2>/dev/null"):format(filler))
    local refused = 0
    for _ = 1, 4 do
      local statuses, more = put_many(srv, 20, content)
      refused = refused + (statuses[503] or 0)
      table.move(more, 1, #more, #keys + 1, keys)
    end
    assert.is_true(refused > 0, "the disk was not full")
    expect_page(srv)
    os.remove(filler)
    if own:has_ended() then -- 10.11 gives itself up when a rollback finds no room
      own:restart()
    end
    expect_ready(srv)
    assert.is_truthy(process.wait_for(function()
      socket.sleep(0.2)
      return srv:request(put_request(content)).status == 201
    end), "puts are still refused:\n" .. srv:log())
    assert.equal(20, put_many(srv, 20, content)[201])
    expect_keys(srv, keys)
    assert.is_true(lines(srv, "error the database server 127.0.0.1 cannot write: is its disk full? Make room there") == 1
      or lines(srv, "error the database cannot be reached") >= 1, srv:log())
  end)
end)
