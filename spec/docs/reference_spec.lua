--- docs/reference.md names everything that the host offers, and nothing else.
local host = require("host")

local MODULES = { "clock", "crypto", "db", "json", "log", "metrics", "qr", "random", "shared", "smtp", "task", "timer" }

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
    if known and known[name] == nil then
      faults[#faults + 1] = module .. "." .. name
    end
  end
  return faults
end

describe("docs/reference.md", function()
  local text = read("docs/reference.md")

  it("names every function of the host", function()
    assert.same({}, missing(text))
  end)

  it("names none that the host does not have", function()
    assert.same({}, unknown(text))
  end)

  it("would be found out", function()
    assert.same({ "host.db.batch" }, missing((text:gsub("db%.batch%b()", ""))))
    assert.same({ "clock.later" }, unknown(text .. "`clock.later(1)`"))
  end)
end)
