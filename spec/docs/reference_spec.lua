--- docs/reference.md names everything that the host offers, and nothing else.
local host = require("host")
local reference = require("spec.support.reference")
local server = require("spec.support.server")

local MODULES = { "clock", "crypto", "db", "http", "json", "log", "metrics", "qr", "random", "shared", "smtp", "task", "timer" }

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- Functions of the host that a text does not name.
local function missing(text)
  local faults = {}
  for _, module in ipairs(MODULES) do
    require("host." .. module)
  end
  for owner, list in pairs(host.bindings()) do
    for _, binding in ipairs(list) do
      if not text:find("[.:]" .. binding.name .. "[({`,]") and not text:find("`" .. binding.name .. "`", 1, true) then
        faults[#faults + 1] = owner .. "." .. binding.name
      end
    end
  end
  table.sort(faults)
  return faults
end

--- `module.function` in a text that the host does not have.
local function unknown(text)
  local faults = {}
  for module, name in text:gmatch("`(%l+)%.([%l_]+)[({`]") do
    local known = module == "host" and host
    for _, candidate in ipairs(MODULES) do
      known = known or candidate == module and require("host." .. module)
    end
    if known and rawget(known, name) == nil then
      faults[#faults + 1] = module .. "." .. name
    end
  end
  return faults
end

--- Rows of the two tables of options and settings, as `timecapsule --help` has them.
local function rows_of_help()
  local status, help = server.run({ args = { "--help" } })
  assert.equal(0, status, help)
  local rows = {}
  local function add(name, default, what)
    local row = ("| `%s` | %s | %s |"):format(name, default, what)
    rows[#rows + 1] = row:gsub("(%l)|(%l)", "%1\\|%2")
  end
  for usage, what, default in help:gmatch("\n  (%-%-%S+ ?%S*) *  ([^\n]+)\n +default: ([^\n]+)") do
    add(usage:gsub(" $", ""), default, what)
  end
  for name, what, default in help:gmatch("\n  ([%l_]+)  +([^\n]+) %(default ([^\n]*)%)") do
    add(name, default, what)
  end
  return rows
end

--- Rows that one list has and the other has not.
local function lacking(rows, others)
  local known, faults = {}, {}
  for _, row in ipairs(others) do
    known[row] = true
  end
  for _, row in ipairs(rows) do
    faults[#faults + 1] = not known[row] and row or nil
  end
  return table.concat(faults, "\n")
end

describe("docs/reference.md", function()
  local text = read("docs/reference.md")
  local from, to = text:find(reference.FIRST, 1, true), select(2, text:find(reference.LAST, 1, true))
  local told = text:sub(1, from - 1) .. text:sub(to + 1) -- by people

  it("has every option and setting, with its default, as --help has it", function()
    local rows, documented = rows_of_help(), {}
    local chapter = text:match("\n## Options\n.*")
    for row in chapter:gmatch("\n(| `[^\n]+)") do
      documented[#documented + 1] = row
    end
    assert.is_true(#rows > 20)
    assert.equal("", lacking(rows, documented), "rows that the page lacks")
    assert.equal("", lacking(documented, rows), "rows that --help does not have")
  end)

  it("names every function of the host", function()
    assert.same({}, missing(told))
  end)

  it("names none that the host does not have", function()
    assert.same({}, unknown(text))
  end)

  it("has every function as its source says it", function()
    local section = reference.section()
    if os.getenv("RECORD") == "1" then
      local file = assert(io.open("docs/reference.md", "wb"))
      file:write(text:sub(1, from - 1), section, text:sub(to + 1))
      file:close()
    else
      assert.equal(section, text:sub(from, to), "RECORD=1 writes it anew")
    end
  end)

  it("has a sentence for each", function()
    assert.same({}, reference.silent())
  end)

  it("has every name that templates are given, and every directive", function()
    local compile = require("text.compile")
    local chapter, names = text:match("\n## Templates\n.-\n## "), {}
    for name in chapter:gmatch("[%l%d_]+") do
      names[name] = true
    end
    for _, name in ipairs(compile.GIVEN) do
      assert.is_true(names[name], name)
    end
    for name in pairs(compile.DIRECTIVES) do
      assert.is_true(names[name], name)
    end
  end)

  it("would be found out", function()
    assert.same({ "host.db.batch", "host.db.tx.batch" }, missing((told:gsub("db%.batch%b()", ""):gsub("tx:batch`", ""))))
    assert.same({ "clock.later" }, unknown(text .. "`clock.later(1)`"))
  end)
end)
