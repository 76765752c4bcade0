--- A whole installation is broken in every way that is known, while clients come at a fixed rate and letters fall due.
--- Run by spec/cluster/run; each fault is seen to be over before the next is struck.
local bed = require("spec.cluster.bed")
local files = require("spec.support.files")
local socket = require("socket")

--- Seconds that no client may wait, whatever breaks.
local LONGEST = 3

--- Seconds that a fault lasts; until nginx asks a server again that was away (fail_timeout), and a little.
local LASTS, ASKED_AGAIN = 8, 3

--- A word: only the faults that have it in their name.
local ONLY = os.getenv("FAULT")

describe("a cluster", function()
  local it_all

  lazy_setup(function()
    it_all = bed.start()
  end)
  lazy_teardown(function()
    print("\n" .. it_all:describe())
    it_all:stop()
  end)

  local function others(node)
    return node % 3 + 1, (node + 1) % 3 + 1
  end

  local function maria(node)
    return it_all.cluster.nodes[node]
  end

  local function frozen(...)
    for _, node in ipairs({ ... }) do
      maria(node):kill("STOP")
    end
    socket.sleep(LASTS)
    for _, node in ipairs({ ... }) do
      maria(node):kill("CONT")
    end
  end

  local function set_isolated(node, value)
    maria(node):sql(("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=%d'"):format(value))
  end

  local function restart_app(i, signal)
    it_all.apps[i]:kill(signal)
    it_all.apps[i]:wait()
    it_all.apps[i]:stop({ any = true })
    it_all:start_app(i)
  end

  local function fault(name, happen)
    if ONLY and not name:find(ONLY, 1, true) then
      return
    end
    it("stands it: " .. name, function()
      local row = it_all:suffer(name, happen)
      assert.is_true(row.clients > 0)
      assert.equal(0, row.lost)
      assert.equal(0, row.twice)
      assert.is_true(row.open <= LONGEST, "an open took " .. row.open)
      assert.is_true(row.put <= LONGEST, "a put took " .. row.put)
    end)
  end

  fault("nothing", function()
    socket.sleep(LASTS)
  end)

  fault("the database node in use is killed, and comes back", function()
    local node = it_all:used()
    maria(node):kill("KILL")
    socket.sleep(LASTS)
    it_all.cluster:revive(node)
  end)

  fault("the database node in use freezes for 8 s", function()
    frozen(it_all:used())
  end)

  fault("the database node in use is cut off from the others for 8 s", function()
    local node = it_all:used()
    set_isolated(node, 1)
    socket.sleep(LASTS)
    set_isolated(node, 0)
  end)

  fault("a database node that is not in use is killed, and comes back", function()
    local node = others(it_all:used())
    maria(node):kill("KILL")
    socket.sleep(LASTS)
    it_all.cluster:revive(node)
  end)

  fault("the majority is lost for 8 s: two nodes freeze", function()
    frozen(others(it_all:used()))
  end)

  fault("a server is killed, and started again", function()
    restart_app(1, "KILL")
  end)

  fault("the database nodes are restarted, one after the other", function()
    for node = 1, 3 do
      maria(node):kill("TERM")
      it_all.cluster:revive(node)
      it_all.cluster:await_synced()
    end
  end)

  fault("the servers are restarted, one after the other", function()
    restart_app(1, "TERM")
    socket.sleep(ASKED_AGAIN)
    restart_app(2, "TERM")
  end)

  fault("a table more: two `migrate` at once, then a reload on both", function()
    files.write(it_all.site, { ["sql/migrations/0001_more.mariadb.sql"] =
      "CREATE TABLE more (id BIGINT NOT NULL PRIMARY KEY) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4"
      .. " COLLATE = utf8mb4_nopad_bin;\n" })
    it_all:migrate_twice()
    for _, app in ipairs(it_all.apps) do
      local ok, text = app:control("reload")
      assert.is_true(ok, text)
    end
  end)

  it("sends every letter that is due", function()
    it_all:end_arrivals()
    assert.is_truthy(it_all:await_letters())
    assert.equal(0, it_all:count_twice())
    assert.equal(0, it_all:count_unsent())
    assert.is_true(it_all.letters > 0)
  end)
end)
