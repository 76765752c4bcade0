-- Who sends slowly, a byte now and then, loses the connection when its time is over, and nobody else notices.
local host_app = require("spec.support.host_app")
local process = require("spec.support.process")
local socket = require("socket")

local HEADER_S = 10 -- base/limits.h

describe("slow clients", function()
  it("are cut, by time for the head and by rate for the body, while others are served", function()
    local srv <close> = host_app.start()
    local slow = {}
    local function begin(text, drip)
      local conn = srv:connect()
      conn:send(text)
      slow[conn.socket] = { conn = conn, drip = drip, began = socket.gettime() }
    end
    for _ = 1, 10 do
      begin("GET /hello HTTP/1.1\r\n", "X-Slow: yes\r\n")
      begin("GET /he", "l")
      begin("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", "x")
      begin("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")
    end
    local busy = srv:connect()
    local least
    process.wait_for(function()
      local socks = {}
      for sock, one in pairs(slow) do
        one.conn:send(one.drip)
        socks[#socks + 1] = sock
      end
      for _, sock in ipairs(#socks > 0 and socket.select(socks, nil, 0.5) or {}) do
        local took = socket.gettime() - slow[sock].began
        least = math.min(least or took, took)
        assert.is_nil((sock:receive(1)))
        slow[sock].conn:close()
        slow[sock] = nil
      end
      busy:request({ path = "/hello" }):expect({ status = 200, body = "hello" })
      return next(slow) == nil
    end)
    assert.is_nil(next(slow))
    assert.is_true(least >= HEADER_S - 0.5, "cut too early: " .. least)
    busy:close()
    local log = srv:log()
    for why, count in pairs({ ["a head that came too slowly"] = 20, ["a body that came too slowly"] = 20 }) do
      assert.equal(count, select(2, log:gsub('refused status=none why="' .. why .. '"', "")))
    end
  end)
end)
