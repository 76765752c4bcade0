-- What a generation took is given back: after many reloads memory, descriptors and threads are as before.
local lfs = require("lfs")
local reload_app = require("spec.support.reload_app")
local socket = require("socket")

local RELOADS = os.getenv("SOAK") and 2000 or 60
-- KiB: after the few reloads of a short run malloc has not come to rest; a generation takes as much.
local ROOM = os.getenv("SOAK") and 0 or 1024

--- The release program: a sanitizer keeps what is freed in quarantine.
local function release_program()
  local path = os.getenv("SPEC_RELEASE") or "build/release/timecapsule"
  return lfs.attributes(path, "mode") and path
end

local function count(folder)
  local n = 0
  for name in lfs.dir(folder) do
    n = n + (name:find("^%d+$") and 1 or 0)
  end
  return n
end

--- Open descriptors, but for SQLite's logs: a connection opens its own when it first reads, which may be late.
local function count_descriptors(folder)
  local n = 0
  for name in lfs.dir(folder) do
    local target = lfs.symlinkattributes(folder .. "/" .. name, "target")
    n = n + (target and not target:find("-wal$") and 1 or 0)
  end
  return n
end

--- What it holds at rest: the least of some looks, since a command's connection is closed a moment after its answer.
local function look_at(srv)
  local proc = "/proc/" .. srv.pid
  local descriptors, threads = math.huge, math.huge
  for _ = 1, 10 do
    socket.sleep(0.05)
    descriptors = math.min(descriptors, count_descriptors(proc .. "/fd"))
    threads = math.min(threads, count(proc .. "/task"))
  end
  return { descriptors = descriptors, threads = threads,
    memory = tonumber(reload_app.read(proc .. "/status"):match("VmRSS:%s+(%d+) kB")) }
end

--- All at once, so that every worker has opened the database connections that it may open.
local function ask_all(conns)
  for _ = 1, 2 do
    for _, conn in ipairs(conns) do
      conn:ask({ path = "/page" })
    end
    for _, conn in ipairs(conns) do
      assert(conn:response()):expect({ status = 200 })
    end
  end
end

--- Reloads so often, with some requests each; returns what it looks like after a tenth and at the end.
local function reload_often(app, srv, conns)
  local early
  for i = 1, RELOADS do
    app:use(i % 2 == 1 and "B" or "A")
    reload_app.reload(srv)
    ask_all(conns)
    if i == RELOADS // 10 or i == RELOADS then
      reload_app.eventually("the generation before has not drained", function()
        return select(2, srv:control("status")):find("live         1 generation\n", 1, true)
      end)
      early = early or look_at(srv)
    end
  end
  return early, look_at(srv)
end

local function run(options, check)
  local app = reload_app.versions("A", "B")
  local srv = app:start(options)
  local conns = {}
  for i = 1, 16 do
    conns[i] = srv:connect()
  end
  finally(function() srv:stop() end)
  for _ = 1, 20 do
    ask_all(conns)
  end
  local early, late = reload_often(app, srv, conns)
  print(("\n%d reloads: %d -> %d KiB, %d -> %d descriptors, %d -> %d threads"):format(RELOADS, early.memory,
    late.memory, early.descriptors, late.descriptors, early.threads, late.threads))
  assert.equal(early.descriptors, late.descriptors)
  assert.equal(early.threads, late.threads)
  check(early, late)
  for _, conn in ipairs(conns) do
    conn:close()
  end
end

describe("many reloads", function()
  it("leave no descriptor and no thread behind, and nothing that a sanitizer sees", function()
    run({ args = { "--log-level", "warn" } }, function() end)
  end)

  local program = release_program()
  if program then
    it("leave no memory behind", function()
      run({ args = { "--log-level", "warn" }, program = program }, function(early, late)
        assert.is_true(late.memory <= early.memory * 1.05 + ROOM,
          ("%d KiB have become %d"):format(early.memory, late.memory))
      end)
    end)
  end
end)
