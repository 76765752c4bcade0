--- host.task.each: items side by side, and what ends them.
local clock = require("host.clock")
local task = require("host.task")

describe("task.each", function()
  it("calls for every item once, with its place", function()
    local seen = {}
    assert.same({}, task.each({ "a", "b", "c" }, 2, function(item, index)
      seen[index] = item
    end))
    assert.same({ "a", "b", "c" }, seen)
  end)

  it("has nothing to do with an empty list", function()
    assert.same({}, task.each({}, 4, error))
  end)

  it("runs so many at once and no more", function()
    local now, most, list = 0, 0, {}
    for i = 1, 20 do
      list[i] = i
    end
    local began = clock.monotonic()
    task.each(list, 5, function()
      now = now + 1
      most = math.max(most, now)
      clock.sleep(0.2)
      now = now - 1
    end)
    assert.equal(5, most)
    assert.equal(0, now)
    local took = clock.monotonic() - began
    assert.is_true(took >= 0.8 and took < 3.2, took)
  end)

  it("goes on when calls that never wait have all ended", function()
    local count, list = 0, {}
    for i = 1, 5000 do
      list[i] = true
    end
    task.each(list, 64, function()
      count = count + 1
    end)
    assert.equal(5000, count)
  end)

  it("works inside itself", function()
    local sum = 0
    task.each({ 1, 2, 3 }, 3, function(a)
      task.each({ 10, 20 }, 2, function(b)
        clock.sleep(0.001)
        sum = sum + a * b
      end)
    end)
    assert.equal(180, sum)
  end)

  it("works inside a coroutine of the script's own", function()
    local count = 0
    local co = coroutine.wrap(function()
      task.each({ 1, 2 }, 2, function()
        clock.sleep(0.001)
        count = count + 1
      end)
      return count
    end)
    assert.equal(2, co())
  end)

  it("ends what takes too long and names it", function()
    local closed, ended = {}, {}
    local late = task.each({ "quick", "slow", "slower" }, 3, function(item)
      local trace <close> = setmetatable({}, { -- luacheck: ignore 211
        __close = function()
          closed[#closed + 1] = item
        end,
      })
      clock.sleep(item == "quick" and 0 or 30)
      ended[#ended + 1] = item
    end, 0.05)
    table.sort(late)
    assert.same({ "slow", "slower" }, late)
    assert.same({ "quick" }, ended)
    assert.equal(3, #closed)
  end)

  it("raises the first error once the others have ended, and begins no more", function()
    local begun, ended = 0, 0
    local good, message = pcall(task.each, { 1, 2, 3, 4, 5, 6 }, 2, function(item)
      begun = begun + 1
      if item == 1 then
        error("the first one")
      end
      clock.sleep(0.02)
      ended = ended + 1
    end)
    assert.is_false(good)
    assert.truthy(tostring(message):find("the first one", 1, true))
    assert.equal(begun - 1, ended)
    assert.is_true(begun <= 2, begun)
  end)

  it("is ended with whoever called it", function()
    local ended = 0
    local late = task.each({ "outer" }, 1, function()
      task.each({ 1, 2, 3 }, 2, function()
        local trace <close> = setmetatable({}, { -- luacheck: ignore 211
          __close = function()
            ended = ended + 1
          end,
        })
        clock.sleep(30)
      end)
    end, 0.05)
    assert.same({ "outer" }, late)
    assert.equal(2, ended)
  end)

  it("cannot wait where nothing can", function()
    assert.error_matches(function()
      table.sort({ 2, 1 }, function(a, b)
        task.each({ 1 }, 1, function() end)
        return a < b
      end)
    end, "host.task.each")
  end)

  for name, arguments in pairs({
    ["a list that is none"] = { "x", 1, print },
    ["no task at once"] = { {}, 0, print },
    ["too many at once"] = { {}, 65, print },
    ["something to call that is no function"] = { {}, 1, "x" },
    ["no time at all"] = { {}, 1, print, 0 },
    ["a time that is no number"] = { {}, 1, print, "1" },
  }) do
    it("refuses " .. name, function()
      assert.is_false((pcall(task.each, table.unpack(arguments))))
    end)
  end
end)
