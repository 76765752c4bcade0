--- Writes what an instance holds, as it is at one moment, into a file that another one takes.
local clock = require("host.clock")
local command = require("host.command")
local json = require("host.json")
local random = require("host.random")
local long_job = require("admin.long_job")
local moving = require("admin.moving")

local M = {}

local must = long_job.must

--- The rows of a query, one after the other.
local function each(snapshot, name)
  must(snapshot:query(name))
  return function()
    return must(snapshot:next())
  end
end

--- Rows by table, and the last number that each has given.
local function look(snapshot)
  local rows, numbers = {}, {}
  for row in each(snapshot, "moving.counts") do
    rows = row
  end
  for row in each(snapshot, "moving.numbers") do
    numbers[row.name] = rows[row.name] and row.number or nil
  end
  return rows, numbers
end

local function head_of(rows, numbers, with_secret)
  return { format = moving.FORMAT, id = random.uuid(), made_at = clock.format(clock.now(), "UTC", "%Y-%m-%dT%H:%M:%SZ"),
    rows = rows, numbers = numbers, secret_marks = json.array(moving.secret_marks()),
    secrets = with_secret and command.secrets() or nil }
end

--- Into a file that has its name when all is in it.
---@param path string
---@param with_secret boolean
---@param tell fun(done: integer, total: integer): boolean Is it to go on?
---@return table<string, integer>? rows By table; nil: nothing was written.
---@return string? message
function M.write(path, with_secret, tell)
  local packer, message = command.pack(path)
  if not packer then
    return nil, message
  end
  local snapshot = must(command.snapshot())
  local rows, numbers = look(snapshot)
  local total, done, written = moving.sum(rows), 0, {}
  must(packer:write(json.encode({ export = head_of(rows, numbers, with_secret) }) .. "\n"))
  for _, held in ipairs(moving.TABLES) do
    local count = 0
    for row in each(snapshot, held.read) do
      must(packer:write(moving.line(held, row)))
      done, count = done + 1, count + 1
      if not tell(done, total) then
        packer:drop()
        return nil, "stopped"
      end
    end
    written[held.name] = count
  end
  must(packer:write(json.encode({ ["end"] = { rows = written } }) .. "\n"))
  must(packer:finish())
  return written
end

return M
