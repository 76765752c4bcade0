--- Several hosts of which one is reachable and of no use.  The first is a node of a Galera cluster of its own,
--- the second another server with the same rows.
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local ALONE = "gcomm://"
local PUTS = 200
local NOWHERE = "gcomm://127.0.0.1:1" -- no majority is there

local function node()
  local port = process.free_port()
  return mariadb.start({ "--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
    "--wsrep-cluster-address=" .. ALONE, "--wsrep-new-cluster", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
    "--wsrep-node-address=127.0.0.1:" .. port,
    ("--wsrep-provider-options=base_port=%d;gmcast.listen_addr=tcp://127.0.0.1:%d"):format(port, port) })
end

describe("of two hosts the one that", function()
  local first, second, one, url, key, data

  lazy_setup(function()
    first, second, data = node(), mariadb.start(), server.folder()
    one = first:create()
    do
      local srv <close> = server.start({ database = one, data = data })
      srv:set_clock(capsules.NOW)
      key = capsules.put(srv)
    end
    second:sql(("CREATE DATABASE %s CHARACTER SET utf8mb4"):format(one.name))
    process.output(("mariadb-dump --no-defaults --socket=%s -uroot %s | mariadb --no-defaults --socket=%s -uroot %s")
      :format(first.socket, one.name, second.socket, one.name))
    url = ("mariadb://spec@127.0.0.1:%d,127.0.0.1:%d/%s?pool=4"):format(first.port, second.port, one.name)
  end)
  lazy_teardown(function()
    first:stop()
    second:stop()
  end)

  local function start()
    local srv = server.start({ data = data, args = { "--database", url },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
    srv:set_clock(capsules.NOW)
    return srv
  end

  local function set_cluster(address)
    first:sql(("SET GLOBAL wsrep_cluster_address = '%s'"):format(address))
  end

  local function opens(srv)
    srv:post("/open", { key = key }):expect({ status = 403 })
  end

  local function state(maria, srv, word)
    return srv:metric(('tc_db_host{host="127.0.0.1:%d",state="%s"}'):format(maria.port, word)) == 1
  end

  -- How often the node has been asked to catch up with its cluster.
  local function catches_up()
    return tonumber(first:sql("SHOW GLOBAL STATUS LIKE 'wsrep_causal_reads'"):match("|(%d+)$"))
  end

  it("is a node of a cluster catches up before it says that something is not there", function()
    local srv <close> = start()
    local before = catches_up()
    opens(srv)
    assert.equal(before, catches_up())
    srv:post("/open", { key = ("x"):rep(16) }):expect({ status = 404 })
    assert.equal(before + 1, catches_up())
  end)

  -- A node that loses its majority meanwhile says that rows which shared an execution are there, and they are not.
  it("is a node of a cluster is given every row by itself", function()
    local srv <close> = start()
    assert.is_true(process.wait_for(function() -- a busy machine may have made it suspect
      opens(srv)
      return state(first, srv, "used")
    end))
    local function replicated()
      return tonumber(first:sql("SHOW GLOBAL STATUS LIKE 'wsrep_replicated'"):match("|(%d+)$"))
    end
    local before = replicated()
    letters.put_many(srv, PUTS, function()
      return ""
    end, letters.OPENS)
    assert.is_true(replicated() - before >= PUTS, replicated() - before .. " commits")
  end)

  it("is cut off from its cluster is passed by, in a start too, and said to be", function()
    local srv <close> = start()
    opens(srv)
    set_cluster(NOWHERE)
    finally(function()
      set_cluster(ALONE)
    end)
    for _ = 1, 10 do
      opens(srv)
    end
    capsules.put(srv)
    srv:get("/readyz"):expect({ status = 200 })
    local _, text = srv:control("status")
    assert.truthy(text:find(("\ndatabase at  127.0.0.1:%d cut_off: "):format(first.port), 1, true), text)
    assert.truthy(text:find(("\ndatabase at  127.0.0.1:%d used\n"):format(second.port), 1, true), text)
    assert.is_true(process.wait_for(function()
      return state(first, srv, "cut_off") and state(second, srv, "used")
    end))
    srv:stop()
    local another <close> = start()
    opens(another)
  end)

  it("refuses what it is asked is left for the other, which is enough when it comes back", function()
    local srv <close> = start()
    opens(srv)
    first:sql("SET GLOBAL wsrep_reject_queries = ALL")
    local sane = false
    finally(function()
      if not sane then
        first:sql("SET GLOBAL wsrep_reject_queries = NONE")
      end
    end)
    for _ = 1, 10 do
      opens(srv)
    end
    assert.truthy(srv:log():find(("the database host 127.0.0.1:%d is passed by: is cut off"):format(first.port), 1, true),
      srv:log())
    first:sql("SET GLOBAL wsrep_reject_queries = NONE")
    sane = true
    second:kill("KILL")
    assert.is_true(process.wait_for(function()
      return srv:post("/open", { key = key }).status == 403
    end))
    second:restart()
  end)

  it("hangs holds nobody up for long", function()
    local srv <close> = start()
    opens(srv)
    first:kill("STOP")
    finally(function()
      first:kill("CONT")
    end)
    opens(srv) -- whether on a connection to it, which is given up, or when it is known to be silent
    assert.equal(0, srv:metric("tc_db_cut_total")) -- it has not waited for its deadline
    assert.is_true(process.wait_for(function() -- only who asks something on a connection hears that it is silent
      opens(srv)
      return state(first, srv, "silent")
    end))
    assert.is_true(process.wait_for(function() -- the other worker has to connect
      return srv:get("/readyz").status == 200
    end))
    local _, text = srv:control("status")
    assert.truthy(text:find(("127.0.0.1:%d silent: it says nothing\n"):format(first.port), 1, true), text)
  end)

  it("hangs while something is put there is left, and it is put elsewhere", function()
    local srv <close> = start()
    opens(srv)
    first:kill("STOP")
    finally(function()
      first:kill("CONT")
    end)
    local before = second:sql("SELECT count(*) FROM capsule", one.name)
    capsules.put(srv)
    assert.equal(tostring(tonumber(before) + 1), second:sql("SELECT count(*) FROM capsule", one.name))
  end)

  it("has an older schema is not used", function()
    local srv <close> = start()
    opens(srv)
    local newest = second:sql("SELECT MAX(number) FROM migration WHERE space = 'app'", one.name)
    second:sql("DELETE FROM migration WHERE space = 'app' AND number = " .. newest, one.name)
    first:kill("KILL")
    local why = ("has an older schema: migration %d, and %d is needed"):format(newest - 1, newest)
    assert.is_true(process.wait_for(function()
      local _, text = srv:control("status")
      return text:find(("127.0.0.1:%d older: %s\n"):format(second.port, why), 1, true) ~= nil
    end))
    srv:get("/readyz"):expect({ status = 503 })
  end)
end)

describe("of hosts that all hang", function()
  it("none is waited for longer than five seconds, however many they are", function()
    local one <close>, data = mariadb.start(), server.folder()
    local base, mute = one:create(), {}
    for i = 1, 3 do
      mute[i] = assert(socket.bind("127.0.0.1", 0))
    end
    local hosts = { one.port }
    for i = 1, 3 do
      hosts[i + 1] = select(2, mute[i]:getsockname())
    end
    local srv <close> = server.start({ data = data, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" },
      args = { "--migrate", "--database", ("mariadb://spec@127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d/%s")
        :format(hosts[1], hosts[2], hosts[3], hosts[4], base.name) } })
    srv:set_clock(capsules.NOW)
    local key = capsules.put(srv)
    one:kill("STOP")
    local began = socket.gettime()
    assert.is_true(process.wait_for(function()
      return srv:post("/open", { key = key }).status == 503
    end))
    local first, quickest = socket.gettime() - began, math.huge
    for _ = 1, 5 do
      began = socket.gettime()
      srv:post("/open", { key = key }):expect({ status = 503 })
      quickest = math.min(quickest, socket.gettime() - began)
    end
    assert.is_true(quickest < first / 2, ("%.2f %.2f"):format(first, quickest))
    one:kill("CONT")
    assert.is_true(process.wait_for(function()
      return srv:post("/open", { key = key }).status == 403
    end))
  end)
end)
