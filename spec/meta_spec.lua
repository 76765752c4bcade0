--- scripts/meta says what the host's modules are; the editor believes it.  Here its names, its
--- numbers of arguments and its kinds of results are compared with what the host has bound.
local lfs = require("lfs")

local host = require("host")

local FOLDER = "scripts/meta/"

local MODULES = { "clock", "command", "control", "crypto", "db", "html", "http", "json", "lexer", "log", "metrics",
  "qr", "random", "shared", "smtp", "still", "task", "timer" }
for _, name in ipairs(MODULES) do
  require("host." .. name)
end

--- ---------------------------------------------------------------- reading the annotations

--- The type at the beginning of a text: up to the first space outside brackets.
local function first_type(text)
  local depth, at = 0, 1
  while at <= #text do
    local c = text:sub(at, at)
    if c:match("[%(%[{<]") then
      depth = depth + 1
    elseif c:match("[%)%]}>]") then
      depth = depth - 1
    elseif c == " " and depth == 0 and not text:sub(1, at - 1):match("[:,|]$") then
      break
    end
    at = at + 1
  end
  return text:sub(1, at - 1), text:sub(at + 1)
end

--- The members of a union.
local function split(text)
  local list, depth, from = {}, 0, 1
  for at = 1, #text do
    local c = text:sub(at, at)
    if c:match("[%(%[{<]") then
      depth = depth + 1
    elseif c:match("[%)%]}>]") then
      depth = depth - 1
    elseif c == "|" and depth == 0 then
      list[#list + 1] = text:sub(from, at - 1)
      from = at + 1
    end
  end
  list[#list + 1] = text:sub(from)
  return list
end

local BASIC = {
  any = "any", boolean = "boolean", integer = "integer", number = "number", string = "string",
  table = "table", userdata = "userdata", lightuserdata = "userdata", ["true"] = "boolean",
  ["function"] = "function",
}

--- What a type is at run time: "string", "table?" …; "any" where a union mixes them.
local function kind(text, known)
  local optional, found = false, nil
  for _, part in ipairs(split(text)) do
    if part:sub(-1) == "?" then
      optional, part = true, part:sub(1, -2)
    end
    local is = BASIC[part] or known[part]
    if part == "nil" then
      optional = true
    else
      if part:match('^".*"$') then
        is = "string"
      elseif part:match("^%-?%d+$") then
        is = "integer"
      elseif part:match("%[%]$") or part:match("^table<") or part:match("^{") then
        is = "table"
      elseif part:match("^fun%(") then
        is = "function"
      end
      assert(is, "no such type: " .. part)
      if is:sub(-1) == "?" then
        optional, is = true, is:sub(1, -2)
      end
      found = (found == nil or found == is) and is or "any"
    end
  end
  return (found or "nil") .. (optional and "?" or "")
end

--- Adds the types that a text declares to `known`.
local function read_types(text, known)
  for line in text:gmatch("[^\n]+") do
    local class, parent = line:match("^%-%-%-@class ([%w%.]+) : (%S+)")
    class = class or line:match("^%-%-%-@class ([%w%.]+)")
    if class then
      known[class] = parent == "userdata" and "userdata" or "table"
    end
    local alias, rest = line:match("^%-%-%-@alias ([%w%.]+) (.+)")
    if alias then
      known[alias] = kind((first_type(rest)), known)
    end
  end
end

--- One function from its declaration and the annotations above it.
local function read_function(block, separator, name, params, known, fault)
  local entry = { name = name, min = 0, max = 0, returns = "" }
  local documented, returns = {}, {}
  for _, line in ipairs(block) do
    local param, rest = line:match("^%-%-%-@param (%S+) (.+)")
    if param then
      documented[#documented + 1] = param
      kind((first_type(rest)), known)
    end
    rest = line:match("^%-%-%-@return (.+)")
    if rest then
      local type_text, after = first_type(rest)
      returns[#returns + 1] = after:match("^%.%.%.") and "..." or kind(type_text, known)
    end
  end
  local count = separator == ":" and 1 or 0
  entry.min = count
  for param in params:gmatch("[^,%s]+") do
    local noted = table.remove(documented, 1) or "(nothing)"
    if noted:gsub("%?$", "") ~= param then
      fault(("%s: parameter %s is annotated as %s"):format(name, param, noted))
    end
    count = count + 1
    if param == "..." then
      count = -1
      break
    elseif not noted:match("%?$") then
      entry.min = count
    end
  end
  if #documented > 0 then
    fault(name .. ": no such parameter: " .. documented[1])
  end
  entry.max, entry.returns = count, table.concat(returns, ",")
  return entry
end

--- { ["host.db"] = { one = entry, … }, … } from the text of one file.
local function read_meta(text, known, fault)
  local owners, names, block, class = {}, {}, {}, nil
  for line in text:gmatch("[^\n]+") do
    class = line:match("^%-%-%-@class ([%w%.]+)") or class
    local variable = line:match("^local (%w+) = {}$")
    local owner, separator, name, params = line:match("^function (%w+)([%.:])([%w_]+)%((.-)%) end$")
    if line:match("^%-%-%-") then
      block[#block + 1] = line
    else
      if variable then
        names[variable] = class
        owners[class] = {}
      elseif name then
        owners[names[owner]][name] = read_function(block, separator, name, params, known, fault)
      elseif line:match("function") and not line:match("^%-%-") then
        fault("not understood: " .. line)
      end
      block = {}
    end
  end
  return owners
end

--- ---------------------------------------------------------------- comparing

local function read_texts()
  local texts = {}
  for file in lfs.dir(FOLDER) do
    if file:match("%.lua$") then
      local handle = assert(io.open(FOLDER .. file, "rb"))
      texts[file] = handle:read("a")
      handle:close()
    end
  end
  return texts
end

local function compare_lists(owner, said, bound, fault)
  for _, entry in ipairs(bound) do
    local other = said[entry.name]
    if not other then
      fault(("%s.%s is not in scripts/meta"):format(owner, entry.name))
    else
      for _, field in ipairs({ "min", "max", "returns" }) do
        if entry[field] ~= other[field] then
          fault(("%s.%s: %s is %q in the host, %q in scripts/meta"):format(
            owner, entry.name, field, entry[field], other[field]))
        end
      end
      said[entry.name] = nil
    end
  end
  for name in pairs(said) do
    fault(("%s.%s is in scripts/meta alone"):format(owner, name))
  end
end

--- Everything in which the texts and the host's lists differ, as sentences.
local function differences(texts, lists)
  local list, known, said = {}, {}, {}
  local function fault(sentence)
    list[#list + 1] = sentence
  end
  local good, message = pcall(function()
    read_types(texts["host.lua"], known) -- the kinds of errors, used by all
    for _, text in pairs(texts) do
      read_types(text, known)
    end
    for file, text in pairs(texts) do
      for owner, entries in pairs(read_meta(text, known, function(sentence)
        fault(file .. ": " .. sentence)
      end)) do
        said[owner] = entries
      end
    end
  end)
  if not good then
    fault(message)
  end
  for owner, bound in pairs(lists) do
    compare_lists(owner, said[owner] or {}, bound, fault)
    said[owner] = nil
  end
  for owner in pairs(said) do
    fault(owner .. " is in scripts/meta alone")
  end
  table.sort(list)
  return list
end

describe("scripts/meta", function()
  it("says what the host has bound: names, numbers of arguments, kinds of results", function()
    assert.same({}, differences(read_texts(), host.bindings()))
  end)

  it("has a file for every module and none besides", function()
    local files = {}
    for file, text in pairs(read_texts()) do
      local module = text:match("^%-%-%-@meta (%S+)\n")
      files[#files + 1] = file:gsub("%.lua$", "")
      assert.is_truthy(module == files[#files] or module == "host." .. files[#files], file)
    end
    table.sort(files)
    local expected = { "host", "request", table.unpack(MODULES) }
    table.sort(expected)
    assert.same(expected, files)
  end)

  it("fails when any one line that matters is deleted", function()
    local texts, lists, deleted = read_texts(), host.bindings(), 0
    for file, text in pairs(texts) do
      for from, line, to in text:gmatch("()([^\n]+)()") do
        if line:match("^function ") or line:match("^%-%-%-@param ") or line:match("^%-%-%-@return ") then
          texts[file] = text:sub(1, from - 1) .. text:sub(to + 1)
          assert.is_true(#differences(texts, lists) > 0, file .. " without: " .. line)
          deleted = deleted + 1
        end
      end
      texts[file] = text
    end
    assert.is_true(deleted > 150)
  end)

  it("fails when the host has a function more, fewer arguments or other results", function()
    local changes = {
      function(lists)
        table.insert(lists["host.random"], { name = "extra", min = 0, max = 0, returns = "" })
      end,
      function(lists)
        lists["host.random"][1].max = 2
      end,
      function(lists)
        lists["host.shared.space"][1].min = 1
      end,
      function(lists)
        lists["host.json"][1].returns = "string?,string?,string?"
      end,
      function(lists)
        lists["host.new"] = { { name = "f", min = 0, max = 0, returns = "" } }
      end,
      function(lists)
        lists["host.qr"] = nil
      end,
    }
    for i, change in ipairs(changes) do
      local lists = host.bindings()
      change(lists)
      assert.equal(1, #differences(read_texts(), lists), "change " .. i)
    end
  end)
end)
