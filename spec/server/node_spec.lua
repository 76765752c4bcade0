--- The host's own tables: they come into any database, with the application's or without, and the
--- running program keeps its row in `node`.
local files = require("spec.support.files")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

local MAIN = 'return { handle = function() return { body = "%s" } end }\n'

local function app()
  local folder = server.folder()
  files.write(folder, { ["scripts/main.lua"] = MAIN:format("one") })
  return folder
end

--- What the one row says, once `column` is `value`.
local function row(srv, column, value)
  return process.wait_for(function()
    local found = srv:sql(("SELECT count(*) FROM node WHERE %s = %s"):format(column, value))
    return found == "1"
  end) or error(("node.%s is not %s but %s"):format(column, value,
    srv:sql("SELECT " .. column .. " FROM node")), 2)
end

--- The tables as they are declared, whatever made them.
local function columns(srv, kind, name)
  if kind == "mariadb" then
    return (srv:sql("SHOW CREATE TABLE " .. name):gsub("AUTO_INCREMENT=%d+ ", ""))
  end
  return srv:sql(("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('%s')"):format(name))
end

for _, kind in ipairs({ "sqlite", "mariadb" }) do
  describe("the host's own tables on " .. kind, function()
    local folder, srv

    local function database()
      return kind == "mariadb" and mariadb.shared():create() or "sqlite"
    end

    lazy_setup(function()
      folder = app()
      srv = server.start({ database = database(), args = { "--app", folder, "--workers", "2" } })
    end)
    lazy_teardown(function()
      srv:stop()
    end)

    it("are there without any migration of the application's", function()
      assert.equal("8", srv:sql("SELECT max(number) FROM migration WHERE space = 'host'"))
      assert.equal("0", srv:sql("SELECT count(*) FROM migration WHERE space = 'app'"))
      assert.equal("1", srv:sql("SELECT count(*) FROM meta WHERE name = 'secret_verifier'"))
    end)

    it("hold the program's name, generation, digest and version", function()
      row(srv, "generation", 1)
      local _, status = srv:control("status")
      local digest = status:match("generation +1 %((%x+)%)")
      row(srv, "digest", "'" .. digest .. "'")
      assert.equal("1", srv:sql("SELECT count(*) FROM node WHERE name LIKE '%" .. srv.url .. "'"
        .. " AND heartbeat_at >= started_at AND reloaded_at IS NULL"))
      assert.equal(status:match("version +(%S+)"), srv:sql("SELECT version FROM node"))
    end)

    it("say which server secrets the program knows, and not what they are", function()
      local id = srv:sql("SELECT lower(substr(hex(value), 1, 8)) FROM meta WHERE name = 'secret_verifier'")
      row(srv, "secrets", "'" .. id .. "'")
      local secret = files.read(srv.data .. "/secret")
      assert.is_nil(secret:find(id, 1, true))
      assert.matches("^" .. id .. " %d+", srv:sql("SELECT value FROM meta WHERE name = 'secret_history'"))
    end)

    it("tell of a reload, and of one that failed", function()
      files.write(folder, { ["scripts/main.lua"] = MAIN:format("two") })
      assert.is_true(srv:control("reload"))
      row(srv, "generation", 2)
      row(srv, "reload_good", 1)
      files.write(folder, { ["scripts/main.lua"] = "return (" })
      assert.is_false(srv:control("reload"))
      row(srv, "reload_good", 0)
      assert.equal("2", srv:sql("SELECT generation FROM node"))
    end)

    it("tell each program of another that runs other files, until it does not", function()
      files.write(folder, { ["scripts/main.lua"] = MAIN:format("two") })
      assert.is_true(srv:control("reload"))
      row(srv, "reload_good", 1)
      local here = app()
      local url = kind == "mariadb" and srv.database:url() or "sqlite://" .. srv.data .. "/data.db"
      local other <close> = server.start({ env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" },
        args = { "--app", here, "--database", url, "--secret-file", srv.data .. "/secret" } })
      local function note()
        local _, status = other:control("status")
        return status:match("\nnodes +(%C+)")
      end
      local digest = srv:sql("SELECT digest FROM node WHERE name LIKE '%" .. srv.url .. "'")
      local told = ("%s runs other files (%s)"):format(srv.url, digest)
      assert.is_true(process.wait_for(function()
        local text = note()
        return text and text:find(told, 1, true) ~= nil
      end), tostring(note()))
      files.write(here, { ["scripts/main.lua"] = MAIN:format("two") })
      assert.is_true(other:control("reload"))
      assert.is_true(process.wait_for(function()
        return note() == nil
      end))
    end)

    it("are the same where an application has made them first", function()
      local shipped = server.start({ database = database() })
      finally(function()
        shipped:stop()
      end)
      assert.is_nil(process.output("ls " .. shipped.data):find("before", 1, true)) -- a copy of nothing
      for _, name in ipairs({ "meta", "node" }) do
        assert.equal(columns(srv, kind, name), columns(shipped, kind, name))
      end
    end)
  end)
end
