--- The support bundle: versions, settings, what the doctor says, the last errors, in one text that can be shown to
--- strangers: what is secret or somebody's has been taken out.
local clock = require("host.clock")
local config = require("host").config
local control = require("host.control")
local json = require("host.json")
local errors = require("admin.errors")
local overview = require("admin.overview")
local redact = require("admin.redact")
local settings = require("admin.settings")

local M = { name = "support" }

--- Members that say nothing about anybody, and would look like tokens.
local KEPT = { request = true, digest = true, version = true, build = true, time = true, name = true, default = true,
  help = true }

--- Newer errors tell more.
local MOST_ERRORS = 50

--- The codes of those who may put.
local function codes()
  local text, list = json.decode(control.ask("file put_code_file") or "null"), {}
  for line in (text ~= json.null and text or ""):gmatch("[^\r\n]+") do
    list[#list + 1] = line:match("^%s*(.-)%s*$")
  end
  return list
end

--- What is known to be secret, wherever it stands.
local function known_secrets()
  local list = codes()
  for _, said in ipairs(json.decode(control.ask("settings") or "{}").given or {}) do
    if settings.is_secret(said.name) then
      list[#list + 1] = said.value
    end
  end
  return list
end

--- Those that somebody has said.
local function said_settings(data)
  local list = {}
  for _, setting in ipairs(data.settings) do
    if setting.origin then
      list[#list + 1] = { name = setting.name, value = setting.value, origin = setting.origin }
    end
  end
  return json.array(list)
end

local function last_errors(data)
  return json.array(table.move(data.errors, 1, math.min(#data.errors, MOST_ERRORS), 1, {}))
end

function M.data()
  local answer, message, kind = control.ask("version")
  local said, failed, found
  if answer then
    said, message, kind = settings.data()
  end
  if said then
    failed, message, kind = errors.data({})
  end
  if failed then
    found, message, kind = overview.data()
  end
  if not found then
    return nil, message, kind
  end
  return redact.value({
    made_at = clock.now(),
    runs = json.decode(answer),
    zone = config.time_zone,
    settings = said_settings(said),
    doctor = found.lines,
    errors = last_errors(failed),
  }, known_secrets(), KEPT)
end

---@return string[] lines for the command
function M.lines(data, at)
  local lines = { ("Time Capsule %s, %s (%s)"):format(data.runs.version, at(data.made_at), data.zone), data.runs.build,
    "", "SETTINGS that somebody has said" }
  local function add(format, ...)
    lines[#lines + 1] = format:format(...)
  end
  for _, setting in ipairs(data.settings) do
    add("%s = %s  (%s)", setting.name, setting.value or "", setting.origin)
  end
  add("\nDOCTOR")
  for _, line in ipairs(data.doctor) do
    add("%-6s  %-11s  %s", line.verdict, line.subject, line.text)
  end
  add("\nERRORS, the latest first")
  for _, line in ipairs(errors.lines({ errors = data.errors, request = "" })) do
    lines[#lines + 1] = line
  end
  return lines
end

return M
