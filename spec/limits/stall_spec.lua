--- A worker whose loop does not turn says where it is.
local limits_app = require("spec.support.limits_app")

local loop_it = limits_app.INTERRUPTS and it or function() end

describe("a worker that does not turn", function()
  local srv

  lazy_setup(function()
    srv = limits_app.start({ "--limit-cpu", "600s", "--limit-hold", "600s", "--limit-time", "600s" },
      { env = { TIMECAPSULE_STALL_MS = "100" } })
  end)

  lazy_teardown(function()
    srv:stop()
  end)

  --- What a handler does that cannot be paused, again and again for one to two seconds of the clock: a second of a
  --- processor that others have, too, may be many.
  local function stuck(work)
    return ([[return tostring(setmetatable({}, { __tostring = function()
      local till = os.time() + 2
      repeat %s until os.time() >= till
      return "done" end }))]]):format(work)
  end

  loop_it("logs the stack of its script", function()
    assert.equal("done", limits_app.value(srv, stuck("")))
    assert.matches("error this is where the worker is that does not turn request=%x+ route=/run generation=1 " ..
      "stack=[^\n]*run:3: in [^\n]*tostring", srv:log())
    assert.matches("error a worker does not turn[^\n]* worker=0 ms=%d+", srv:log())
  end)

  it("tells what it has called last of the host", function()
    limits_app.value(srv, stuck("require('host.crypto').hash('x')"))
    assert.matches("error a worker does not turn[^\n]* worker=0 ms=%d+ binding=hash\n", srv:log())
  end)
end)
