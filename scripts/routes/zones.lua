--- The time zones that the form offers: a place in its region with what its clocks are ahead of UTC by now,
--- "Berlin +1", so that whoever types the place finds it.
local clock = require("host.clock")
local constant = require("text.constant")

local M = {}

local function set(words)
  local all = {}
  for word in words:gmatch("%S+") do
    all[word] = true
  end
  return all
end

--- Regions that hold nothing but other names of the same places, and zones that are no place.  A zone that is not
--- offered is taken all the same when it comes.
local OTHER_NAMES = set("Brazil Canada Chile Etc Mexico US")

--- States for their cities, which are in the list too.  No browser presets one of them.
local STATES = set("ACT Canberra LHI NSW North Queensland South Tasmania Victoria West Yancowinna")

--- Old names of places that are in the list under another one, which browsers still tell as their zone.
local OLD_PRESETS = set([[Africa/Asmera America/Buenos_Aires America/Catamarca America/Coral_Harbour America/Cordoba
  America/Godthab America/Indianapolis America/Jujuy America/Louisville America/Mendoza Asia/Calcutta Asia/Katmandu
  Asia/Rangoon Asia/Saigon Atlantic/Faeroe Europe/Kiev Pacific/Enderbury Pacific/Ponape Pacific/Truk]])

--- Those that none tells.
local OLD = set([[Africa/Timbuktu America/Argentina/ComodRivadavia America/Atka America/Ensenada America/Fort_Wayne
  America/Knox_IN America/Montreal America/Nipigon America/Pangnirtung America/Porto_Acre America/Rainy_River
  America/Rosario America/Santa_Isabel America/Shiprock America/Thunder_Bay America/Virgin America/Yellowknife
  Antarctica/South_Pole Asia/Ashkhabad Asia/Choibalsan Asia/Chongqing Asia/Chungking Asia/Dacca Asia/Harbin
  Asia/Istanbul Asia/Kashgar Asia/Macao Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator Atlantic/Jan_Mayen
  Australia/Currie Europe/Belfast Europe/Nicosia Europe/Tiraspol Europe/Uzhgorod Europe/Zaporozhye Pacific/Johnston
  Pacific/Samoa Pacific/Yap]])

---@class zones.Place
---@field zone string "America/Argentina/Buenos_Aires"
---@field region string "America"
---@field name string "Buenos Aires, Argentina"; static/js/put/when.js reads it back.

---@return zones.Place? place Nil for what is not offered.
local function place_of(zone)
  local region, rest = zone:match("^([%w_]+)/([%w_+/-]+)$")
  if not region or OTHER_NAMES[region] or OLD_PRESETS[zone] or OLD[zone] or region == "Australia" and STATES[rest] then
    return nil
  end
  local parts = {}
  for part in rest:gmatch("[^/]+") do
    table.insert(parts, 1, (part:gsub("_", " ")))
  end
  return { zone = zone, region = region, name = table.concat(parts, ", ") }
end

---@type zones.Place[] sorted by region and name
local places = {}
---@type table<string, string> the zone of each name
local by_name = {}
local others = {}

for _, zone in ipairs(clock.zones()) do
  local place = place_of(zone)
  if place then
    places[#places + 1] = place
    by_name[place.name] = by_name[place.name] or zone
  elseif OLD_PRESETS[zone] or zone == "GMT" or zone:find("^%u%u%u%d%u%u%u$") then
    others[#others + 1] = zone
  end
end
table.sort(places, function(a, b)
  if a.region ~= b.region then
    return a.region < b.region
  end
  return a.name < b.name
end)

--- "+1", "-3:30"
local function offset(zone, now)
  local sign, hours, minutes = clock.format(now, zone, "%:z"):match("^([+-])0?(%d+):(%d+)$")
  return sign .. hours .. (minutes ~= "00" and ":" .. minutes or "")
end

--- The options of a select, by region, UTC first.  Nothing in them needs escaping, and neither an option nor a group
--- needs an end tag: this is a third of the page.
local function options_at(now)
  local parts, region = { "<option>UTC" }, nil
  for _, place in ipairs(places) do
    if place.region ~= region then
      region = place.region
      parts[#parts + 1] = '<optgroup label="' .. region .. '">'
    end
    parts[#parts + 1] = "<option>" .. place.name .. " " .. offset(place.zone, now)
  end
  return table.concat(parts)
end

---@class zones.Choice
---@field options string HTML of the zones to choose from.
---@field others string In one line those that are no place or an old name of one: offered only to whoever's device
--- lives by one, as by one of Etc/GMT±n.

local HOUR = 3600
---@type zones.Choice
local choice
local made_at -- the hour

--- Clocks change on the hour or half past it: looked at once an hour, what has not changed stays the same table.
---@param now integer
---@return zones.Choice
function M.choice(now)
  local hour = now // HOUR
  if hour ~= made_at then
    local options = options_at(hour * HOUR)
    if not choice or choice.options ~= options then
      choice = constant.for_all({ options = options, others = table.concat(others, " ") })
    end
    made_at = hour
  end
  return choice
end

--- The zone of an option that came back as it stands on the page, which is what a browser without script sends;
--- anything else as it came.
---@param typed string?
---@return string?
function M.named(typed)
  local name = typed and #typed < 100 and typed:match("^%s*(.-) [+-]%d+:?%d*%s*$")
  return name and by_name[name] or typed
end

return M
