--- What scripts find of Lua's standard library, in a handler of a running server.
local limits_app = require("spec.support.limits_app")

describe("the standard library of scripts", function()
  local srv

  lazy_setup(function()
    srv = limits_app.start()
  end)

  lazy_teardown(function()
    srv:stop()
  end)

  local function raises(source, ...)
    local why = limits_app.raised(srv, source)
    for _, part in ipairs({ ... }) do
      assert.truthy(why:find(part, 1, true), ("%s\nraises: %s\nwithout: %s"):format(source, why, part))
    end
  end

  local function gives(expected, source)
    assert.equal(expected, limits_app.value(srv, source), source)
  end

  it("has nothing that ends the process, starts another or leaves the application", function()
    for call, instead in pairs({
      ["os.execute('true')"] = "run it outside",
      ["os.exit(0)"] = "a command returns its status",
      ["os.remove('x')"] = "host.db",
      ["os.rename('x', 'y')"] = "host.db",
      ["os.tmpname()"] = "host.shared",
      ["os.setlocale('C')"] = "host.clock.format",
      ["io.popen('true')"] = "run it outside",
      ["io.tmpfile()"] = "host.db",
      ["io.output('x')"] = "host.db",
      ["io.open('x', 'w')"] = "host.db",
      ["io.read()"] = "a request brings its body",
      ["package.loadlib('x', 'y')"] = "require",
      ["package.searchpath('x', '?')"] = "require",
      ["dofile('x')"] = "require",
      ["loadfile('x')"] = "require",
      ["string.dump(print)"] = "compiled chunks",
      ["debug.sethook()"] = "debug.traceback and debug.getinfo",
      ["debug.getregistry()"] = "debug.traceback and debug.getinfo",
      ["debug.setmetatable('', nil)"] = "setmetatable is",
      ["setmetatable({}, { __gc = print })"] = "<close>",
      ["collectgarbage()"] = "the host collects",
      ["collectgarbage('stop')"] = "the host collects",
    }) do
      raises(call, "run:1: ", instead)
    end
  end)

  it("counts characters as the library does", function()
    for _, text in ipairs({ "", "seven c", "eight ch", "nine char", ("x"):rep(100), ("x"):rep(16) .. "é", "é" .. ("x"):rep(9),
      ("x"):rep(7) .. "你好😀", ("x"):rep(20) .. "\xff", "\x80" .. ("x"):rep(8), "eight ch\xed\xa0\x80", "a\0b" }) do
      local count, place = utf8.len(text)
      gives(("%s %s"):format(count, place),
        ("local n, at = utf8.len(%q) return tostring(n) .. ' ' .. tostring(at)"):format(text))
    end
    gives("2", "return utf8.len('xxxxxxxxyé', 9)")
    gives("9", "return utf8.len('xxxxxxxxyé', 1, 9)")
    gives("2", "return utf8.len(12)")
    raises("utf8.len()", "bad argument")
  end)

  it("keeps what does no harm", function()
    gives("function", "return type(debug.getinfo(1, 'f').func)")
    gives("true", "return collectgarbage('count') > 0")
    gives("true", "return os.time() > 0 and os.clock() >= 0 and os.date('%Y') ~= ''")
    gives("|", "return package.path .. '|' .. package.cpath")
  end)

  it("reads the application's own files and no others", function()
    gives("true", "local f <close> = assert(io.open('scripts/main.lua')) return #f:read('a') > 100")
    gives("true", "local n = 0 for _ in io.lines('scripts/main.lua') do n = n + 1 end return n > 10")
    gives("nil /etc/passwd: there is no such file in the application; host.list() names them 2",
      "local f, why, n = io.open('/etc/passwd') return tostring(f) .. ' ' .. why .. ' ' .. n")
    gives("nil", "local f = io.open('scripts/../../../limits/sandbox_spec.lua') return f")
    gives("100", "for i = 1, 100 do io.open('scripts/main.lua') end return 100") -- nobody holds them
    raises("local all = {} for i = 1, 100 do all[i] = io.open('scripts/main.lua') end", "64 files are open")
  end)

  it("loads text, and text alone", function()
    gives("3", "return load('return 1 + 2')()")
    gives("7", "return load('return x', 'name', 't', { x = 7 })()")
    gives("6", "local n = 0 return load(function() n = n + 1 return ({ 'return ', '6' })[n] end)()")
    gives("[string \"1 if\"]:1: unexpected symbol near '1'", "local f, why = load('1 if') return why")
    for _, source in ipairs({ "load('\\27Lua')", "load('return 1', 'x', 'b')" }) do
      gives("compiled chunks are not loaded; give the source", "local f, why = " .. source .. " return why")
    end
    gives("the chunk is too long", "local f, why = load(function() return (' '):rep(1000) end) return why")
  end)

  it("raises at an assignment to a global variable, naming it and the line", function()
    raises("local x = 1\ncounter = 1", "run:2: assignment to the variable 'counter'", "local")
    raises("print = 1", "run:1: assignment to the variable 'print'")
    raises("_G.y = 1", "run:1: assignment to the variable 'y'")
  end)

  it("raises at reading a variable that is not there", function()
    raises("return\ncuonter", "run:2: there is no variable 'cuonter'")
    raises("return string.trim", "run:1: there is no string.trim")
    raises("return _G.jit", "there is no variable 'jit'")
  end)

  it("has standard tables that nobody can change", function()
    raises("string.trim = print", "run:1: string.trim cannot be changed")
    raises("function table.insert() end", "run:1: table.insert cannot be changed")
    raises("setmetatable(_G, {})", "protected metatable")
    gives("false", "return getmetatable('')")
    gives("true true", [[
      local names, functions = {}, {}
      for name in pairs(_G) do names[name] = true end
      for name in pairs(string) do functions[name] = true end
      return tostring(names.print) .. " " .. tostring(functions.rep)]])
    gives("ABC", "return ('abc'):upper()")
  end)

  it("has no way round the seal", function()
    raises("local _, behind = pairs(string) behind.rep = print", "run:1: string.rep cannot be changed")
    raises("local next_pair = pairs(string) next_pair(5, 5)", "invalid key to 'next'")
    for _, name in ipairs({ "_G", "string", "package", "package.loaded" }) do
      raises("rawset(" .. name .. ", 'print', 1)", "rawset takes no standard table")
    end
    gives("1", "local t = rawset({}, 'a', 1) return t.a")
    raises("package.loaded.string = {}", "run:1: package.loaded.string cannot be changed")
    raises("return package.searchers", "there is no package.searchers")
    raises("return package.preload", "there is no package.preload")
    gives("true true nil", [[
      local count = 0
      for _ in pairs(package.loaded) do count = count + 1 end
      return tostring(count > 10) .. " " .. tostring(package.loaded.string == string) .. " " ..
        tostring(package.loaded["nothing.of.that.name"])]])
  end)

  it("hands nothing of the host's C to scripts", function()
    raises("getmetatable(io.open('scripts/main.lua')).__gc = print", "attempt to index a boolean value")
    gives("false", "local req = ... return getmetatable(req)")
    gives("false", "return getmetatable(require('host.shared').space('x'))")
    gives("0", [[
      local called = 0
      for level = 0, 50 do
        local at = debug.getinfo(level, "fS")
        if at and at.what == "C" and at.func then called = called + 1 end
      end
      return called]])
    gives("true", "return debug.getinfo(print).func == print")
    gives("function", "return type(debug.getinfo(1).func)")
  end)

  it("gives xpcall's handler the error, and its stack, after it has unwound", function()
    gives("true 1 2", "return table.concat({ tostring(xpcall(function(...) return ... end, print, 1, 2)), 1, 2 }, ' ')")
    gives("false run:1: oh!", "local ok, m = xpcall(function() error('oh') end, function(e) return e .. '!' end)" ..
      " return tostring(ok) .. ' ' .. m")
    gives("true", [[
      local function deep() error("oh") end
      local _, trace = xpcall(deep, debug.traceback)
      return trace:find("oh\nstack traceback:.*upvalue 'deep'") ~= nil or trace:find("function <run:1>") ~= nil]])
    gives("true", [[
      local host = require("host")
      local function deep() local x = nil; return x.y end
      local _, trace = xpcall(deep, function(e) return host.traceback(e) end)
      return trace:find("run:2: in function <run:2>", 1, true) ~= nil]])
    gives("false second", "local ok, m = xpcall(error, function() error('second', 0) end)" ..
      " return tostring(ok) .. ' ' .. m")
    gives("waited", [[
      local clock = require("host.clock")
      local _, m = xpcall(function() clock.sleep(0.001) error("x") end, function() clock.sleep(0.001) return "waited" end)
      return m]])
  end)

  it("bounds what would fill memory or never return", function()
    raises("return ('x'):rep(1e10)", "string.rep would make more than 16777216 bytes")
    raises("return ('x'):rep(1 << 62, 'yy')", "string.rep would make more than")
    gives("0", "return #(''):rep(1e15)")
    gives("a,a,a||aaa", "return ('a'):rep(3, ',') .. ('a'):rep(0) .. '|' .. ('a'):rep(-1) .. '|' .. ('a'):rep(3)")
    raises("local s = ('x'):rep(6e6) return ('%s%s%s'):format(s, s, s)", "string.format would make more than")
    raises("table.move({}, 1, math.maxinteger - 1, 2)", "at most 1000000 elements")
    raises("table.move({}, math.mininteger, math.maxinteger, 2)", "at most 1000000 elements")
    raises("table.concat({}, '', 1, 1 << 60)", "at most 1000000 elements")
    raises("table.unpack({}, 1, 1e8)", "too many results")
    local calls = { "insert(t, 1, 1)", "insert(t, 1)", "remove(t, 1)", "remove(t)", "concat(t)", "unpack(t)", "sort(t)" }
    for _, call in ipairs(calls) do
      raises("local t = setmetatable({}, { __len = function() return 1 << 50 end })\ntable." .. call,
        "run:2: ", "takes no table with __len")
    end
    raises("local t = {} for i = 1, 200001 do t[i] = i end table.sort(t)", "table.sort takes at most 200000")
  end)

  it("does with tables what the library does", function()
    gives("1,2,3|2|1,3", [[
      local t = { 1, 3 } table.insert(t, 2, 2) local s = table.concat(t, ",")
      local r = table.remove(t, 2) return s .. "|" .. r .. "|" .. table.concat(t, ",")]])
    gives("3 2 1", "local t = { 1, 2, 3 } table.sort(t, function(a, b) return a > b end) return table.concat(t, ' ')")
    gives("b,c", "return table.concat(table.move({ 'a', 'b', 'c' }, 2, 3, 1, {}), ',')")
    gives("2 3", "local a, b = table.unpack({ 1, 2, 3 }, 2) return a .. ' ' .. b")
  end)

  it("bounds the depth of JSON", function()
    gives("true", [[
      local json, t = require("host.json"), {}
      for _ = 1, 200000 do t = { t } end
      local ok, why = pcall(json.encode, t)
      return not ok and why:find("nested deeper than 64", 1, true) ~= nil]])
    gives("nil", "return (require('host.json').decode(('['):rep(200000)))")
  end)
end)

describe("with --limits off", function()
  it("scripts have the library as it is", function()
    local srv <close> = limits_app.start({ "--limits", "off" })
    assert.equal("nil", limits_app.value(srv, "return undeclared"))
    assert.equal("0", limits_app.value(srv, "collectgarbage() return 0"))
  end)
end)
