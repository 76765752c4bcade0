--- What a server gives up at its start, and what it says where it is reached by more than it should be.
local process = require("spec.support.process")
local server = require("spec.support.server")

local function core_limit(srv)
  return process.read_file(("/proc/%d/limits"):format(srv.pid)):match("Max core file size +(%S+)")
end

--- Are there pages that it writes and that are left out of dumps?  (In AddressSanitizer's builds nothing is locked in
--- memory, and its own such pages are not reserved: nr.)
local function has_safe_pages(srv)
  for flags in process.read_file(("/proc/%d/smaps"):format(srv.pid)):gmatch("VmFlags: ([^\n]+)") do
    if flags:find("^rd wr ") and flags:find("%f[%a]dd%f[%A]") and not flags:find("%f[%a]nr%f[%A]") then
      return true
    end
  end
  return false
end

describe("a server", function()
  it("takes no new privileges, leaves no dumps, and keeps its secret where nobody finds it", function()
    local srv <close> = server.start()
    assert.equal("1", process.read_file(("/proc/%d/status"):format(srv.pid)):match("NoNewPrivs:%s*(%d)"))
    assert.equal("0", core_limit(srv))
    assert.is_true(has_safe_pages(srv))
  end)

  it("may be told to leave dumps", function()
    local srv <close> = server.start({ args = { "--core-dumps" } })
    assert.equal(process.read_file("/proc/self/limits"):match("Max core file size +(%S+)"), core_limit(srv))
  end)

  it("warns where its admin listener is reached by others", function()
    local srv <close> = server.start({ args = { "--admin-listen", "0.0.0.0:0" } })
    assert.is_truthy(srv:log():find("the admin listener 0.0.0.0:0 is reached by others", 1, true))
    local quiet <close> = server.start()
    assert.is_nil(quiet:log():find("is reached by others", 1, true))
  end)
end)

describe("--user", function()
  it("refuses an account that there is none of", function()
    local _, log = server.refused({ args = { "--user", "nobody-of-that-name" } })
    assert.is_truthy(log:find("--user: there is no account 'nobody-of-that-name'", 1, true), log)
  end)

  it("is who the server becomes, where root starts it", function()
    if process.output("id -u"):match("%d+") ~= "0" then
      return pending("only root can try")
    end
    local warned <close> = server.start()
    assert.is_truthy(warned:log():find("running as root", 1, true))
    local folder = server.folder()
    process.output(("chown nobody '%s' && chmod 700 '%s'"):format(folder, folder))
    local srv <close> = server.start({ data = folder, args = { "--user", "nobody" } })
    local status = process.read_file(("/proc/%d/status"):format(srv.pid))
    local nobody = process.output("id -u nobody"):match("%d+")
    assert.equal(nobody, status:match("Uid:%s*(%d+)"))
    assert.equal(nobody, status:match("Uid:%s*%d+%s+%d+%s+(%d+)"))
    assert.is_nil(srv:log():find("running as root", 1, true))
    srv:get("/put"):expect({ status = 200 })
  end)
end)

describe("settings", function()
  it("make pages say that they are asked for by https alone", function()
    local srv <close> = server.start({ args = { "--set", "hsts_days=365", "--public-url", "https://capsule.example" } })
    for _, path in ipairs({ "/", "/put", "/nowhere", "/healthz" }) do
      assert.equal("max-age=31536000", srv:get(path).headers["strict-transport-security"], path)
    end
    local plain <close> = server.start({ args = { "--set", "hsts_days=365" } })
    assert.is_nil(plain:get("/").headers["strict-transport-security"])
  end)

  it("make a security.txt", function()
    local srv <close> = server.start({ args = { "--set", "security_contact=mailto:sec@capsule.example",
      "--public-url", "https://capsule.example/letters" } })
    srv:set_clock("2030-01-01T00:00:00Z")
    local text = srv:get("/.well-known/security.txt"):expect({ status = 200,
      header = { ["content-type"] = "text/plain; charset=utf-8" } }).body
    assert.equal("Contact: mailto:sec@capsule.example\nExpires: 2030-07-02T00:00:00Z\nPreferred-Languages: en, zh\n"
      .. "Canonical: https://capsule.example/.well-known/security.txt\n", text)
    local none <close> = server.start()
    none:get("/.well-known/security.txt"):expect({ status = 404 })
    local _, log = server.refused({ args = { "--set", "security_contact=sec@capsule.example" } })
    assert.is_truthy(log:find("security_contact", 1, true), log)
  end)
end)
