--- What is known of templates that have been judged and are good, kept by the process: a generation judges anew what
--- has changed, and of the rest only what it names of others.
local json = require("host.json")
local memory = require("text.memory")

local M = {}

---@class text.Judged of a template that is good: what others, and it of others, depend on
---@field path string
---@field layout { name: string, line: integer }?
---@field bodies table<string, any>
---@field places table<string, integer>
---@field slots { name: string, line: integer, default: string? }[]
---@field partials { name: string, line: integer }[]
---@field keys { value: string, line: integer, given: table? }[]
---@field calls { name: "url"|"asset", value: string }[]
---@field faults string[]

local function name_of(path)
  return "a template, " .. path
end

--- Literal calls of what a generation may lack.
local function calls_in(unit)
  local calls = {}
  for _, nodes in pairs(unit.bodies) do
    for _, node in ipairs(nodes) do
      local fold = node.fold
      calls[#calls + 1] = fold and (fold.name == "url" or fold.name == "asset") and fold or nil
    end
  end
  return calls
end

---@param unit text.Unit
---@param source string
function M.remember(unit, source)
  local bodies = {}
  for body in pairs(unit.bodies) do
    bodies[body] = true
  end
  memory.remember(source, name_of(unit.path), function()
    return json.encode({ path = unit.path, layout = unit.layout, bodies = bodies, places = unit.places,
      slots = unit.slots, partials = unit.partials, keys = unit.keys, calls = calls_in(unit), faults = {} })
  end)
end

--- nil where it has to be judged: it is not known, or calls for something that is not there.
---@param path string
---@param source string
---@param language table url and asset, which raise at what they do not know
---@return text.Judged?
function M.recall(path, source, language)
  local text = memory.recall(source, name_of(path))
  local judged = text and json.decode(text) or nil
  for _, call in ipairs(judged and judged.calls or {}) do
    if not pcall(language[call.name], call.value) then
      return nil
    end
  end
  return judged
end

return M
