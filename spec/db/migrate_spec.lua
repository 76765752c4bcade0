--- Migrations of a site that fail, as whoever wrote them meets that: what the message says, and that each
--- of the ways out that it names is one.
local files = require("spec.support.files")
local lfs = require("lfs")
local mariadb = require("spec.support.mariadb")
local server = require("spec.support.server")

local BROKEN = "CREATE TABLE site_x (n INTEGER);\nCREATE TABEL site_y (n INTEGER);\n"
local MENDED = "CREATE TABLE site_x (n INTEGER);\nCREATE TABLE site_y (n INTEGER);\n"
local FILE = "sql/migrations/0001_x.sql"

local function site_with(text)
  return files.folder({ [FILE] = text, ["scripts/site.lua"] = "return function() end\n" })
end

local function contains(text, ...)
  for _, part in ipairs({ ... }) do
    assert.truthy(text:find(part, 1, true), part .. "\nis not in\n" .. text)
  end
end

describe("a failing migration on SQLite", function()
  local data, site

  before_each(function()
    data, site = server.folder(), site_with(BROKEN)
    assert.equal(0, (server.run({ args = { "migrate", "--data", data } })))
  end)

  local function refused()
    local status, log = server.refused({ data = data, database = "sqlite", args = { "--site", site } })
    assert.equal(1, status)
    return log
  end

  it("says where, that nothing was done, and where the copy is", function()
    local log = refused()
    contains(log, FILE .. ":2: near \"TABEL\"", "nothing of this file was applied: mend it, or take it away")
    local copy = log:match("kept as (%S+)%)")
    assert.truthy(copy, log)
    assert.equal("file", lfs.attributes(copy, "mode"))
  end)

  it("can be taken away", function()
    refused()
    files.write(site, { [FILE] = false })
    local srv <close> = server.start({ data = data, database = "sqlite", args = { "--site", site } })
    srv:get("/readyz"):expect({ status = 200 })
  end)

  it("can be written anew from its first statement on", function()
    refused()
    files.write(site, { [FILE] = "CREATE TABLE site_x (name TEXT);\n" })
    local srv <close> = server.start({ data = data, database = "sqlite", args = { "--site", site } })
    assert.equal("name", srv:sql("SELECT name FROM pragma_table_info('site_x')"))
  end)
end)

describe("a failing migration on MariaDB", function()
  local base, site

  before_each(function()
    base, site = mariadb.shared():create(), site_with(BROKEN)
  end)

  local function migrate(user)
    base.user = user
    return server.run({ args = { "migrate", "--data", server.folder(), "--site", site, "--database", base:url() },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
  end

  it("says which statements are done, and goes on behind them", function()
    local status, log = migrate()
    assert.equal(1, status)
    contains(log, FILE .. ":2: ", "the statements before it, 1 of this file, are done and stay",
      "run `timecapsule migrate` again")
    files.write(site, { [FILE] = MENDED })
    status, log = migrate()
    assert.equal(0, status, log)
    assert.equal("applied 1 statements\n", log)
  end)

  it("can be undone by hand and taken away", function()
    local _, log = migrate()
    base:sql("DROP TABLE site_x;" .. log:match("DELETE FROM migration [^)]- AND number = %d+"))
    files.write(site, { [FILE] = false })
    local status
    status, log = migrate()
    assert.equal(0, status, log)
  end)

  it("is told to the server's own account by what is wrong, not by what it may not do", function()
    files.write(site, { [FILE] = MENDED, ["sql/migrations/0002_y.sql"] = "ALTER TABLE site_y ADD COLUMN m INT;\n" })
    assert.equal(0, (migrate()))
    base.server:account("runtime", "SELECT, INSERT, UPDATE, DELETE", base.name .. ".*")
    files.write(site, { ["sql/migrations/0002_y.sql"] = false })
    local newer = "the database is newer than this program: it has migration 0002 of 'site'"
    local status, log = migrate("runtime")
    assert.equal(1, status)
    contains(log, newer)
    status, log = server.refused({ args = { "--site", site, "--database", base:url() },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
    assert.equal(1, status)
    contains(log, newer)
    assert.is_nil(log:find("denied", 1, true), log)
  end)
end)
