--- Variables that nobody declares: found where they are written, though the function that reads them has never run.
local files = require("spec.support.files")
local server = require("spec.support.server")

--- The faults that `check` tells of a site with these scripts, without its folder and without excerpts.
local function faults_of(scripts)
  local site = files.folder(scripts)
  local _, output = server.run({ args = { "check", "--site", site } })
  local list = {}
  for line in output:gmatch("[^\n]+") do
    if line:sub(1, #site) == site then
      list[#list + 1] = line:sub(#site + 2)
    end
  end
  return list
end

local function of_script(script)
  return faults_of({ ["scripts/site.lua"] = script .. "\nreturn function() end\n" })
end

local FAULT = "scripts/site.lua:%d: there is no variable '%s'"

local function fault(line, name, near)
  local text = FAULT:format(line, name)
  return text .. (near and ("; did you mean '%s'?"):format(near) or ": declare it with local, or require it")
end

describe("a variable that nobody declares", function()
  it("is found in a handler, a method, a table, a coroutine, with the nearest name of all", function()
    assert.same({
      fault(4, "conut", "count"), fault(5, "tostrnig", "tostring"), fault(6, "reqeust", "request"),
      fault(7, "whatever_that_is"), fault(8, "coutn", "count"), fault(9, "coroutin", "coroutine"),
    }, faults_of({ ["scripts/site.lua"] = [[
local count = 0
return function(app)
  app:get("site.a", "/a", function(request)
    conut = conut + 1
    local t = { a = tostrnig(1), conut = 2 }
    t.of, t["reqeust"] = reqeust.path, t:conut()
    if t then return whatever_that_is end
    return function() while true do count = count + coutn end end
           or coroutin.wrap(request)
  end)
end
]] }))
  end)

  it("is found in the script itself, unless that asks whether it is there", function()
    assert.same({ fault(1, "LIMTI", "LIMIT"), fault(4, "loadstrng", "tostring") }, of_script([[
local LIMIT = { LIMTI }
local unpack, jit = table.unpack or unpack, jit and jit.version
if setfenv then LIMIT = 2 end
local f = { loadstrng, unpack, jit }]]))
  end)

  it("is found behind 255 constants, and where its name is long", function()
    local long = ("a_name_of_a_variable_"):rep(3)
    local lines = { "local t = {}", "local function f()" }
    for i = 1, 300 do
      lines[#lines + 1] = ("t.field_%d = 'text %d'"):format(i, i)
    end
    lines[#lines + 1] = "pritn(t)"
    lines[#lines + 1] = ("t[1] = %s"):format(long)
    lines[#lines + 1] = "print(t, f)"
    lines[#lines + 1] = "end"
    assert.same({ fault(303, "pritn", "print"), fault(304, long) }, of_script(table.concat(lines, "\n")))
  end)

  it("is none where it is a local, an upvalue, a field, a label or in an environment of the script's own", function()
    assert.same({}, of_script([[
local outer <const>, f = 1, nil
do
  local _ENV = { inner = outer }
  x, y = inner, z
  function w() return v, _ENV.u end
end
local function of(_ENV) return anything, function() return any_other.thing end end
local key = {}
for key, value in pairs({ name = 1 }) do f = function(...) return key, value, outer, ... end end
repeat local seen = f; goto done; ::done:: until seen
f = { method = function(self) return self.nothing, key.other end, of }
-- a_comment = another
f = function() return "text", [=[ of ]=] .. _VERSION .. tostring(_G) end]]))
  end)

  it("is none where a script sets it while it loads, also within a function or after its reader", function()
    assert.same({}, faults_of({
      ["scripts/site.lua"] = [[
local function later() return set_here, set_by_another, set_inside end
require("site.other")
set_here = later
return function() end
]],
      ["scripts/site/other.lua"] = "set_by_another = 1\nlocal function init() set_inside = 2 end\ninit()\nreturn {}\n",
    }))
  end)

  it("is found beside what else is wrong, where nobody requires the script, and refuses a start", function()
    local scripts = { ["scripts/site.lua"] = "error('first')\n",
      ["scripts/site/unused.lua"] = "return function()\n  return nmae\nend\n" }
    local nobody = "scripts/site/unused.lua:2: there is no variable 'nmae'"
    local list = faults_of(scripts)
    assert.equal(2, #list)
    assert.equal(nobody, table.concat(list, "\n"):match(nobody))
    local status, output = server.refused({ args = { "--site", files.folder(scripts) } })
    assert.equal(1, status)
    assert.matches(nobody, output, 1, true)
  end)
end)
