--- The SQL of docs/databases.md is what it takes: the accounts made by it migrate and serve, and
--- what they may not do is refused plainly.
local capsules = require("spec.support.capsules")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

--- Runs the page's SQL for another database and other passwords.
local function set_up(maria, name)
  local text = assert(process.read_file("docs/databases.md"))
  local sql = assert(text:match("```sql\n(.-)```"), "docs/databases.md shows no SQL")
  local accounts
  sql = sql:gsub("'one password'", "'spec'"):gsub("'another password'", "'spec'")
  sql, accounts = sql:gsub("timecapsule", name)
  assert.is_true(accounts >= 7)
  maria:sql(sql)
  return maria:database(name)
end

--- Runs `timecapsule migrate` as an account; its exit status and what it printed.
local function migrate(base, user)
  base.user = user
  return server.run({ args = { "migrate", "--data", process.folder(), "--database", base:url() },
    env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
end

--- Starts a server that must not start, without --migrate.
local function refused(base, user)
  base.user = user
  return server.refused({ env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" },
    args = { "--database", base:url() } })
end

describe("the accounts of docs/databases.md", function()
  local base

  lazy_setup(function()
    base = set_up(mariadb.shared(), "documented")
  end)

  it("are told to migrate first, and one of them may not", function()
    local status, log = refused(base, "documented")
    assert.equal(1, status)
    assert.is_truthy(log:find("run `timecapsule migrate` first", 1, true), log)
    status, log = migrate(base, "documented")
    assert.equal(1, status)
    assert.is_truthy(log:find("CREATE command denied", 1, true), log)
  end)

  it("migrate with the one, once", function()
    local status, log = migrate(base, "documented_admin")
    assert.equal(0, status, log)
    assert.is_truthy(log:find("applied %d+ statements"), log)
    status, log = migrate(base, "documented_admin")
    assert.equal(0, status, log)
    assert.is_truthy(log:find("nothing to do", 1, true), log)
  end)

  it("serve with the other", function()
    base.user = "documented"
    local srv <close> = server.start({ database = base, database_options = { mariadb = "pool=2" } })
    srv:set_clock(capsules.NOW)
    local key, done = capsules.put(srv, { email = "alice@example.org" })
    srv:post("/open", { key = key }):expect({ status = 403 })
    srv:post("/put/undo", { key = key, token = done:field("token") }):expect({ status = 200 })
    srv:post("/open", { key = key }):expect({ status = 404 })
    srv:get("/readyz"):expect({ status = 200 })
  end)

  it("show no password in messages and logs", function()
    base.user = "documented"
    local url = base:url():gsub("documented@", "documented:s3cret%%2Fword@")
    local status, log = server.refused({ args = { "--database", url } })
    assert.equal(1, status)
    assert.is_truthy(log:find("the database URL holds a password", 1, true), log)
    assert.is_truthy(log:find("Access denied", 1, true), log)
    assert.is_nil(log:find("s3cret", 1, true), log)
  end)

  it("take a password from a file before the environment", function()
    local file = process.folder() .. "/password"
    local handle = assert(io.open(file, "w"))
    handle:write("spec\n")
    handle:close()
    base.user = "documented"
    local status, log = server.run({
      args = { "migrate", "--data", process.folder(), "--database", base:url(),
        "--database-password-file", file },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "wrong" },
    })
    assert.equal(0, status, log)
  end)
end)

describe("several hosts", function()
  it("are one database: the ones that do not answer are passed over", function()
    local maria = mariadb.shared()
    local base = maria:create()
    local url = base:url():gsub("127.0.0.1:", "127.0.0.1:1,127.0.0.1:")
    local srv <close> = server.start({ args = { "--migrate", "--database", url },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
    srv:set_clock(capsules.NOW)
    local key = capsules.put(srv)
    srv:post("/open", { key = key }):expect({ status = 403 })
  end)
end)
