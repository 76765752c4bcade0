--- The time zones that the form offers.  They do not change while a generation lives.
local clock = require("host.clock")
local constant = require("text.constant")

local M = {}

--- Regions that hold nothing but other names of the same places, and zones that are no place: a
--- quarter of the list.  A zone that is not offered is taken all the same when it comes.
local OTHER_NAMES = { Brazil = true, Canada = true, Chile = true, Etc = true, Mexico = true, US = true }

--- States for their cities, which are in the list too.  No browser presets one of them.
local STATES = { ACT = true, Canberra = true, LHI = true, NSW = true, North = true, Queensland = true,
  South = true, Tasmania = true, Victoria = true, West = true, Yancowinna = true }

--- The options of a select, by region; names without one (UTC, …) stand first.  IANA names need no escaping; anything
--- else is left out.
local function options_of(names)
  local regions, by_region = {}, {}
  for _, zone in ipairs(names) do
    if zone:find("^[%w_+/-]+$") then
      local region = zone:match("^([^/]+)/") or ""
      if not by_region[region] then
        by_region[region] = {}
        regions[#regions + 1] = region
      end
      table.insert(by_region[region], "<option>" .. zone .. "</option>")
    end
  end
  table.sort(regions)
  local parts = {}
  for _, region in ipairs(regions) do
    local options = table.concat(by_region[region])
    parts[#parts + 1] = region == "" and options or '<optgroup label="' .. region .. '">' .. options .. "</optgroup>"
  end
  return table.concat(parts, "\n")
end

---@class zones.Choice
---@field options string HTML of the zones to choose from.
---@field others string In one line those that are no place: offered only to whoever's device lives by one, as by one of
--- Etc/GMT±n.

---@return zones.Choice
local function choice_of(all)
  local names, others = {}, {}
  for _, zone in ipairs(all) do
    local region, place = zone:match("^([^/]+)/(.+)$")
    local other = OTHER_NAMES[region] or (region == "Australia" and STATES[place])
    if zone == "UTC" or (region and not other) then
      names[#names + 1] = zone
    elseif zone:find("^%u%u%u%d%u%u%u$") or zone == "GMT" then
      others[#others + 1] = zone
    end
  end
  return constant.of({ options = options_of(names), others = table.concat(others, " ") })
end

---@type zones.Choice?
local choice

---@return zones.Choice
function M.choice()
  choice = choice or choice_of(clock.zones())
  return choice
end

return M
