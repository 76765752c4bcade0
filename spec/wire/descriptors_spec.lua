-- More clients than descriptors: the rest waits, what is served needs none, and nothing fails for want of one.
local host_app = require("spec.support.host_app")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local LIMIT, CLIENTS = 300, 400

--- The program under a hard limit of descriptors.
local function limited(folder)
  local path = folder .. "/limited"
  local file = assert(io.open(path, "w"))
  file:write(("#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n"):format(LIMIT, process.quoted(server.program())))
  file:close()
  process.output("chmod +x " .. path)
  return path
end

describe("a server with few descriptors", function()
  it("serves as many as it can, and the rest as soon as one has ended", function()
    local srv <close> = host_app.start(nil, { program = limited(server.folder()) })
    local conns, waiting = {}, {}
    for i = 1, CLIENTS do
      conns[i] = srv:connect()
      conns[i]:ask({ path = "/hello" })
      waiting[conns[i].socket] = conns[i]
    end
    --- Reads the answers that have come; how many have come by now.
    local answered = 0
    local function read_some(then_do)
      local socks = {}
      for sock in pairs(waiting) do
        socks[#socks + 1] = sock
      end
      for _, sock in ipairs((socket.select(socks, nil, 0.1))) do
        assert(waiting[sock]:response()):expect({ status = 200, body = "hello" })
        then_do(waiting[sock])
        waiting[sock] = nil
        answered = answered + 1
      end
      return answered
    end
    local function keep() end
    process.wait_for(function()
      return read_some(keep) >= LIMIT // 2
    end)
    read_some(keep)
    assert.is_true(answered < LIMIT, "more connections than descriptors: " .. answered)
    -- The database, its files and the control socket have theirs.
    conns[1]:request({ path = "/put?name=few&value=x" }):expect({ status = 200, body = "1" })
    conns[1]:request({ path = "/get?name=few" }):expect({ status = 200, body = "x" })
    assert.is_true((srv:control("status")))
    assert.is_true((srv:control("reload")))
    for _, conn in ipairs(conns) do
      if not waiting[conn.socket] then
        conn:close()
      end
    end
    process.wait_for(function()
      return read_some(conns[1].close) == CLIENTS
    end)
    assert.equal(CLIENTS, answered)
    assert.is_nil(srv:log():find("Too many open files", 1, true))
  end)
end)
