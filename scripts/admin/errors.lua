--- The errors that this server logged last, the latest first: what a visitor's page of an error has a number of, and
--- whatever else went wrong.  Kept in the server's memory, so that none of it is found after a restart, but in the log.
local control = require("host.control")
local json = require("host.json")

local M = { name = "errors" }

--- So many are kept.
M.KEPT = 500

--- Fields that have a place of their own on the page.
local SHOWN = { time = true, level = true, message = true, request = true, route = true, generation = true,
  error = true, stack = true, trace = true }

local function is_asked(record, wanted)
  return wanted == "" or record.request == wanted
end

--- What else a record says, sorted: "kind=io".
local function rest_of(record)
  local rest = {}
  for name, value in pairs(record) do
    if not SHOWN[name] then
      rest[#rest + 1] = ("%s=%s"):format(name, tostring(value))
    end
  end
  table.sort(rest)
  return table.concat(rest, " ")
end

local function item_of(record)
  return {
    time = record.time,
    message = record.message,
    request = record.request,
    route = record.route,
    timer = record.timer,
    generation = record.generation,
    error = record.error,
    stack = record.stack or record.trace,
    more = rest_of(record),
  }
end

---@param asked { request: string? } the number that a visitor's page shows
function M.data(asked)
  local text, message, kind = control.ask("errors")
  if not text then
    return nil, message, kind
  end
  local records = json.decode(text)
  local wanted = (asked.request or ""):match("^%s*(.-)%s*$")
  local list = {}
  for _, record in ipairs(records) do
    if is_asked(record, wanted) then
      list[#list + 1] = item_of(record)
    end
  end
  return { errors = json.array(list), kept = M.KEPT, logged = #records, request = wanted }
end

--- For the command: each with what belongs to it below.
---@return string[] lines
function M.lines(data)
  local lines = {}
  local function add(format, ...)
    lines[#lines + 1] = format:format(...)
  end
  for _, item in ipairs(data.errors) do
    add("%s  %s", item.time, item.message)
    if item.request then
      add("    request %s, route %s, generation %s", item.request, item.route or "none", item.generation or "?")
    end
    for line in ((item.error or "") .. "\n" .. (item.stack or "") .. "\n" .. item.more):gmatch("[^\n]+") do
      add("    %s", line)
    end
  end
  if #lines == 0 then
    add("no errors%s since the start", data.request ~= "" and " of the request " .. data.request or "")
  end
  return lines
end

return M
