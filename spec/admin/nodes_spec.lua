--- The page of nodes: what each runs and knows, and an alarm where they differ.
local admin = require("spec.support.admin")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")

describe("the page of nodes", function()
  local srv, browser

  lazy_setup(function()
    srv = server.start()
    browser = admin.sign_in(srv)
    assert(process.wait_for(function()
      return srv:sql("SELECT count(*) FROM node WHERE digest <> ''") == "1"
    end))
  end)
  lazy_teardown(function()
    srv:stop()
  end)
  before_each(function()
    srv:sql("DELETE FROM node WHERE name = 'other'")
  end)

  --- Another node, as this one but for one column.
  local function other(column, value)
    srv:sql("INSERT INTO node (name, heartbeat_at, generation, version, started_at, digest, secrets, reload_good) "
      .. "SELECT 'other', heartbeat_at, generation, version, started_at, digest, secrets, reload_good FROM node")
    if column then
      srv:sql(("UPDATE node SET %s = %s WHERE name = 'other'"):format(column, value))
    end
  end

  local function alarms()
    local codes = {}
    for i, alarm in ipairs(browser:json("/nodes").alarms) do
      codes[i] = alarm.code
    end
    return codes
  end

  it("shows one, and is content", function()
    local node = browser:json("/nodes").nodes[1]
    assert.is_true(node.live)
    assert.equal(srv:sql("SELECT digest FROM node"), node.digest)
    browser:get("/nodes"):expect({ status = 200 }):expect_body(node.digest, node.version, node.secrets)
    assert.same({}, alarms())
    other()
    assert.same({}, alarms())
    assert.equal(0, (letters.run(srv, "nodes")))
  end)

  for column, value in pairs({ digest = "'0123456789abcdef'", version = "'0.0.1'", secrets = "'12345678'" }) do
    it("raises an alarm where the " .. column .. " differs", function()
      other(column, value)
      assert.same({ column }, alarms())
      browser:get("/nodes"):expect({ status = 200 }):expect_body('role="alert"')
      local status, output = letters.run(srv, "nodes")
      assert.equal(1, status)
      assert.truthy(output:find("ALARM: These ", 1, true), output)
    end)
  end

  it("raises an alarm where a reload failed, and none of a silent node", function()
    other("reload_good", "0")
    assert.same({ "reload" }, alarms())
    srv:sql("UPDATE node SET heartbeat_at = heartbeat_at - 1000 WHERE name = 'other'")
    assert.same({}, alarms())
    browser:get("/nodes"):expect_body("SILENT")
  end)

  it("takes what this server runs from itself, whatever its row says, and says that the row is not written", function()
    local own = browser:json("/nodes").nodes[1]
    srv:sql("UPDATE node SET generation = 77, digest = 'another', reload_good = 0, reloaded_at = 5, "
      .. "heartbeat_at = heartbeat_at - 1000")
    local told = browser:json("/nodes").nodes[1]
    assert.same({ own.generation, own.digest, true }, { told.generation, told.digest, told.live })
    assert.is_nil(told.reload_good)
    assert.same({ "unwritten" }, alarms())
    browser:get("/nodes"):expect_body("cannot be written, so the others take it for silent"):expect_no_body("SILENT")
    assert.matches("\tlive\t", select(2, letters.run(srv, "nodes")))
    srv:sql("UPDATE node SET heartbeat_at = heartbeat_at + 1000")
  end)

  it("knows who has stopped, and of whom nobody knows because a clock is wrong", function()
    other("generation", "0")
    srv:sql("UPDATE node SET digest = 'another' WHERE name = 'other'")
    assert.same({}, alarms())
    browser:get("/nodes"):expect_body("stopped"):expect_no_body("generation 0")
    srv:sql("UPDATE node SET generation = 1, heartbeat_at = heartbeat_at + 1000 WHERE name = 'other'")
    assert.same({}, alarms())
    browser:get("/nodes"):expect_body("LATER THAN NOW")
  end)

  it("says which node changed last, and in which files another differs, for as many as fit", function()
    other("digest", "'0123456789abcdef'")
    srv:sql("UPDATE node SET current_at = 1900000000, files = '00000001 a.lua\n00000002 b.lua\n- setting x\n' "
      .. "WHERE name <> 'other'")
    srv:sql("UPDATE node SET current_at = 1800000000, files = '00000001 a.lua\n00000009 b.lua\n00000004 c.lua\n' "
      .. "WHERE name = 'other'")
    local seen = browser:json("/nodes").files
    assert.equal(1900000000, seen.at)
    assert.same({ { node = "other", says = "against_since", more = 0, since = 1800000000,
      files = { { what = "changed", name = "b.lua" },
      { what = "removed", name = "c.lua" }, { what = "added", name = "setting x" } } } }, seen.differences)
    browser:get("/nodes"):expect_body("has changed last, at", "need not make its files the newer", "other, whose files changed at",
      "another on other: <code>b.lua", "only on other: <code>c.lua", "missing on other: <code>setting x")
    assert.matches("another on other: b%.lua", select(2, letters.run(srv, "nodes")))
    srv:sql("UPDATE node SET files = NULL WHERE name = 'other'")
    browser:get("/nodes"):expect_body("other does not tell which files it has")
    srv:sql("UPDATE node SET files = (SELECT files FROM node WHERE name <> 'other') WHERE name = 'other'")
    browser:get("/nodes"):expect_body("other has the same files as", "a setting has another value")
    assert.matches("a setting has another value", select(2, letters.run(srv, "nodes")))
  end)

  it("tells nothing of what stands behind the end of a list", function()
    other("digest", "'0123456789abcdef'")
    srv:sql("UPDATE node SET current_at = 1900000000, files = '00000001 a.lua\n00000002 b.lua\n…\n' WHERE name <> 'other'")
    srv:sql("UPDATE node SET current_at = 1800000000, files = '00000001 a.lua\n00000004 c.lua\n' WHERE name = 'other'")
    assert.same({ { node = "other", says = "against_since", more = 0, since = 1800000000,
      files = { { what = "added", name = "b.lua" } } } }, browser:json("/nodes").files.differences)
    srv:sql("UPDATE node SET files = '00000001 a.lua\n…\n' WHERE name = 'other'")
    assert.equal("cut", browser:json("/nodes").files.differences[1].says)
    browser:get("/nodes"):expect_body("behind the end of a list")
  end)
end)

describe("a node's row", function()
  it("has names of settings, and nothing of their values", function()
    local folder = files.folder({ settings = "operator = nobody you know\n" })
    local srv <close> = server.start({ args = { "--config", folder .. "/settings" } })
    local told
    assert.is_truthy(process.wait_for(function()
      told = srv:sql("SELECT files FROM node"):gsub("\\n", "\n") -- as MariaDB's client writes it
      return told:find("setting operator", 1, true)
    end))
    assert.matches("\n%- setting operator\n", told .. "\n")
    assert.matches("\n%x%x%x%x%x%x%x%x scripts/main%.lua\n", told)
  end)

  it("has what it runs, and since when, also through a restart", function()
    local data, listen = server.folder(), "127.0.0.1:" .. process.free_port()
    local function run(fn)
      local srv <close> = server.start({ data = data, database = "sqlite", args = { "--listen", listen } })
      local function row(columns)
        return srv:sql("SELECT " .. columns .. " FROM node WHERE files LIKE '%scripts/main.lua%'")
      end
      return fn(srv, row)
    end
    run(function(srv, row)
      assert.is_truthy(process.wait_for(function()
        return tonumber(row("current_at"))
      end))
      srv:sql("UPDATE node SET current_at = 5, started_at = 5")
    end)
    -- it has said that it stops
    assert.equal("0\n", process.output(("sqlite3 -batch '%s/capsules.db' 'SELECT generation FROM node'"):format(data)))
    run(function(srv, row)
      assert.is_truthy(process.wait_for(function()
        return row("started_at > 5") == "1"
      end))
      assert.is_truthy(process.wait_for(function()
        return srv:control("status") and row("current_at") == "5"
      end))
      assert.equal("1", srv:sql("SELECT count(*) FROM node"))
    end)
  end)
end)
