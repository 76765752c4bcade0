--- MariaDB ends a statement by itself, as late as the options let anything run.
local mariadb = require("spec.support.mariadb")
local reload_app = require("spec.support.reload_app")

describe("max_statement_time", function()
  local own, app

  lazy_setup(function()
    own = mariadb.start()
    app = reload_app.versions("A")
    local path = "sql/queries/spec.sql"
    local sql, count = reload_app.read("spec/fixtures/reload_app/" .. path):gsub("'version=@VERSION@'",
      "concat('at most ', @@max_statement_time)")
    assert.equal(1, count)
    app:add("limit", { [path] = sql })
    app:use("limit")
  end)
  lazy_teardown(function()
    own:stop()
  end)

  for _, case in ipairs({
    { "--limit-time", { "--limit-time", "70s" }, "at most 70.0" },
    { "--limit-timer", { "--limit-time", "5s", "--limit-timer", "6500ms" }, "at most 6.5" },
  }) do
    it("follows " .. case[1], function()
      local srv <close> = app:start({ database = own:create(), args = case[2] })
      local body = srv:get("/page"):expect({ status = 200 }).body
      assert.truthy(body:find(case[3], 1, true), body)
    end)
  end
end)
