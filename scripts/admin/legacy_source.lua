--- Where rows of the original come from: a dump of its database, or its server.
local command = require("host.command")
local dump = require("admin.dump")
local legacy = require("admin.legacy")
local long_job = require("admin.long_job")

local M = {}

local must = long_job.must

---@class legacy.Source
---@field next fun(): table<string, string>? The next row, all text; raises { message }.
---@field position fun(): integer, integer How far it is, of how much …
---@field unit string … of what.

---@param path string
---@return legacy.Source? source
---@return string? message
local function of_dump(path)
  local file, message = command.open(path)
  if not file then
    return nil, message
  end
  local next_row, reader = dump.rows(file, legacy.TABLE)
  return { next = next_row, unit = "bytes", position = function()
    return math.max(reader:position(), 0), file:size()
  end }
end

--- Every value as the text that a dump would have.
local function as_text(row)
  for name, value in pairs(row) do
    row[name] = tostring(value)
  end
  return row
end

--- The server is asked for two things, which the oldest one understands; rows come as it sends them.
local function of_server(url, password)
  local rows, message = command.guest(url, password)
  if not rows then
    return nil, message
  end
  must(rows:query(("SELECT count(*) AS total FROM `%s`"):format(legacy.TABLE)))
  local total, done = must(rows:next()).total, 0
  must(rows:next())
  must(rows:query(("SELECT * FROM `%s`"):format(legacy.TABLE)))
  local function next_row()
    local row = must(rows:next())
    done = done + 1
    return row and as_text(row)
  end
  return { next = next_row, unit = "rows", position = function()
    return math.min(done, total), total
  end }
end

--- What `--from` names.  Raises { message } where a server refuses what it is asked for.
---@param from string A file's path, or mariadb://user@host/database.
---@param password_file? string The server's.
---@return legacy.Source? source
---@return string? message
function M.open(from, password_file)
  if not from:find("^mariadb://") then
    return of_dump(from)
  end
  local password
  if password_file then
    local file, message = command.open(password_file)
    if not file then
      return nil, message
    end
    password = (file:read(4096) or ""):match("^[^\r\n]*")
  end
  return of_server(from, password)
end

return M
