--- A service manager: what it is told (sd_notify), and the sockets that it hands over (LISTEN_FDS).
local files = require("spec.support.files")
local limits_app = require("spec.support.limits_app")
local notify = require("spec.support.notify")
local process = require("spec.support.process")
local server = require("spec.support.server")

-- What cannot be paused, for three seconds of processor time.
local STUCK = [[return tostring(setmetatable({}, { __tostring = function()
  local began = os.clock()
  repeat until os.clock() - began > 3
  return "done" end }))]]

describe("a service manager", function()
  it("is told of the start, of each reload, and of the end", function()
    local told <close> = notify.listen()
    local site = files.folder({ ["scripts/site.lua"] = "return function() end" })
    local srv <close> = server.start({ env = told.env, args = { "--site", site } })
    assert.matches("^READY=1\nSTATUS=generation 1 %(%x+%)$", told:waits("READY=1"))
    files.write(site, { ["scripts/site.lua"] = "return function(app) end" })
    assert.is_true(srv:control("reload"))
    assert.matches("^RELOADING=1\nMONOTONIC_USEC=%d+$", told:waits("RELOADING=1"))
    assert.matches("^READY=1\nSTATUS=generation 2 %(%x+%)$", told:waits("READY=1"))
    files.write(site, { ["scripts/site.lua"] = "return function(" })
    assert.is_false(srv:control("reload"))
    told:waits("RELOADING=1")
    assert.matches("STATUS=generation 2 %(%x+%); the last reload failed$", told:waits("READY=1"))
    srv:stop()
    assert.same({ "STOPPING=1" }, told:hear())
  end)

  it("hears that all is well while every worker turns, and only then", function()
    local told <close> = notify.listen()
    told.env.WATCHDOG_USEC = "60000000"
    told.env.TIMECAPSULE_STALL_MS = "100"
    local srv <close> = limits_app.start({ "--limit-cpu", "600s", "--limit-hold", "600s", "--limit-time", "600s" },
      { env = told.env })
    told:waits("WATCHDOG=1")
    local stuck <close> = setmetatable({ conn = srv:connect() }, { __close = function(self)
      self.conn:close()
    end })
    stuck.conn:ask({ method = "POST", path = "/run", body = STUCK, headers = { ["Content-Type"] = "text/plain" } })
    assert(process.wait_for(function()
      return srv:log():find("a worker does not turn", 1, true)
    end))
    told:hear()
    process.output("sleep 0.3")
    assert.same({}, told:hear())
    told:waits("WATCHDOG=1") -- it turns again
    srv:kill("TERM")
    told:waits("STOPPING=1") -- and is read meanwhile: whoever sends to a full queue, of ten, waits
    assert.equal(0, srv:wait())
  end)
end)

describe("sockets that are handed over", function()
  --- A script that starts the program by systemd-socket-activate, and asks it for a page at once: the client waits in
  --- the socket's queue until somebody serves.
  local function activated(ports, names)
    local folder = server.folder()
    local listen = {}
    for i, port in ipairs(ports) do
      listen[i] = "-l 127.0.0.1:" .. port
    end
    files.write(folder, { activate = ([[
#!/bin/sh
curl -s --retry 50 --retry-connrefused --retry-delay 1 -o %s/first -w '%%{http_code}' http://127.0.0.1:%d/healthz >%s/status &
exec systemd-socket-activate %s --fdname=%s %s "$@"
]]):format(folder, ports[1], folder, table.concat(listen, " "), names, server.program()) })
    assert(os.execute("chmod +x " .. folder .. "/activate"))
    return folder
  end

  it("stand instead of --listen and --admin-listen, by name, and their first client is served", function()
    local ports = { process.free_port(), process.free_port(), process.free_port() }
    local folder = activated(ports, "public:admin:other")
    local srv <close> = server.start({ program = folder .. "/activate" })
    assert.equal("http://127.0.0.1:" .. ports[1], srv.url)
    assert.equal("http://127.0.0.1:" .. ports[2], srv.admin.url)
    assert(process.wait_for(function()
      return process.read_file(folder .. "/status") == "200"
    end))
    srv:get("/"):expect({ status = 200 })
    srv.admin:get("/metrics"):expect({ status = 200 })
    local _, text = srv:control("status")
    assert.truthy(text:find("\nlistening    http://127.0.0.1:" .. ports[3] .. "\n", 1, true), text)
  end)

  it("are refused where two are called admin", function()
    local folder = activated({ process.free_port(), process.free_port() }, "admin:admin")
    local status, log = server.refused({ program = folder .. "/activate" })
    assert.equal(1, status)
    assert.truthy(log:find("timecapsule: LISTEN_FDS: two sockets are called admin\n", 1, true), log)
  end)
end)
