-- One screen, one idea: functions of C have at most 60 lines, files at most 500, and functions
-- that overflow or that the house has a better word for are not called.  Each check is first
-- shown a breach.
local source = require("spec.support.source")

local MAX_FUNCTION, MAX_FILE = 60, 500

-- What to write instead stands behind each.
local BANNED = {
  strcpy = "base/buf", strcat = "base/buf", sprintf = "snprintf or base/buf",
  vsprintf = "vsnprintf", gets = "read", strtok = "strcspn", atoi = "str_to_int64",
  atol = "str_to_int64", rand = "random_below", srand = "random_below", random = "random_below",
  system = "a library", popen = "a library", alloca = "mem_new",
}

-- A process ends in main(), or where memory is out.
local MAY_EXIT = { ["core/server/main.c"] = true, ["core/base/mem.c"] = true }

--- Definitions that are too long.  In our format a body is what stands between a '{' and a '}'
--- that are alone in the first column; the lines of the declarator above count too.
local function long_functions(path, text)
  local faults, head, from, name = {}, 0, nil, nil
  source.each_line(source.without_comments(text, true), function(line, number)
    if from then
      if line == "}" then
        local lines = number - from + 1
        if lines > MAX_FUNCTION then
          faults[#faults + 1] = ("%s:%d: %s has %d lines"):format(path, from, name, lines)
        end
        from, head = nil, number
      end
    elseif line == "{" then
      from = head + 1
    elseif line:find("^%s*$") or line:find("^#") or line:find("[;}]%s*$") then
      head, name = number, nil
    else
      name = name or line:match("([%w_]+)%s*%(")
    end
  end)
  return faults
end

local function long_file(path, text)
  local lines = source.each_line(text, function() end)
  return lines > MAX_FILE and { ("%s has %d lines"):format(path, lines) } or {}
end

local function banned_calls(path, text)
  local faults = {}
  source.each_line(source.without_comments(text, true), function(line, number)
    for name in line:gmatch("%f[%w_]([%a_][%w_]*)%s*%(") do
      if BANNED[name] then
        faults[#faults + 1] = ("%s:%d: %s; use %s"):format(path, number, name, BANNED[name])
      elseif (name == "exit" or name == "quick_exit") and not MAY_EXIT[path] then
        faults[#faults + 1] = ("%s:%d: exit outside main()"):format(path, number)
      end
    end
  end)
  return faults
end

local function all(folders, endings, judge)
  local faults, count = {}, 0
  for _, file in ipairs(source.files(folders, endings)) do
    count = count + 1
    for _, fault in ipairs(judge(file.path, file.text)) do
      faults[#faults + 1] = fault
    end
  end
  assert.is_true(count > 0, "no files")
  assert.equal("", table.concat(faults, "\n"))
end

local function function_of(lines)
  return "int x;\n\nstatic int f(int a,\n             int b)\n{\n" .. ("    a++;\n"):rep(lines - 4)
    .. "}\n"
end

describe("the size of things", function()
  it("would not allow a function of 61 lines", function()
    assert.same({}, long_functions("a.c", function_of(60)))
    assert.same({ "a.c:3: f has 61 lines" }, long_functions("a.c", function_of(61)))
  end)

  it("sees the function behind a comment and behind another function", function()
    local text = function_of(10) .. "/* About g:\n * two lines. */\n" .. function_of(61):sub(9)
    assert.same({ "a.c:15: f has 61 lines" }, long_functions("a.c", text))
  end)

  it("would not allow a file of 501 lines", function()
    assert.same({}, long_file("a.c", ("x\n"):rep(500)))
    assert.same({ "a.c has 501 lines" }, long_file("a.c", ("x\n"):rep(501)))
  end)

  it("keeps C functions to 60 lines", function()
    all({ "core", "spec", "bench" }, { ".c", ".h" }, long_functions)
  end)

  it("keeps files to 500 lines", function()
    all({ "core", "scripts", "spec", "bench", "static" }, { ".c", ".h", ".lua", ".js", ".mjs", ".css" }, long_file)
  end)
end)

describe("banned functions", function()
  for name in pairs(BANNED) do
    it("would be seen: " .. name, function()
      local text = "/* " .. name .. "(x) */\nvoid f(void)\n{\n    my_" .. name .. "(x); puts(\""
        .. name .. "(x)\");\n    " .. name .. " (x);\n}\n"
      local faults = banned_calls("a.c", text)
      assert.equal(1, #faults)
      assert.truthy(faults[1]:find("a.c:5: " .. name, 1, true))
    end)
  end

  it("would be seen: exit, but for main()", function()
    assert.equal(1, #banned_calls("core/base/x.c", "exit(1);"))
    assert.same({}, banned_calls("core/server/main.c", "exit(1);"))
    assert.same({}, banned_calls("core/base/x.c", "_exit(1); at_exit(f);"))
  end)

  it("are not called", function()
    all({ "core" }, { ".c", ".h" }, banned_calls)
  end)
end)
