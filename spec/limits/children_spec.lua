--- host.task.each under limits: what children use, their root has used.
local limits_app = require("spec.support.limits_app")
local socket = require("socket")

local EACH = "local each = require('host.task').each\nlocal clock = require('host.clock')\n"

describe("children of a task", function()
  local hurried, patient -- each has one limit that is soon met

  lazy_setup(function()
    hurried = limits_app.start({ "--workers", "1", "--limit-time", "20s", "--limit-cpu", "250ms", "--limit-memory",
      "256MiB" })
    patient = limits_app.start({ "--workers", "1", "--limit-time", "3s", "--limit-memory", "8MiB" })
  end)

  lazy_teardown(function()
    hurried:stop({ any = true })
    patient:stop({ any = true })
  end)

  --- Runs it, which must end over that limit within some seconds.
  local function exceeds(limit, source)
    local srv = limit == "cpu" and hurried or patient
    local before, began = srv:log():len(), socket.gettime()
    limits_app.run(srv, EACH .. source):expect({ status = 503 })
    assert.is_true(socket.gettime() - began < 20)
    assert.truthy(srv:log():find("limit=" .. limit, before, true), srv:log():sub(before))
    srv:get("/hello"):expect({ status = 200 })
  end

  it("share its processor time, however deep they are", function()
    exceeds("cpu", "local ten = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }\n" ..
      "local function nest() while true do pcall(each, ten, 10, nest) end end nest()")
  end)

  it("share it also where each of them is done in no time", function()
    exceeds("cpu", "local list = {} for i = 1, 20 do list[i] = i end\n" ..
      "while true do each(list, 1, function() local n = 0 for i = 1, 20000 do n = n + i end end) end")
  end)

  it("share its memory", function()
    local hold = EACH .. "local kept = {}\n" ..
      "each({ 1, 2, 3, 4 }, 4, function(i) kept[i] = ('x'):rep(%d) clock.sleep(0.01) end) return #kept"
    assert.equal("4", limits_app.value(patient, hold:format(25e4)))
    exceeds("memory", hold:format(3e6))
  end)

  it("have its deadline", function()
    exceeds("time", "each({ 1 }, 1, function() each({ 1 }, 1, function() clock.sleep(60) end) end)")
  end)

  it("are so many at most, those of all depths together", function()
    local why = limits_app.value(patient, EACH .. [[
      local deepest, why = 0, nil
      local function nest(depth)
        deepest = math.max(deepest, depth)
        local ok, message = pcall(each, { depth + 1 }, 1, nest)
        why = why or (not ok and message)
      end
      nest(0)
      return deepest .. " " .. why]])
    assert.equal("256 there is no room for another task: one may have 256 children at once, theirs included",
      why:match("^[^\n]+"))
  end)

  it("tell of an error in so many bytes, however long it is and however deep", function()
    local size = limits_app.value(patient, EACH .. [[
      local function nest(depth)
        if depth == 20 then error(("x"):rep(1000000)) end
        each({ depth + 1 }, 1, nest)
      end
      local _, why = pcall(nest, 0)
      return #why]])
    assert.is_true(tonumber(size) < 40000, size)
  end)
end)
