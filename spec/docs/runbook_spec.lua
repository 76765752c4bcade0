--- docs/runbook.md: each of its nights is broken for real, what it says is seen, and its commands are what ends it.
local admin = require("spec.support.admin")
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local page = require("spec.support.page")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local PATH = "docs/runbook.md"

--- The blocks that are run, by night; 0 is what stands before the first.
local nights = { [0] = {} }
for part in ("\n" .. files.read(PATH)):gsub("\n## ", "\0"):gmatch("[^\0]+") do
  local list = {}
  for _, block in ipairs(page.parse(part)) do
    if block.kind == "sh" and not block.not_run then
      assert(block.run_by == "spec/docs/runbook_spec.lua", block.text)
      list[#list + 1] = block
    end
  end
  nights[tonumber(part:match("^(%d+)%. ")) or 0] = list
end

local reader, srv

--- Somebody before that server, whose data folder is `data`.
local function before(given, env)
  srv = given
  reader = page.reader()
  local place, more = letters.same_place(srv)
  reader.env = { TIMECAPSULE_DATA = srv.data, TIMECAPSULE_DATABASE = place[2], TIMECAPSULE_SECRET_FILE = place[4] }
  for _, variables in ipairs({ more, env or {} }) do
    for name, value in pairs(variables) do
      reader.env[name] = value
    end
  end
  process.output(("ln -s '%s' '%s/data'"):format(srv.data, reader.folder))
end

--- Does what the night's block of that number says, and sees what it shows.
local function follow(night, number)
  local block = assert(nights[night][number], "there is no such block")
  local lines = {}
  for name, value in pairs(reader.env) do
    lines[#lines + 1] = ("export %s='%s'"):format(name, value)
  end
  local status, output = reader:run(table.concat(lines, "\n") .. "\n" .. block.text)
  assert(status == 0, ("%s\nends with %s:\n%s"):format(block.text, tostring(status), output))
  assert(not block.shows or page.shows(output, block.shows),
    ("%s\nshows\n%s\ninstead of\n%s"):format(block.text, output, block.shows))
  return output
end

local function follow_all(night, from)
  for number = from or 1, #nights[night] do
    follow(night, number)
  end
end

local function becomes(path, status)
  assert.is_truthy(process.wait_for(function()
    return srv:get(path).status == status
  end), ("%s is not %d:\n%s"):format(path, status, srv:log()))
end

--- A site with one route, /night.
local function site(body)
  return files.folder({ ["scripts/site.lua"] =
    'return function(app)\n  app:get("site.night", "/night", function(req)\n' .. body .. "\n  end)\nend\n" })
end

describe("docs/runbook.md", function()
  after_each(function()
    srv:stop()
  end)

  it("has twelve nights, each with something to do", function()
    before(server.start())
    for night = 0, 12 do
      assert.is_truthy(nights[night] and nights[night][1], tostring(night))
    end
    assert.is_nil(nights[13])
    follow_all(0)
  end)

  it("1. the database is gone", function()
    local own = mariadb.start()
    finally(function()
      own:stop()
    end)
    before(server.start({ database = own:create() }))
    local key = capsules.put(srv)
    own:kill("KILL")
    becomes("/readyz", 503)
    srv:get("/"):expect({ status = 200 })
    follow(1, 1)
    own:restart()
    becomes("/readyz", 200)
    follow(1, 2)
    srv:post("/open", { key = key }):expect({ status = 403 })
  end)

  it("2. the disk is full", function()
    before(server.start({ args = { "--set", "disk_free_mib=1000000" } }))
    srv:post("/put", capsules.form()):expect({ status = 503 })
    assert.matches("no capsules are put: less than 1000000 MiB are free", srv:log())
    srv:get("/open"):expect({ status = 200 })
    follow_all(2)
  end)

  it("3. mail is refused", function()
    local sink = smtp.start({ user = "me", password = "right", words = { "--auth-without-tls" } })
    finally(function()
      sink:stop()
    end)
    local data = server.folder()
    local url = sink:url("me", "tls=off")
    local function with(password)
      return letters.server(url, { data = data, env = { TIMECAPSULE_MAIL_PASSWORD = password } })
    end
    before(with("wrong"))
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    srv:set_clock(letters.OPENS)
    assert.is_truthy(process.wait_for(function()
      return srv:metric("tc_reminders_paused") == 1
    end), srv:log())
    follow(3, 1)
    srv:stop()
    before(with("right"), { TIMECAPSULE_MAIL = url, TIMECAPSULE_MAIL_FROM = "capsule@sender.example",
      TIMECAPSULE_MAIL_PASSWORD = "right" })
    follow(3, 2)
    srv:set_clock(letters.OPENS + 100)
    letters.await(srv, "sent", 1)
  end)

  it("4. the secret is a wrong one", function()
    local data = server.folder()
    before(server.start({ data = data }))
    local key = capsules.put(srv)
    srv:stop()
    process.output(("mkdir %s/kept && mv %s/secret %s/kept/secret"):format(reader.folder, data, reader.folder))
    files.write(data, { secret = ("0123456789abcdef"):rep(4) .. "\n" })
    process.output(("chmod 600 %s/secret"):format(data))
    local _, said = server.refused({ data = data })
    assert.matches("is not the one that this database was made with", said)
    follow(4, 1)
    follow(4, 2)
    srv = server.start({ data = data })
    srv:post("/open", { key = key }):expect({ status = 403 })
  end)

  it("5. a bad reload", function()
    local folder = site("return { body = 'good' }")
    before(server.start({ args = { "--site", folder } }), { TIMECAPSULE_SITE = folder })
    files.write(folder, { ["scripts/site.lua"] = files.read(folder .. "/scripts/site.lua"):gsub("good", "bad") })
    assert(srv:control("reload"))
    assert.equal("bad", srv:get("/night").body)
    files.write(folder, { ["scripts/oops.lua"] = "local function greet(name\n" })
    follow_all(5)
    assert.equal("good", srv:get("/night").body)
  end)

  it("6. the clock jumped", function()
    before(server.start())
    srv:set_clock("2035-01-01T00:00:00Z")
    capsules.put(srv, { time = "2036-01-01 00:00" })
    follow(6, 1)
    follow(6, 2)
    srv:tick("maintenance.look")
    srv:get("/"):expect({ status = 503 })
    follow(6, 3)
  end)

  it("7. a dump has leaked", function()
    before(server.start())
    local browser = admin.sign_in(srv)
    browser:get("/audit"):expect({ status = 200 })
    local old = process.read_file(srv.data .. "/secret")
    follow_all(7)
    assert.are_not.equal(old, process.read_file(srv.data .. "/secret"))
    browser:get("/audit"):expect({ status = 303 })
  end)

  it("8. a worker is stuck", function()
    local folder = site([[
      return { body = tostring(setmetatable({}, { __tostring = function()
        local till = os.time() + 2
        repeat require("host.crypto").hash("x") until os.time() >= till
        return "done"
      end })) }]])
    before(server.start({ args = { "--site", folder, "--limit-cpu", "600s", "--limit-hold", "600s", "--limit-time", "600s" },
      env = { TIMECAPSULE_STALL_MS = "100" } }))
    srv:get("/night"):expect({ status = 200 })
    follow_all(8)
  end)

  it("9. a worker is out of memory", function()
    local folder = site("local t = {} for i = 1, math.huge do t[i] = ('x'):rep(10000) .. i end")
    before(server.start({ args = { "--site", folder, "--limit-cpu", "60s", "--limit-hold", "60s", "--limit-time", "100s" } }))
    local number = srv:get("/night", { Accept = "text/html" }):expect({ status = 503 }).body:match('request%-id">(%x+)<')
    assert.is_truthy(follow(9, 1):find(number, 1, true))
    srv:get("/"):expect({ status = 200 })
  end)

  it("10. nodes differ", function()
    local newer, older = site("return { body = 'newer' }"), site("return { body = 'older' }")
    local other <close> = server.start({ database = "mariadb", args = { "--site", newer } })
    local place, env = letters.same_place(other)
    before(server.start({ args = table.move(place, 1, #place, 3, { "--site", older }), env = env }))
    process.output(("ln -s '%s' '%s/mysite' && ln -s '%s' '%s/newer'"):format(older, reader.folder, newer, reader.folder))
    assert.is_truthy(process.wait_for(function()
      return select(2, srv:control("status")):find("\nnodes ")
    end), srv:log())
    follow_all(10)
    assert.equal("newer", srv:get("/night").body)
  end)

  it("11. the time zones have changed", function()
    local zones = server.folder()
    local function write(version, source)
      process.output(("mkdir -p %s/Asia && cp /usr/share/zoneinfo/%s %s/Asia/Kolkata"):format(zones, source, zones))
      files.write(zones, { ["tzdata.zi"] = "# version " .. version .. "\nZ Asia/Kolkata 5:53:28 - LMT 1854 Jun 28\n" })
    end
    write("2026a", "Asia/Kolkata")
    before(server.start({ args = { "--time-zone", "Asia/Kolkata" }, env = { TZDIR = zones } }))
    process.output("sleep 1.1") -- the file's time tells that it is another
    write("2026b", "Asia/Tokyo")
    assert.matches("time zones: version 2026b is read", follow(11, 1))
  end)

  it("12. a flood", function()
    local folder = server.folder()
    files.write(folder, { ["timecapsule.conf"] = "trusted-proxy = 10.0.0.1\n" })
    before(server.start({ args = { "--config", folder .. "/timecapsule.conf" } }))
    process.output(("ln -s %s/timecapsule.conf %s/timecapsule.conf"):format(folder, reader.folder))
    local status
    for _ = 1, 130 do
      status = srv:post("/put", { name = "" }).status
      if status == 429 then
        break
      end
    end
    assert.equal(429, status)
    follow_all(12)
    assert.matches("\n%* puts_per_minute +5 ", "\n" .. select(2, letters.run(srv, "settings")))
  end)
end)
