--- The page of nodes: what each runs and knows, and an alarm where they differ.
local admin = require("spec.support.admin")
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
end)
