--- What docs/reference.md says of every function that a site may call: written from the annotations of the types
--- (scripts/meta) and of the documented modules themselves.
local contract = require("contract")
local files = require("spec.support.files")

local M = {}

--- The file that says what a module is.
local function path_of(module)
  local host = module:match("^host%.(.+)$")
  if host then
    return ("scripts/meta/%s.lua"):format(host)
  end
  local path = "scripts/" .. module:gsub("%.", "/")
  return files.read(path .. ".lua") and path .. ".lua" or path .. "/init.lua"
end

--- The type at the beginning of a text, up to the first space outside brackets, and the rest.
local function cut_type(text)
  local depth = 0
  for at = 1, #text do
    local c = text:sub(at, at)
    depth = depth + (c:find("[%(%[{<]") and 1 or c:find("[%)%]}>]") and -1 or 0)
    if c == " " and depth == 0 and not text:sub(1, at - 1):find("[:,|]$") then
      return text:sub(1, at - 1), text:sub(at + 1)
    end
  end
  return text, ""
end

--- The comment above a function: its sentences, its parameters and results, and the lines of its example.  `@example`
--- is run in a handler, `@loading` while the site is loaded; `expression --> values` says what comes of one.
local function read_comment(lines)
  local entry = { words = {}, params = {}, returns = {}, example = {} }
  local last
  for _, line in ipairs(lines) do
    local name, rest = line:match("^@param (%S+) (.+)$")
    local result = line:match("^@return (.+)$")
    local when, code = line:match("^@(%l+) (.+)$")
    if name then
      local kind, words = cut_type(rest)
      last = { name = name, kind = kind, words = words }
      entry.params[#entry.params + 1] = last
    elseif result then
      local kind, words = cut_type(result)
      last = { kind = kind, words = words }
      entry.returns[#entry.returns + 1] = last
    elseif when == "example" or when == "loading" then
      entry.loading = when == "loading"
      entry.example[#entry.example + 1] = code
    elseif line:find("^@") then
      last = nil
    elseif last then
      last.words = last.words .. " " .. line:gsub("^%s+", "")
    else
      entry.words[#entry.words + 1] = line
    end
  end
  return entry
end

--- Every function of a source, in its order: { owner, name, comment, given }.
local function functions_of(source)
  local list, comment = {}, {}
  for line in source:gmatch("([^\n]*)\n") do
    local words = line:match("^%-%-%-%s?(.*)$")
    local owner, mark, name, given = line:match("^function (%u%w*)([.:])([%w_]+)%((.-)%)")
    if words then
      comment[#comment + 1] = words
    else
      if owner then
        local entry = read_comment(comment)
        entry.owner, entry.mark, entry.name, entry.given = owner, mark, name, given
        list[#list + 1] = entry
      end
      comment = {}
    end
  end
  return list
end

--- What stands behind `@field`: a name and a type, of which either may be marked as optional, and words.
local function read_field(text)
  local name, rest = text:match("^(%S+) (.+)$")
  local kind, words = cut_type(rest)
  local optional = name:find("%?$") and not kind:find("%?$") and "?" or ""
  return { name = name:gsub("%?$", ""), kind = kind .. optional, words = words }
end

--- Every class of a source that has fields and no functions: { name, words, fields }.
local function classes_of(source)
  local list, class, words = {}, nil, {}
  for line in source:gmatch("([^\n]*)\n") do
    local name, behind = line:match("^%-%-%-@class ([%w_.]+) ?(.*)$")
    local field = line:match("^%-%-%-@field (.+)$")
    local said = line:match("^%-%-%-%s?([^@].*)$")
    if name then
      local parent, rest = behind:match("^: ([%w_.]+) ?(.*)$")
      behind = parent and parent:find(".", 1, true) and ("What `%s` has, and more. %s"):format(parent, rest) or behind
      words[#words + 1] = behind ~= "" and behind or nil
      class = { name = name, words = words, fields = {} }
    elseif field and class then
      class.fields[#class.fields + 1] = read_field(field)
    elseif said and class then
      local last = class.fields[#class.fields]
      last.words = last.words .. " " .. said:gsub("^%s+", "")
    elseif said then
      words[#words + 1] = said
    else
      list[#list + 1] = class and class.fields[1] and line == "" and class or nil
      class, words = nil, {}
    end
  end
  return list
end

local function code(text)
  return "`" .. text:gsub("|", "\\|") .. "`"
end

--- `reply.json(value, status?, headers?)`
local function title_of(module, entry)
  local optional, names = {}, {}
  for _, param in ipairs(entry.params) do
    local name = param.name:gsub("%?$", "")
    optional[name] = param.name ~= name or param.kind:find("%?$") ~= nil
  end
  for name in entry.given:gmatch("[^,%s]+") do
    names[#names + 1] = name .. (optional[name] and "?" or "")
  end
  local owner = entry.owner == "M" and module:match("[^.]+$") or entry.owner:lower()
  return ("%s%s%s(%s)"):format(owner, entry.mark, entry.name, table.concat(names, ", "))
end

--- Parameters or fields: name, type and words of each.
local function named(list)
  local texts = {}
  for i, item in ipairs(list) do
    local words = item.words:gsub("|", "\\|")
    texts[i] = code(item.name:gsub("%?$", "") .. ": " .. item.kind) .. (words ~= "" and " " .. words or "")
  end
  return texts
end

--- What a function takes and gives, and what is said of it, in one cell each.
local function row_of(module, entry)
  local given, got = named(entry.params), {}
  for _, result in ipairs(entry.returns) do
    got[#got + 1] = code(result.kind) .. (result.words ~= "" and " " .. result.words or "")
  end
  local words = table.concat(entry.words, " "):gsub("%s+", " "):gsub("|", "\\|")
  for _, line in ipairs(entry.example) do
    words = words .. "<br>" .. code(line)
  end
  local types = {}
  if given[1] then
    types[#types + 1] = table.concat(given, "; ")
  end
  if got[1] then
    types[#types + 1] = "→ " .. table.concat(got, "; ")
  end
  return ("| %s | %s | %s |"):format(code(title_of(module, entry)), words, (table.concat(types, " "):gsub("%s+", " ")))
end

--- What the application itself calls, once: no site does.
local OURS = { ["web App.build"] = true, ["web App.handle"] = true, ["web App.failed"] = true,
  ["text.constant M.close"] = true, ["text.constant M.held"] = true, ["text.constant M.is_private"] = true,
  ["text.constant M.next"] = true, ["text.i18n M.build"] = true,
  ["text.i18n M.install"] = true, ["text.template M.build"] = true, ["text.template M.install"] = true,
  ["text.template M.judge_pages"] = true, ["text.template Set.judge_pages"] = true,
  ["text.template Set.parts"] = true, ["text.template Set.render"] = true }

local function is_ours(module, entry)
  return OURS[("%s %s.%s"):format(module, entry.owner, entry.name)]
end

--- Does one of the lists name that type?
local function names_type(lists, name)
  for _, list in ipairs(lists) do
    for _, item in ipairs(list) do
      if (" " .. item.kind .. " "):find("[^%w_.]" .. name:gsub("%.", "%%.") .. "[^%w_.]") then
        return true
      end
    end
  end
  return false
end

--- Classes of a module that a site meets: in what functions take and give, and in the fields of those, in the order of
--- its source.
local function classes_met(module, source)
  local lists, met, classes = {}, {}, classes_of(source)
  for _, entry in ipairs(functions_of(source)) do
    if not is_ours(module, entry) then
      lists[#lists + 1], lists[#lists + 2] = entry.params, entry.returns
    end
  end
  for _ = 1, #classes do -- as deep as there may be
    for _, class in ipairs(classes) do
      if not met[class] and names_type(lists, class.name) then
        met[class], lists[#lists + 1] = true, class.fields
      end
    end
  end
  local list = {}
  for _, class in ipairs(classes) do
    list[#list + 1] = met[class] and class or nil
  end
  return list
end

--- A class: its name, what is said of it, its fields.
local function row_of_class(class)
  local row = ("| %s | %s | %s |"):format(code(class.name), table.concat(class.words, " "),
    table.concat(named(class.fields), "; "))
  return (row:gsub(" +", " "))
end

--- Functions without a sentence, which nobody should have to guess.
---@return string[] "web.reply.json"
function M.silent()
  local list = {}
  for _, module in ipairs(contract.MODULES) do
    for _, entry in ipairs(functions_of(files.read(path_of(module)))) do
      list[#list + 1] = not entry.words[1] and module .. " " .. entry.name or nil
    end
  end
  return list
end

--- Every function that a site calls, with its example.
---@return { module: string, owner: string, title: string, example: string[], loading: boolean }[]
function M.examples()
  local list = {}
  for _, module in ipairs(contract.MODULES) do
    for _, entry in ipairs(functions_of(files.read(path_of(module)))) do
      if not is_ours(module, entry) then
        list[#list + 1] = { module = module, owner = entry.owner, title = title_of(module, entry),
          example = entry.example, loading = entry.loading }
      end
    end
  end
  return list
end

--- The section as it should stand.
---@return string
function M.section()
  local lines = { M.FIRST, "" }
  for _, module in ipairs(contract.MODULES) do
    local source = files.read(path_of(module))
    local entries = functions_of(source)
    if entries[1] then
      lines[#lines + 1] = ("### %s, every function\n"):format(module)
      lines[#lines + 1] = "| | | takes → gives |\n|---|---|---|"
      for _, entry in ipairs(entries) do
        lines[#lines + 1] = row_of(module, entry)
      end
      for _, class in ipairs(classes_met(module, source)) do
        lines[#lines + 1] = row_of_class(class)
      end
      lines[#lines + 1] = ""
    end
  end
  lines[#lines + 1] = M.LAST
  return table.concat(lines, "\n")
end

M.FIRST = "<!-- written by RECORD=1 timecapsule test spec/docs/reference_spec.lua -->"
M.LAST = "<!-- until here -->"

return M
