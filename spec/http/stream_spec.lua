--- A body that a handler writes piece by piece: real clients, fast, slow and gone.
local process = require("spec.support.process")
local reload_app = require("spec.support.reload_app")

local MAIN = [[
local clock = require("host.clock")
local shared = require("host.shared").space("spec", { max = 100 })
local task = require("host.task")

local function count(name)
  return setmetatable({}, { __close = function()
    shared:incr("closed:" .. name, 1)
  end })
end

local kept
local streams = {}

function streams.words(write)
  write("one ")
  clock.sleep(0.02)
  write("")
  write(2)
  write((" three"):rep(10000))
end

function streams.none() end

function streams.first()
  error("before the first piece")
end

function streams.broken(write)
  write("some of it")
  error("on purpose")
end

function streams.large(write)
  local piece = ("x"):rep(256 * 1024)
  for i = 1, 800 do
    write(piece)
    shared:set("pieces", i)
  end
end

function streams.endless(write)
  local closed <close> = count("endless") -- luacheck: ignore 211
  while true do
    write(("y"):rep(1000))
    shared:incr("written", 1)
  end
end

function streams.quiet(write)
  local closed <close> = count("quiet") -- luacheck: ignore 211
  write("first")
  shared:set("quiet", 1)
  clock.sleep(30)
end

--- What has begun side by side ends, as a write to a database does.
function streams.minds(write)
  write("first")
  task.each({ 1 }, 1, function()
    shared:set("minds", 1)
    repeat
      clock.sleep(0.01)
    until shared:get("go")
  end)
  write("nobody is told")
  shared:set("minds", 2)
end

function streams.spins(write)
  write("first")
  while true do end
end

function streams.children(write)
  task.each({ 1 }, 1, function()
    local ok, why = pcall(write, "from a child")
    kept = tostring(ok) .. " " .. tostring(why)
  end)
  write(kept)
end

function streams.keeps(write)
  kept = write
  write("kept")
end

--- What the client sent is there for as long as it is written.
function streams.echoes(write, req)
  write("first ")
  write(req.form.name .. " " .. req.body)
end

local M = {}

--- A reply that is none any more when its first piece is written.
local changed = {}

function changed.none(rep)
  rep.stream = nil
end

function changed.body(rep)
  rep.stream, rep.body = nil, { ("x"):rep(1000) }
end

function changed.file(rep)
  rep.file = "static/same.txt"
end

function M.handle(req)
  local name = req.path:sub(2)
  req.route = name
  local change = changed[name:match("^changed/(.+)")]
  if change then
    local rep = {}
    rep.stream = function(write)
      change(rep)
      write("x")
    end
    return rep
  elseif name == "twofold" then
    local asked = 0
    return setmetatable({}, { __index = function(_, key)
      asked = asked + (key == "stream" and 1 or 0)
      return key == "stream" and asked == 1 and streams.words or nil
    end })
  elseif name == "echoes" then
    return { stream = function(write) streams.echoes(write, req) end }
  end
  if name == "seen" then
    return { body = tostring(shared:get(req.query.name) or 0) }
  elseif name == "go" then
    shared:set("go", true)
    return {}
  elseif name == "late" then
    return { body = tostring(select(2, pcall(kept, "late"))) }
  elseif name == "bad" then
    return { stream = "text" }
  elseif name == "status" then
    return { status = 204, stream = function(write) write("none") end }
  end
  return { status = 200, headers = { ["Content-Type"] = "text/plain", ["X-Version"] = "@VERSION@" }, stream = streams[name] }
end

function M.failed(_, status, kind)
  return { status = status, body = kind }
end

return M
]]

local function start(args, env)
  local app = reload_app.versions("plain")
  app:add("A", { ["scripts/main.lua"] = MAIN })
  app:add("B", { ["scripts/main.lua"] = MAIN:gsub("@VERSION@", "B") })
  app:use("A")
  return app:start({ args = table.move(args or {}, 1, #(args or {}), 3, { "--workers", "1" }), env = env }), app
end

local function eventually(srv, name, wanted)
  local seen
  assert(process.wait_for(function()
    seen = srv:get("/seen?name=" .. name).body
    return seen == wanted
  end), ("%s is %s, not %s"):format(name, seen, wanted))
end

--- The log of a stream that was cut comes behind what its client sees.
local function expect_log(srv, pattern)
  assert(process.wait_for(function()
    return srv:log():find(pattern)
  end), srv:log())
end

--- Everything that comes on a connection of its own until it ends, and how it ended.
local function all_of(srv, path, version)
  local conn = srv:connect()
  conn:send(("GET %s HTTP/%s\r\nHost: x\r\n\r\n"):format(path, version or "1.1"))
  local all, why, part = conn.socket:receive("*a")
  conn:close()
  return all or part, why
end

--- Asks, and takes no more than the head.
local function begin(srv, path)
  local conn = srv:connect()
  conn:send(("GET %s HTTP/1.1\r\nHost: x\r\n\r\n"):format(path))
  repeat
    local line = assert(conn.socket:receive("*l"))
  until line == ""
  return conn
end

local WORDS = "one 2" .. (" three"):rep(10000)

describe("a stream", function()
  local srv

  setup(function()
    srv = start({ "--limit-time", "60s" })
  end)
  teardown(function()
    srv:stop()
  end)

  it("is sent in chunks, and the connection goes on", function()
    local conn = srv:connect()
    for _ = 1, 2 do
      local res = conn:request({ path = "/words" }):expect({ status = 200, headers = { ["transfer-encoding"] = "chunked",
        ["content-type"] = "text/plain" } })
      assert.equal(WORDS, res.body)
    end
    assert.equal("", conn:request({ path = "/none" }):expect({ status = 200 }).body)
    assert.equal("0", conn:request({ path = "/seen?name=no" }).body)
    conn:close()
  end)

  it("finds room beside the largest head that is served", function()
    local sizes = {}
    for bytes = 7000, 9500, 50 do
      local res = srv:get("/words", { ["X-Pad"] = ("p"):rep(bytes) })
      sizes[res.status] = bytes
      assert.equal(res.status == 200 and WORDS or res.body, res.body)
    end
    assert.is_true(sizes[200] > 7000 and sizes[431] == 9500)
  end)

  it("ends with the connection for a client of HTTP/1.0", function()
    local all, why = all_of(srv, "/words", "1.0")
    assert.is_nil(why)
    assert.equal(WORDS, all:match("\r\n\r\n(.*)"))
    assert.is_nil(all:lower():find("transfer-encoding", 1, true))
  end)

  it("is not run for HEAD", function()
    local conn = srv:connect()
    local res = conn:request({ method = "HEAD", path = "/first" }):expect({ status = 200 })
    assert.is_nil(res.headers["content-length"])
    assert.equal("", conn:rest())
    conn:close()
  end)

  it("is an error page where it fails before its first piece", function()
    srv:get("/first"):expect({ status = 500, body = "error" })
    srv:get("/bad"):expect({ status = 500 })
    srv:get("/status"):expect({ status = 500 })
    assert.truthy(srv:log():find("a reply's stream is a function that is given write, not a string", 1, true))
    assert.truthy(srv:log():find("a reply of status 204 has no body to be written", 1, true))
  end)

  it("is an error page where its reply is none any more", function()
    for _, path in ipairs({ "/changed/none", "/changed/body", "/changed/file", "/twofold" }) do
      srv:get(path):expect({ status = 500, body = "error" })
    end
    assert.truthy(srv:log():find("the reply of a stream that has begun is none any more", 1, true))
    assert.equal(WORDS, srv:get("/words").body)
  end)

  it("reads what its client sent also behind its first piece", function()
    assert.equal("first Ada name=Ada", srv:post("/echoes", { name = "Ada" }).body)
  end)

  it("that fails later is cut, so that the client sees it", function()
    local all, why = all_of(srv, "/broken")
    assert.truthy(all:find("\r\nsome of it", 1, true), all)
    assert.is_nil(all:find("0\r\n\r\n", 1, true))
    assert.is_nil(why)
    all, why = all_of(srv, "/broken", "1.0")
    assert.is_nil(all:find("error", 1, true))
    assert.is_truthy(why and why ~= "timeout", "HTTP/1.0 cannot see the cut: " .. tostring(why))
    expect_log(srv, 'error a handler raised an error request=%x+ route=broken [^\n]*on purpose')
  end)

  it("holds nothing: 200 MB pass, no faster than they are taken", function()
    local function resident()
      return tonumber(reload_app.read(("/proc/%d/status"):format(srv.pid)):match("VmRSS:%s+(%d+) kB"))
    end
    assert.equal(WORDS, srv:get("/words").body)
    local before, conn = resident(), begin(srv, "/large")
    local pieces = 0
    assert(process.wait_for(function()
      local was = pieces
      pieces = tonumber(srv:get("/seen?name=pieces").body)
      return pieces == was and pieces > 0
    end))
    assert.is_true(pieces < 200, ("%d pieces are written that nobody has taken"):format(pieces))
    local taken = 0
    repeat
      local size = tonumber(assert(conn.socket:receive("*l")), 16)
      assert(conn.socket:receive(size + 2))
      taken = taken + size
    until size == 0
    conn:close()
    assert.equal(800 * 256 * 1024, taken)
    eventually(srv, "pieces", "800")
    assert.is_true(resident() - before < 32 * 1024, ("%d kB, then %d kB"):format(before, resident()))
  end)

  it("ends when its client goes, while it writes and while it waits", function()
    local conn = begin(srv, "/endless")
    conn:close()
    eventually(srv, "closed:endless", "1")
    conn = begin(srv, "/quiet")
    eventually(srv, "quiet", "1")
    conn:close()
    eventually(srv, "closed:quiet", "1")
  end)

  it("goes to its end without its client where it has begun what must end", function()
    local conn = begin(srv, "/minds")
    eventually(srv, "minds", "1")
    conn:close()
    srv:get("/words") -- the one worker has turned since, and seen that the client has gone
    srv:get("/go")
    eventually(srv, "minds", "2")
    assert.equal(WORDS, srv:get("/words").body)
  end)

  it("has the limits of a request", function()
    local all = all_of(srv, "/spins")
    assert.truthy(all:find("first", 1, true), all)
    assert.is_nil(all:find("0\r\n\r\n", 1, true))
    expect_log(srv, "a request was over a limit request=%x+ route=spins")
  end)

  it("is written by its own task, while it lasts", function()
    assert.matches("^false .*not for one of host%.task", srv:get("/children").body)
    assert.equal("kept", srv:get("/keeps").body)
    assert.matches("this stream has ended", srv:get("/late").body)
  end)

  it("is in the access log with its bytes", function()
    srv:get("/words")
    assert(process.wait_for(function()
      return srv:log():find(("route=words status=200 ms=[%%d.]+ bytes=%d"):format(#WORDS))
    end), srv:log())
  end)
end)

describe("a stream that takes too long", function()
  it("is cut at the request's deadline", function()
    local srv <close> = start({ "--limit-time", "1s" })
    local all = all_of(srv, "/quiet")
    assert.truthy(all:find("first", 1, true), all)
    assert.is_nil(all:find("0\r\n\r\n", 1, true))
    local conn = begin(srv, "/endless") -- and takes nothing
    eventually(srv, "closed:endless", "1")
    conn:close()
    expect_log(srv, "warn a stream passed its deadline request=%x+ route=quiet")
  end)

  it("holds up no stop", function()
    local srv <close> = start({ "--limit-time", "2s" }, { TIMECAPSULE_STOP_MS = "300" })
    local conn = begin(srv, "/quiet")
    eventually(srv, "quiet", "1")
    srv:kill("TERM")
    local rest = assert(conn:rest())
    assert.is_nil(rest:find("0\r\n\r\n", 1, true))
    conn:close()
    assert.equal(0, srv:wait())
  end)

  it("keeps the generation in which it began until it ends, or is cut", function()
    local srv <close>, app = start({ "--limit-time", "60s" }, { TIMECAPSULE_DRAIN_MS = "700" })
    local conn = begin(srv, "/quiet")
    eventually(srv, "quiet", "1")
    app:use("B")
    reload_app.reload(srv)
    assert.equal("B", srv:get("/words").headers["x-version"])
    assert.matches("live +2", select(2, srv:control("status")))
    assert.is_nil(assert(conn:rest()):find("0\r\n\r\n", 1, true))
    conn:close()
    reload_app.eventually("the old generation is still there", function()
      return select(2, srv:control("status")):find("live +1")
    end)
  end)
end)
