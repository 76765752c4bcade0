--- `timecapsule upgrade`: another process takes over under load, and nobody is refused, reset or left without an answer.
local admin = require("spec.support.admin")
local files = require("spec.support.files")
local notify = require("spec.support.notify")
local process = require("spec.support.process")
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")

local ROUNDS = os.getenv("SOAK") and 50 or 3

-- What a service manager is to a program that is replaced: it looks after whoever serves.
local MANAGER = [[
#!/bin/sh
PROGRAM "$@" &
main=$!
over=
trap 'main=$(PROGRAM status --data DATA | sed -n "s/^pid *//p"); kill -TERM "$main"; over=1' TERM
while [ -z "$over" ] || kill -0 "$main" 2>/dev/null; do
    sleep 0.1
done
]]

--- Options of server.start for one that is looked after so.
local function managed(options)
  options = options or {}
  options.data = options.data or server.folder()
  local folder = server.folder()
  files.write(folder, { manager = MANAGER:gsub("%f[%u]%u%u%u%u+%f[%U]", { PROGRAM = server.program(),
    DATA = options.data }) })
  assert(os.execute("chmod +x " .. folder .. "/manager"))
  options.program = folder .. "/manager"
  return options
end

local function pid_of(srv)
  local _, text = srv:control("status")
  return text:match("\npid%s+(%d+)")
end

--- Waits until a process has ended, whoever takes note of that.
local function gone(pid)
  return process.wait_for(function()
    local stat = process.read_file("/proc/" .. pid .. "/stat")
    return not stat or stat:find("%) Z ")
  end)
end

local function upgrade(srv)
  return server.run({ args = { "upgrade", "--data", srv.data } })
end

describe("an upgrade", function()
  it("refuses, resets and loses nothing", function()
    local app = reload_app.versions("A")
    local srv <close> = app:start(managed({ args = { "--log-level", "warn" } }))
    local pids = { [pid_of(srv)] = true }
    local counts = reload_app.hammer(srv, { connections = os.getenv("SOAK") and 64 or 16, seconds = 3 + 3 * ROUNDS,
      paths = { "/page", "/of/A", "/slow?s=0.05", "/static/version.txt" }, uploads = { "/upload:60000" } })
    for _ = 1, ROUNDS do
      local status, output = upgrade(srv)
      assert.equal(0, status, output)
      local pid = output:match("^process (%d+) serves\n$")
      assert.equal(pid_of(srv), pid, output)
      assert.is_nil(pids[pid])
      pids[pid] = true
    end
    local seen, line = counts()
    assert.equal(seen.announced, seen.errors, line) -- ends that the answer before has told
    assert.is_true(seen.announced > 0, line)
    assert.is_true(seen.versions.A > 100, line)
    assert.same({ ["200"] = seen.statuses["200"], ["404"] = seen.statuses["404"] }, seen.statuses)
  end)

  it("lets counters go on, and the one before end with its last connection", function()
    local told <close> = notify.listen()
    local srv <close> = server.start(managed({ env = told.env }))
    local before = pid_of(srv)
    local kept = srv:connect()
    for _ = 1, 5 do
      kept:request({ path = "/" })
    end
    local total, each = 'tc_requests_total{route="home",status="2xx"}', 'tc_request_seconds_count{route="home",status="2xx"}'
    assert(process.wait_for(function()
      return srv:metric(total) == 5 -- counted when the answer has been sent
    end))
    assert.equal(0, (upgrade(srv)))
    assert.equal(5, srv:metric(total))
    assert.equal(5, srv:metric(each))
    assert.equal("MAINPID=" .. pid_of(srv), told:waits("MAINPID="))
    assert.truthy(process.wait_for(function() -- put down by the one before, recorded by the next
      return srv:sql("SELECT act, outcome FROM audit") == "upgrade|done"
    end))
    local last = kept:request({ path = "/" })
    assert.equal(200, last.status)
    assert.equal("close", last.headers.connection)
    kept:close()
    assert.truthy(gone(before))
    srv:get("/"):expect({ status = 200 })
  end)

  it("tells of no refusal of the one before as of the last minutes, and of those since the first look", function()
    local site = files.folder({ ["scripts/site.lua"] = [[
      return function(app)
        app:post("site.ask", "/ask", function()
          return require("web.reply").text("asked")
        end, { rates = { { name = "ask", minute = 1 } } })
      end
    ]] })
    local srv <close> = server.start(managed({ args = { "--site", site, "--trusted-proxy", "10.0.0.1" } }))
    local function refuse()
      assert(process.wait_for(function() -- a minute may begin between
        return srv:post("/ask", {}).status == 429
      end))
    end
    srv.program = nil -- what the manager runs, for the command
    local browser = admin.sign_in(srv)
    local function refusals()
      for _, line in ipairs(browser:json("/overview").lines) do
        if line.subject == "refusals" then
          return line.text
        end
      end
    end
    refuse()
    assert.matches(" were refused .* ask 1$", refusals())
    assert.equal(0, (upgrade(srv)))
    assert.equal(1, srv:metric('tc_rate_limited_total{limit="ask"}'))
    assert.is_nil(refusals())
    srv:tick("admin.rates")
    refuse()
    assert.matches(" were refused .* ask 1$", refusals())
  end)

  it("ends the one before at once where that is told to, though some of its workers have ended", function()
    local srv <close> = server.start(managed({ args = { "--workers", "4" } }))
    local before = pid_of(srv)
    local kept = srv:connect() -- one worker's; the others have none, and end
    kept:request({ path = "/" })
    local function threads()
      local status = process.read_file("/proc/" .. before .. "/status")
      return tonumber(status and status:match("Threads:%s*(%d+)"))
    end
    local all = threads()
    assert.equal(0, (upgrade(srv)))
    assert.truthy(process.wait_for(function()
      return threads() <= all - 3
    end))
    process.output("kill -TERM " .. before)
    assert.truthy(gone(before))
    srv:get("/"):expect({ status = 200 })
    srv:expect_clean()
  end)

  it("that does not get ready leaves everything as it is, and says why", function()
    local site = files.folder({ ["scripts/site.lua"] = "return function() end" })
    local srv <close> = server.start(managed({ args = { "--site", site, "--listen", "unix:" .. site .. "/http.sock" } }))
    local before = pid_of(srv)
    local function expect_refused(words)
      local status, output = upgrade(srv)
      assert.equal(1, status)
      assert.truthy(output:find(words, 1, true), output)
      assert.equal(before, pid_of(srv))
      srv:get("/"):expect({ status = 200 })
    end
    files.write(site, { ["scripts/site.lua"] = "return function(" })
    expect_refused("timecapsule: the application has faults; nothing was started")
    files.write(site, { ["scripts/site.lua"] = "return function() end",
      ["sql/migrations/sqlite/0001_more.sql"] = "CREATE TABLE site_more (id INTEGER);\n" })
    expect_refused("`timecapsule migrate`")
    files.write(site, { ["sql/migrations/sqlite/0001_more.sql"] = false })
    assert.equal(0, (upgrade(srv)))
    srv:get("/"):expect({ status = 200 })
  end)

  it("is over at once where the one before is told to end, and where the new one ends", function()
    local srv <close> = server.start(managed())
    local before = pid_of(srv)
    local kept = srv:connect()
    kept:request({ path = "/" })
    assert.equal(0, (upgrade(srv)))
    local began = os.time()
    os.execute("kill -TERM " .. before)
    assert.truthy(gone(before))
    assert.is_true(os.time() - began < 60, "it has waited for its idle connection") -- which may idle for 75 s
    kept:close()
    before = pid_of(srv)
    kept = srv:connect()
    kept:request({ path = "/" })
    assert.equal(0, (upgrade(srv)))
    os.execute("kill -KILL " .. pid_of(srv))
    assert.truthy(gone(before))
    kept:close()
    srv:stop({ any = true })
  end)
end)
