--- A disk of so many MiB, in memory, where one server's data lies, which alone sees it; and what fills it.
---
---     local disk <close> = small_disk.new(16)
---     local srv <close> = server.start({ data = disk.data, program = disk.program })
---     disk:fill()
local lfs = require("lfs")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

local M = {}

local Disk = {}
Disk.__index = Disk

--- Can this run have one?  What the system says when it cannot.
M.can = mariadb.can_mount

local function write_program(path, holder)
  local file = assert(io.open(path, "w"))
  file:write(("#!/bin/sh\nexec nsenter -t %s -m -- %s \"$@\"\n"):format(holder, process.quoted(server.program())))
  file:close()
  process.output("chmod +x " .. path)
end

--- `data` leads to the folder from here and, for `program`, from where it is mounted.
function M.new(mib)
  local place = process.folder()
  local self = setmetatable({ holder_place = process.make_folder(), program = place .. "/program" }, Disk)
  local script = ("mkdir %s/disk; mount -t tmpfs -o size=%dm,mode=700 tmpfs %s/disk; mkdir -m 700 %s/disk/data;"
    .. " touch %s/mounted; exec sleep infinity"):format(place, mib, place, place, place)
  self.holder = process.guard(self.holder_place, { "unshare", "-m", "sh", "-ec", script })
  assert(process.wait_for(function()
    return lfs.attributes(place .. "/mounted")
  end), "no tmpfs was mounted")
  self.pid = process.read_file(self.holder_place .. "/pid"):match("%d+")
  self.data = ("/proc/%s/root%s/disk/data"):format(self.pid, place)
  write_program(self.program, self.pid)
  return self
end

--- Nothing is free any more; what the database's journal has room for is given back before.
function Disk:fill()
  process.output(("nsenter -t %s -m -- sqlite3 -batch -cmd '.timeout 5000' %s/capsules.db 'PRAGMA wal_checkpoint(TRUNCATE)'")
    :format(self.pid, self.data))
  os.execute(("dd if=/dev/zero of=%s/filler bs=4k status=none 2>/dev/null"):format(self.data))
end

function Disk:free()
  assert(os.remove(self.data .. "/filler"))
end

function Disk:__close()
  self.holder:close()
end

return M
