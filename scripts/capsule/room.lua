--- Is there room for another capsule?  A floor of free disk, so that there is still some for letters and for what an
--- admin does, and so many capsules a day: counted in this server's memory, from midnight UTC.
local clock = require("host.clock")
local config = require("host").config
local host = require("host")
local log = require("host.log")
local shared = require("host.shared")

local M = {}

local DAY, MIB = 86400, 1024 * 1024
local counts = assert(shared.space("capsules", { max = 4 }))

local function today()
  return ("day %d"):format(clock.now() // DAY)
end

--- When the next day begins.
---@return integer
function M.tomorrow()
  return (clock.now() // DAY + 1) * DAY
end

local looked_at, free -- the second in which the disk was looked at, and what was left of it

local function disk_free()
  local now = clock.now()
  if now ~= looked_at then
    looked_at, free = now, host.status().disk_free
  end
  return free
end

--- Is there room on the disk?  Nil where there is none: what is full, for the log, and the kind.
---@return boolean? good
---@return string? message
---@return "io"|nil kind
function M.on_disk()
  local left = config.disk_free_mib > 0 and disk_free()
  if left and left < config.disk_free_mib * MIB then
    return nil, ("no capsules are put: less than %d MiB are free on the disk of the data folder (disk_free_mib)")
      :format(config.disk_free_mib), "io"
  end
  return true
end

--- May another one be put today?
---@return boolean
function M.today()
  return config.puts_per_day == 0 or (counts:get(today()) or 0) < config.puts_per_day
end

--- One has been put.
function M.taken()
  if config.puts_per_day > 0 and counts:incr(today(), 1, 2 * DAY) == config.puts_per_day then
    log.error("no more capsules are put today", { puts_per_day = config.puts_per_day })
  end
end

return M
