-- No two files of core/ need each other, directly or around: what defines a name of C and what
-- uses it are asked of the objects that this program was linked from.
local lfs = require("lfs")
local process = require("spec.support.process")

-- Circles that are still there, each by its files.  A file that has left its circle leaves here
-- too; nothing is ever added.
local ALLOWED = {}

local OBJECTS = "/CMakeFiles/tc_core.dir/core/"

local function words_of(text)
  local out = {}
  for word in text:gmatch("%S+") do
    out[#out + 1] = word
  end
  return out
end

--- Which file uses which other's names, of what `nm -g -A -P` says of objects below a folder.
---@param lines string "FOLDER/vm/vm.c.o: vm_of T 0 4d" and so on
---@param folder string
---@return table<string, table<string, string[]>> uses[file][other]: the names
local function uses_of(lines, folder)
  local owner, wanted, uses = {}, {}, {}
  for path, name, kind in lines:gmatch("(%S+): (%S+) (%a)[^\n]*") do
    local file = path:sub(#folder + 1):gsub("%.c%.o$", "")
    uses[file] = uses[file] or {}
    if kind:find("[Uwv]") then
      wanted[#wanted + 1] = { file, name }
    else
      owner[name] = file
    end
  end
  for _, want in ipairs(wanted) do
    local file, name = want[1], want[2]
    local other = owner[name]
    if other and other ~= file then
      uses[file][other] = uses[file][other] or {}
      table.insert(uses[file][other], name)
    end
  end
  return uses
end

local function keys_of(map)
  local out = {}
  for key in pairs(map) do
    out[#out + 1] = key
  end
  table.sort(out)
  return out
end

--- The sets of files that all need each other (Tarjan's), each sorted; single files left out.
local function circles_of(uses)
  local index, low, stack, waits, count, out = {}, {}, {}, {}, 0, {}

  local function take(file)
    local circle = {}
    repeat
      local last = table.remove(stack)
      waits[last] = nil
      circle[#circle + 1] = last
    until last == file
    if #circle > 1 then
      table.sort(circle)
      out[#out + 1] = circle
    end
  end

  local function visit(file)
    count = count + 1
    index[file], low[file] = count, count
    stack[#stack + 1], waits[file] = file, true
    for _, other in ipairs(keys_of(uses[file] or {})) do
      if not index[other] then
        visit(other)
        low[file] = math.min(low[file], low[other])
      elseif waits[other] then
        low[file] = math.min(low[file], index[other])
      end
    end
    if low[file] == index[file] then
      take(file)
    end
  end

  for _, file in ipairs(keys_of(uses)) do
    if not index[file] then
      visit(file)
    end
  end
  return out
end

--- Every use inside a circle, with the names that close it.
local function told(uses, circle)
  local out, inside = { #circle .. " files need each other:" }, {}
  for _, file in ipairs(circle) do
    inside[file] = true
  end
  for _, file in ipairs(circle) do
    for _, other in ipairs(keys_of(uses[file])) do
      if inside[other] then
        out[#out + 1] = ("  core/%s.c uses of core/%s.c: %s"):format(file, other,
          table.concat(uses[file][other], " "))
      end
    end
  end
  return table.concat(out, "\n")
end

--- The list entry that each file stands in.
local function allowed_of(list)
  local out = {}
  for i, text in ipairs(list) do
    for _, file in ipairs(words_of(text)) do
      out[file] = i
    end
  end
  return out
end

local function is_allowed(circle, allowed)
  for _, file in ipairs(circle) do
    if not allowed[file] or allowed[file] ~= allowed[circle[1]] then
      return false
    end
  end
  return true
end

--- What is wrong: circles that are not allowed, and files allowed for nothing.
local function faults_of(uses, list)
  local allowed, faults, seen = allowed_of(list), {}, {}
  for _, circle in ipairs(circles_of(uses)) do
    for _, file in ipairs(circle) do
      seen[file] = true
    end
    if not is_allowed(circle, allowed) then
      faults[#faults + 1] = told(uses, circle)
    end
  end
  for _, file in ipairs(keys_of(allowed)) do
    if not seen[file] then
      faults[#faults + 1] = file .. " is in no circle any more: strike it from spec/circle_spec.lua"
    end
  end
  return table.concat(faults, "\n")
end

describe("circles among files", function()
  local LINES = [[
/o/a/low.c.o: low T 0 1
/o/a/low.c.o: malloc U
/o/a/one.c.o: one T 0 1
/o/a/one.c.o: two U
/o/a/one.c.o: low U
/o/a/one.c.o: counter b 0 1
/o/b/two.c.o: two T 0 1
/o/b/two.c.o: table D 0 1
/o/b/two.c.o: three U
/o/b/three.c.o: three T 0 1
/o/b/three.c.o: one U
/o/b/three.c.o: table U
/o/b/top.c.o: two U
]]
  local function uses()
    return uses_of(LINES, "/o/")
  end

  it("are found, also around a third, by functions and by data", function()
    assert.same({ { "a/one", "b/three", "b/two" } }, circles_of(uses()))
    assert.equal("3 files need each other:\n"
      .. "  core/a/one.c uses of core/b/two.c: two\n"
      .. "  core/b/three.c uses of core/a/one.c: one\n"
      .. "  core/b/three.c uses of core/b/two.c: table\n"
      .. "  core/b/two.c uses of core/b/three.c: three", faults_of(uses(), {}))
  end)

  it("are allowed by name, no larger than the list says", function()
    assert.equal("", faults_of(uses(), { "a/one b/three b/two" }))
    assert.truthy(faults_of(uses(), { "a/one b/two" }):find("^3 files need"))
    assert.truthy(faults_of(uses(), { "a/one b/two", "b/three" }):find("^3 files need"))
  end)

  it("leave the list when they are gone", function()
    assert.equal("a/low is in no circle any more: strike it from spec/circle_spec.lua",
      faults_of(uses(), { "a/low a/one b/three b/two" }))
  end)
end)

describe("the files of core/", function()
  -- Of this program; those of files that have moved away since may lie about still.
  local program = assert(lfs.symlinkattributes("/proc/self/exe", "target"))
  local folder = program:match("^(.*)/") .. OBJECTS

  local function objects()
    local out = {}
    for path in process.output("find " .. process.quoted(folder) .. " -name '*.c.o'"):gmatch("[^\n]+") do
      if lfs.attributes("core/" .. path:sub(#folder + 1, -3)) then
        out[#out + 1] = process.quoted(path)
      end
    end
    return out
  end

  it("need each other in no circle", function()
    local list = objects()
    assert.is_true(#list > 100, "no objects below " .. folder)
    local uses = uses_of(process.output("nm -g -A -P " .. table.concat(list, " ")), folder)
    assert.truthy(uses["vm/vm"]["base/mem"], "the names were not understood")
    assert.equal("", faults_of(uses, ALLOWED))
  end)
end)
