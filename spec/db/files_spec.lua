--- The files of a SQLite database, taken away, made read-only or left without room: the server says
--- so once, is not ready, refuses writes as its own fault, and is well again by itself.
local capsules = require("spec.support.capsules")
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")

local FORM = { name = "n", time = "2099-12-31 23:59", tz = "UTC", content = "words" }

local function becomes(srv, status)
  return process.wait_for(function()
    return srv:get("/readyz").status == status
  end)
end

local function count(text, part)
  return select(2, text:gsub(part:gsub("%p", "%%%0"), ""))
end

--- A put is refused as the server's fault, logged with the statement, and the admin hears why.
local function expect_refused(srv, why)
  assert.is_truthy(becomes(srv, 503), srv:log())
  srv:post("/put", FORM):expect({ status = 503 })
  local res = srv.admin:get("/readyz"):expect({ status = 503 })
  assert.is_truthy(res:json().reasons[1]:find(why, 1, true), res.body)
  srv:get("/readyz"):expect_no_body("capsules.db")
  local log = srv:log()
  assert.is_truthy(log:find('a handler failed error="capsule%.%w+ %(sql/queries/capsule%.sql:%d+%)'), log)
end

describe("files of the database under a running server", function()
  for _, ending in ipairs({ "", "-wal", "-shm" }) do
    it("are watched: capsules.db" .. ending .. " is removed", function()
      local srv = server.start({ database = "sqlite" })
      finally(function() srv:stop() end)
      capsules.put(srv, {})
      local path = srv.data .. "/capsules.db" .. ending
      assert(os.rename(path, path .. ".away"))
      local said = path .. " was removed under the running program"
      expect_refused(srv, said)
      assert.equal(1, count(srv:log(), "error " .. said), srv:log())
      assert(os.rename(path .. ".away", path))
      assert.is_truthy(becomes(srv, 200), srv:log())
      assert.equal(1, count(srv:log(), "the database can be written to again"))
      capsules.put(srv, {})
    end)
  end

  it("are watched: another file takes the place", function()
    local srv = server.start({ database = "sqlite" })
    finally(function() srv:stop() end)
    local path = srv.data .. "/capsules.db"
    process.output(("cp %s %s.new && mv %s.new %s"):format(path, path, path, path))
    assert.is_truthy(becomes(srv, 503), srv:log())
    srv:post("/put", FORM):expect({ status = 503 })
    assert.is_truthy(srv:log():find(path .. " was replaced under the running program", 1, true), srv:log())
  end)
end)

it("a disk without room is told once, and that there is room again", function()
  local srv = server.start({ database = "sqlite" })
  finally(function() srv:stop() end)
  capsules.put(srv, {})
  local size = lfs.attributes(srv.data .. "/capsules.db-wal", "size")
  process.output(("prlimit --pid %d --fsize=%d:"):format(srv.pid, size))
  assert.is_truthy(process.wait_for(function()
    return srv:post("/put", FORM).status == 503
  end), srv:log())
  expect_refused(srv, "is its disk full, or broken?")
  -- Once a change: what is written where the log begins anew still fits.
  local function more_failures_than_ends()
    return count(srv:log(), "error the database " .. srv.data .. "/capsules.db fails (disk I/O error): ")
      - count(srv:log(), "the database can be written to again")
  end
  assert.equal(1, more_failures_than_ends(), srv:log())
  process.output(("prlimit --pid %d --fsize=unlimited:"):format(srv.pid))
  assert.is_truthy(becomes(srv, 200), srv:log())
  assert.equal(0, more_failures_than_ends(), srv:log())
  capsules.put(srv, {})
end)

describe("a database that must not be written", function()
  --- A program that runs as somebody who is nobody here.
  local function as_nobody(folder)
    local path = folder .. "/as-nobody"
    local file = assert(io.open(path, "w"))
    file:write(('#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 --clear-groups %s "$@"\n'):format(server.program()))
    file:close()
    process.output("chmod 755 " .. folder .. " " .. path)
    return path
  end

  for _, case in ipairs({ { "", "the database" }, { "-shm", "the index of its log" } }) do
    it("keeps the server from starting: " .. case[2], function()
      local folder = server.folder()
      local data = folder .. "/data"
      assert(lfs.mkdir(data))
      local program = as_nobody(folder)
      process.output("chown 65534 " .. data)
      local srv = server.start({ data = data, program = program, database = "sqlite" })
      srv:kill("KILL") -- leaves the log and its index
      srv:wait()
      srv:stop()
      process.output(("chmod 400 %s/capsules.db%s"):format(data, case[1]))
      local status, log = server.refused({ data = data, program = program, database = "sqlite" })
      assert.equal(1, status)
      assert.is_truthy(log:find("chmod u+rw " .. data .. "/capsules.db*", 1, true), log)
      process.output(("chmod u+rw %s/capsules.db*"):format(data))
      srv = server.start({ data = data, program = program, database = "sqlite" })
      finally(function() srv:stop() end)
      srv:post("/put", FORM):expect({ status = 200 })
    end)
  end
end)
