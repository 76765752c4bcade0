--- Capsules of the original come from its own server, which is asked for nothing that an old one lacks.
local files = require("spec.support.files")
local json = require("host.json")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local EXPECTED = json.decode(files.read("spec/fixtures/legacy/expected.json"))

--- The original's database on a server of today, and what it was asked.
local function original()
  local base = mariadb.start({ "--general-log=1", "--general-log-file=asked.log" })
  base:sql("CREATE DATABASE TimeCapsule CHARACTER SET utf8mb3")
  process.output(("mariadb --no-defaults --skip-ssl --socket=%s -uroot TimeCapsule <spec/fixtures/legacy/capsule.sql")
    :format(base.socket))
  base:account("old", "SELECT", "TimeCapsule.*")
  return base, ("mariadb://old@127.0.0.1:%d/TimeCapsule"):format(base.port)
end

describe("timecapsule import --from a server", function()
  local base, url, sink, srv, password

  lazy_setup(function()
    base, url = original()
    sink = smtp.start()
    srv = letters.server(sink)
    password = process.folder()
    files.write(password, { password = "spec\n" })
    password = password .. "/password"
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
    base:stop()
  end)

  local function import(...)
    return letters.run(srv, "import", "--from", url, "--from-password-file", password, "--time-zone", "Asia/Shanghai", ...)
  end

  it("judges without writing where that is asked", function()
    local status, output = import("--dry-run")
    assert.equal(0, status, output)
    assert.truthy(output:find("6 rows read: 6 capsules would be written", 1, true), output)
    assert.equal("0", srv:sql("SELECT count(*) FROM capsule"))
  end)

  it("brings what a dump of it would bring, and says the same when it is run again", function()
    local status, output = import()
    assert.equal(0, status, output)
    assert.truthy(output:find("6 rows read: 6 capsules written, 0 were there already, 0 skipped; 2 letters wait", 1, true), output)
    status, output = import()
    assert.equal(0, status, output)
    assert.truthy(output:find("0 capsules written, 6 were there already", 1, true), output)
    status, output = letters.run(srv, "import", "--from", (url:gsub("old@", "old:spec@")), "--time-zone", "Asia/Shanghai")
    assert.equal(0, status, output)
    assert.truthy(output:find("0 capsules written, 6 were there already", 1, true), output)
    status, output = letters.run(srv, "import", "--from", "spec/fixtures/legacy/capsule.sql", "--time-zone", "Asia/Shanghai")
    assert.equal(0, status, output)
    assert.truthy(output:find("0 capsules written, 6 were there already", 1, true), output)
    srv:set_clock(server.unix(2091, 1, 1))
    for _, capsule in ipairs(EXPECTED) do
      local found = srv:json("/api/v1/capsules/open", { key = capsule.key }):expect({ status = 200 }):json()
      assert.equal(capsule.stored, found.content)
      assert.equal(capsule.name, found.name)
    end
  end)

  it("asks for the rows, and sets and looks up nothing", function()
    local asked = files.read(base.data .. "/asked.log")
    local words = {}
    for line in asked:gmatch("[^\n]+") do
      local id, verb, text = line:match("%s(%d+) (%u%l+)\t(.*)")
      if verb == "Connect" and text:find("old@", 1, true) then
        words[id] = {}
      elseif words[id] then
        table.insert(words[id], verb .. " " .. text)
      end
    end
    local _, one = next(words)
    assert.same({ "Prepare SELECT count(*) AS total FROM `Capsule`", "Execute SELECT count(*) AS total FROM `Capsule`",
      "Prepare SELECT * FROM `Capsule`", "Execute SELECT * FROM `Capsule`", "Quit " }, one)
  end)

  it("says what is wrong with a server, and never its password", function()
    for from, words in pairs({
      [url:gsub("old@", "nobody@")] = "Access denied",
      [url:gsub("TimeCapsule$", "Other")] = "Other",
      [url:gsub(":%d+/", ":1/")] = "Can't connect",
      ["mariadb://127.0.0.1/TimeCapsule"] = "a MariaDB URL names a user",
    }) do
      local status, output = letters.run(srv, "import", "--from", from, "--from-password-file", password)
      assert.equal(2, status, output)
      assert.truthy(output:find(words, 1, true), words .. "\n" .. output)
    end
    base:sql("CREATE DATABASE Bare; GRANT SELECT ON Bare.* TO old@'127.0.0.1'")
    local bare = url:gsub("TimeCapsule$", "Bare")
    local status, output = letters.run(srv, "import", "--from", bare, "--from-password-file", password)
    assert.equal(2, status, output)
    assert.truthy(output:find("Bare.Capsule", 1, true), output)
  end)
end)

describe("timecapsule import --mail-settings", function()
  local function tell(text)
    local folder = process.folder()
    files.write(folder, { ["privilege_key.txt"] = text })
    local status, output = server.run({ args = { "import", "--mail-settings", folder .. "/privilege_key.txt", "--data",
      folder .. "/none" } })
    assert.is_nil(files.read(folder .. "/none/secret"), "a place was made")
    return status, output
  end

  it("prints lines of our configuration, and not the password", function()
    for _, text in ipairs({
      "{'mail_host': 'smtp.qq.com', 'mail_user': 'me@qq.com', 'mail_pass': 'hunter2\\'x'}\n",
      '{"mail_pass" : "hunter2" , "mail_user":"me@qq.com","mail_host":"smtp.qq.com",}\r\nsomething else',
    }) do
      local status, output = tell(text)
      assert.equal(0, status, output)
      assert.truthy(output:find("mail = smtps://me@qq.com@smtp.qq.com:465\nmail-password-file = /etc/timecapsule/mail-password\n",
        1, true), output)
      assert.is_nil(output:find("hunter2", 1, true))
    end
  end)

  it("runs nothing of it, and says what it is not", function()
    for text, words in pairs({
      ["__import__('os').system('touch /tmp/x')"] = "is no dictionary of texts",
      ["{'mail_host': open('/etc/passwd').read(), 'mail_user': 'a', 'mail_pass': 'b'}"] = "is no dictionary of texts",
      ["{'mail_host': 'h', 'mail_user': 'u', 'mail_pass': 'p'}; print(1)"] = "is no dictionary of texts",
      ["{'mail_host': 'h', 'mail_user': 'u'"] = "is no dictionary of texts",
      ["{'mail_host': 'h', 'mail_user': 'u'}"] = "it has no 'mail_pass'",
      [""] = "is no dictionary of texts",
    }) do
      local status, output = tell(text)
      assert.equal(2, status, output)
      assert.truthy(output:find(words, 1, true), output)
      assert.is_nil(output:find("/etc/passwd", 1, true))
    end
  end)
end)
