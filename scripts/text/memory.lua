--- What was found of a source, kept by the process from one generation to the next: known by the source, a name, and
--- the scripts that find it, since a reload replaces those too.
local crypto = require("host.crypto")
local host = require("host")
local lexer = require("host.lexer")

local M = {}

local function read_finders()
  local sources = { host.read("scripts/web/loading.lua") }
  for _, path in ipairs(host.list("scripts/text/")) do
    sources[#sources + 1] = host.read(path)
  end
  return " by " .. crypto.hex(crypto.hash(table.concat(sources, "\n"), "tc-finders"))
end

local finders

--- With the finders, which are read in the state that judges alone.
local function named(name)
  finders = finders or read_finders()
  return name .. finders
end

---@param source string
---@param name string
---@return string?
function M.recall(source, name)
  return lexer.recall(source, named(name))
end

--- Text that is not UTF-8 has a fault somewhere, and is judged each time.
---@param source string
---@param name string
---@param found string | fun(): string
function M.remember(source, name, found)
  if utf8.len(source) then
    lexer.remember(source, named(name), type(found) == "function" and found() or found)
  end
end

return M
