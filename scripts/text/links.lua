--- What templates name of each other: layouts, their slots, partials; and keys of sentences.
local compile = require("text.compile")

local M = {}

--- What is told where there is no template of that name, with the file that it would be.
---@param name string
---@return string
function M.missing(name)
  local is_text = name:find("%.txt$")
  return ("there is no template 'templates/%s%s'"):format(name, is_text and "" or ".html")
end

--- The layouts of a unit from the nearest outwards; adds a fault when one is missing or they form a circle.
local function layouts_of(unit, units, fault)
  local chain, seen = {}, { [unit] = true }
  local at = unit
  while at and at.layout do
    local layout = units[at.layout.name]
    if not layout then
      fault(at, at.layout.line, ("there is no layout 'templates/%s.html'"):format(at.layout.name))
    elseif seen[layout] then
      fault(at, at.layout.line, ("the layout '%s' leads back to itself"):format(at.layout.name))
      return chain
    else
      chain[#chain + 1], seen[layout] = layout, true
    end
    at = layout
  end
  return chain
end

--- Whether a page fills the slots of its layouts, and every block is shown.  (A layout between two others leaves slots
--- to its pages.)
local function check_slots(unit, layouts, is_layout, fault)
  local given, wanted = {}, { [compile.CONTENT] = true }
  for depth = 0, #layouts do
    local giver = layouts[depth] or unit
    for block in pairs(giver.bodies) do
      given[block] = true
    end
    local taker = layouts[depth + 1]
    for _, slot in ipairs(taker and taker.slots or {}) do
      wanted[slot.name] = true
      if not given[slot.name] and not slot.default and not is_layout then
        local wish = ("its layout wants the block '%s' (%s:%d)"):format(slot.name, taker.path, slot.line)
        fault(unit, unit.layout.line, wish)
      end
    end
  end
  for block, line in pairs(unit.places) do
    if not wanted[block] then
      local why = #layouts > 0 and "no layout of this template yields it" or "the template has no layout"
      fault(unit, line, ("the block '%s' is never shown: %s"):format(block, why))
    end
  end
end

--- Everything that can be wrong between templates and with the keys that they name.
---@param units table<string, text.Unit> by name
---@param fault_of fun(key: string, given: table<string, true>?): string? what is wrong with a key and its arguments
---@param faults string[] what is wrong is added
function M.check(units, fault_of, faults)
  local is_layout = {}
  local function fault(unit, line, message)
    faults[#faults + 1] = ("%s:%d: %s"):format(unit.path, line, message)
  end
  for _, unit in pairs(units) do
    if unit.layout then
      is_layout[unit.layout.name] = true
    end
  end
  for name, unit in pairs(units) do
    for _, message in ipairs(unit.faults) do
      faults[#faults + 1] = message
    end
    for _, partial in ipairs(unit.partials) do
      if not units[partial.name] then
        fault(unit, partial.line, ("there is no partial 'templates/%s.html'"):format(partial.name))
      end
    end
    for _, key in ipairs(unit.keys) do
      local wrong = fault_of(key.value, key.given)
      if wrong then
        fault(unit, key.line, wrong)
      end
    end
    if unit.slots[1] and not is_layout[name] then
      fault(unit, unit.slots[1].line, "yield() in a template that is nobody's layout")
    end
    check_slots(unit, layouts_of(unit, units, fault), is_layout[name], fault)
  end
end

return M
