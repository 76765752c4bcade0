--- Classes of userdata: what scripts can reach of C through them.  This state has the whole debug library.
local clock = require("host.clock")
local db = require("host.db")
local json = require("host.json")
local shared = require("host.shared")
local source = require("spec.support.source")
local task = require("host.task")

--- What is to be of another class, or of none.
local WRONG = { "nothing", false, 1, "x", {}, print, coroutine.create(print), io.stdout, json.null }

--- Every class that this state has made: name → metatable.  Each of the house's is used once before.
local function classes()
  local found = {}
  clock.sleep(0.001)
  json.decode(json.encode({ 1 }))
  shared.space("spec classes")
  task.each({ 1 }, 1, function() end)
  db.tx(function() end)
  for name, value in pairs(debug.getregistry()) do
    if type(value) == "table" and rawget(value, "__name") == name and name:find("^host%.") then
      found[name] = value
    end
  end
  return found
end

describe("a class of userdata", function()
  it("is one of a good number", function()
    for _, name in ipairs({ "db.operation", "db.tx", "json.array", "shared.space", "task.group" }) do
      assert.truthy(classes()["host." .. name], name)
    end
  end)

  it("shows scripts no metatable", function()
    for name, metatable in pairs(classes()) do
      assert.is_false(metatable.__metatable, name)
    end
  end)

  it("has no metamethod that takes a value of another class", function()
    local walked = 0
    for name, metatable in pairs(classes()) do
      for event, metamethod in pairs(metatable) do
        for _, wrong in ipairs(type(metamethod) == "function" and WRONG or {}) do
          local ok, why = pcall(metamethod, wrong ~= "nothing" and wrong or nil, "path")
          assert.is_false(ok, name .. event)
          assert.truthy(why:find(name .. " expected", 1, true), why)
          walked = walked + 1
        end
      end
    end
    assert.is_true(walked > 50, walked)
  end)

  it("has its metatable from one file", function()
    for _, file in ipairs(source.files({ "core" }, { ".c" })) do
      if source.without_comments(file.text):find("luaL_newmetatable", 1, true) then
        assert.equal("core/bind/class.c", file.path)
      end
    end
  end)
end)
