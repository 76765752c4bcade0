--- Pages that are followed as they are written: their ```sh blocks are run in their order, and what the
--- ```text block behind one says is shown.
---
--- A command that cannot be run here says so in the line above its block, with the reason, or names the
--- program that runs it instead:
---
---     <!-- not run: asks a mail server of yours -->
---     <!-- run by deploy/try-image -->
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local M = {}

local RETRY_S = 20

---@class spec.Block
---@field kind string The fence's language; "" without one.
---@field text string
---@field shows string? Of "sh": what it shows.
---@field line integer
---@field not_run string? The reason.
---@field run_by string? A path.

--- The fenced blocks of a text, in order.
---@param text string
---@return spec.Block[]
function M.parse(text)
  local list, open, before, number = {}, nil, "", 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local fence = line:match("^```(.*)$")
    if fence and not open then
      open = { kind = fence, line = number, lines = {}, not_run = before:match("^<!%-%- not run: (.+) %-%->$"),
        run_by = before:match("^<!%-%- run by (%S+) %-%->$") }
    elseif fence then
      open.text, open.lines = table.concat(open.lines, "\n"), nil
      list[#list + 1], open = open, nil
    elseif open then
      open.lines[#open.lines + 1] = line
    end
    before = line
  end
  assert(not open, "a block does not end")
  for i, block in ipairs(list) do
    local behind = list[i + 1]
    block.shows = block.kind == "sh" and behind and behind.kind == "text" and behind.text or nil
  end
  return list
end

---@param path string
---@return spec.Block[]
function M.blocks(path)
  return M.parse(assert(files.read(path), path))
end

--- Whether every line that the page shows is in the output, in order; "…" stands for whatever follows.
---@param output string
---@param wanted string
function M.shows(output, wanted)
  local at = 1
  for line in wanted:gmatch("[^\n]+") do
    local _, last = output:find(line:gsub("…$", ""), at, true)
    if not last then
      return false
    end
    at = last + 1
  end
  return true
end

---@class spec.Reader Somebody who follows pages in a folder of their own.
---@field folder string
---@field replace table<string, string> What a page names → what there is here.
local Reader = {}
Reader.__index = Reader

--- `timecapsule` is this program, `sudo` does without; what a page calls the system's is in the folder, and
--- servers listen where nobody else does.
---@return spec.Reader
function M.reader()
  local folder, bin = server.folder(), server.folder()
  assert(os.execute(("ln -s '%s' '%s/timecapsule'"):format(server.program(), bin)))
  files.write(bin, { sudo = '#!/bin/sh\nexec "$@"\n' })
  process.output(("chmod +x %s/sudo && mkdir -p %s/etc %s/srv"):format(bin, folder, folder))
  local port = process.free_port()
  return setmetatable({ folder = folder, bin = bin, port = port, replace = {
    ["127.0.0.1:8080"] = "127.0.0.1:" .. port,
    ["/etc/timecapsule"] = folder .. "/etc",
    ["/var/lib/timecapsule"] = folder .. "/var",
    ["/srv/"] = folder .. "/srv/",
    ["/usr/local"] = folder .. "/usr",
  } }, Reader)
end

--- The block as a script of bash, in the folder.
function Reader:script(sh)
  for named, here in pairs(self.replace) do
    sh = sh:gsub((named:gsub("%p", "%%%0")), (here:gsub("%%", "%%%%")))
  end
  files.write(self.bin, { block = ([[
set -eu
export HOME='%s' APP='%s' TIMECAPSULE_LISTEN=127.0.0.1:%d TIMECAPSULE_ADMIN_LISTEN=off TIMECAPSULE_WORKERS=1
cd '%s'
PATH='%s':$PATH
%s
]]):format(self.folder, process.output("pwd"):match("[^\n]+"), self.port, self.folder, self.bin, sh) })
  return self.bin .. "/block"
end

--- Runs a block: its exit status and output.
function Reader:run(sh)
  local pipe = assert(io.popen(("bash '%s' 2>&1 </dev/null"):format(self:script(sh))))
  local output = pipe:read("a")
  local _, _, status = pipe:close()
  return status, (output:gsub(self.folder:gsub("%p", "%%%0") .. "/", ""))
end

--- Starts a block that ends in a server, which goes on while the page does, and waits until it listens.
function Reader:serve(sh)
  self:stop()
  local script = self:script((sh:gsub("timecapsule serve", "exec %0")))
  self.place = process.make_folder()
  self.leash = process.guard(self.place, { "bash", script })
  local good = process.wait_for(function()
    assert(not process.read_file(self.place .. "/status"), process.read_file(self.place .. "/log"))
    local conn = socket.connect("127.0.0.1", self.port)
    return conn and conn:close()
  end)
  assert(good, process.read_file(self.place .. "/log"))
end

--- Ends the server, if one runs; it has to end well.
function Reader:stop()
  if self.leash then
    os.execute("kill -TERM " .. process.read_file(self.place .. "/pid"))
    local status = process.wait_for(function()
      return process.read_file(self.place .. "/status")
    end)
    local log = process.read_file(self.place .. "/log")
    self.leash:close()
    self.leash = nil
    assert(tonumber(status) == 0, log)
  end
end

--- One block.  A server that watches its files takes a moment: what is asked of it may be asked again.
---@param block spec.Block
function Reader:follow(block)
  if block.text:find("timecapsule serve", 1, true) then
    return self:serve(block.text)
  end
  local until_then = socket.gettime() + (block.text:find("^curl") and block.shows and RETRY_S or 0)
  local status, output, good
  repeat
    status, output = self:run(block.text)
    good = status == 0 and (not block.shows or M.shows(output, block.shows))
  until good or socket.gettime() > until_then or socket.sleep(0.2)
  assert(status == 0, ("line %d: exit status %s of\n%s\n%s"):format(block.line, tostring(status), block.text, output))
  assert(good, ("line %d:\n%s\nshows\n%s\ninstead of\n%s"):format(block.line, block.text, output, block.shows or ""))
end

return M
