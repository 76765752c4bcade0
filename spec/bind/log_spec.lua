-- What a line looks like is in spec/core/bind_log_test.c, which can read standard error.
local log = require("host.log")

local LEVELS = { "debug", "info", "warn", "error" }

describe("host.log", function()
  it("returns nothing", function()
    assert.equal(0, select("#", log.debug("a line of spec/bind/log_spec.lua")))
    assert.equal(0, select("#", log.debug("another one", { count = 1, ratio = 0.5, good = true, text = "x" })))
    assert.equal(0, select("#", log.debug("without fields", nil)))
  end)

  it("refuses fields whose values must not be logged, at every level", function()
    local names = { "key", "email", "mailbox", "password", "content", "body", "name", "secret", "token", "query" }
    for _, level in ipairs(LEVELS) do
      for _, name in ipairs(names) do
        local good, message = pcall(log[level], "x", { [name] = "hidden" })
        assert.is_false(good)
        assert.is_truthy(message:find("bad argument #2 to 'host.log." .. level .. "'", 1, true), message)
        assert.is_truthy(message:find("'" .. name .. "'", 1, true), message)
        assert.is_nil(message:find("hidden", 1, true))
      end
    end
  end)

  it("raises for misuse, naming function and argument", function()
    local many = {}
    for i = 1, 17 do
      many["field" .. i] = i
    end
    local cases = {
      { {}, "host.log.debug takes 1 to 2 arguments, got 0" },
      { { 5 }, "#1 to 'host.log.debug' (string expected, got number)" },
      { { "a\0b" }, "it holds a NUL" },
      { { "x", "y" }, "#2 to 'host.log.debug' (table expected, got string)" },
      { { "x", { "y" } }, "a field's name is a string, not a number" },
      { { "x", { ["a b"] = 1 } }, "'a b' is no name for a field" },
      { { "x", { A = 1 } }, "'A' is no name" },
      { { "x", { [""] = 1 } }, "is no name" },
      { { "x", { ["a=1\nforged"] = 1 } }, "is no name" },
      { { "x", { field = {} } }, "field 'field' is a table" },
      { { "x", { field = print } }, "field 'field' is a function" },
      { { "x", many }, "more than 16 fields" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(log.debug, table.unpack(case[1]))
      assert.is_false(good, case[2])
      assert.is_truthy(message:find(case[2], 1, true), message)
    end
  end)
end)
