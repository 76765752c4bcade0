--- `timecapsule doctor` says of each thing whether it is good, with real faults: each has its line, its
--- advice and its part in the exit status.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local quoted = process.quoted
local sink, data

--- Its lines: { verdict, subject, text, advice }.
local function lines_of(output)
  local lines = {}
  for line in output:gmatch("[^\n]+") do
    local verdict, subject, text = line:match("^(%a+) +(.-)  +(.+)$")
    local advice = line:match("^ +→ (.+)$")
    if advice then
      lines[#lines].advice = advice
    elseif verdict == "good" or verdict == "look" or verdict == "BROKEN" then
      lines[#lines + 1] = { verdict = verdict, subject = subject, text = text }
    end
  end
  return lines
end

--- The one that says so; an error where none does, or where its advice is not what it has to be.
local function expect(output, verdict, subject, text)
  for _, line in ipairs(lines_of(output)) do
    if line.verdict == verdict and line.subject == subject and line.text:find(text, 1, true) then
      assert.equal(verdict ~= "good", line.advice ~= nil, "advice where it is needed, and only there:\n" .. output)
      return line
    end
  end
  error(("no line %s %s %q in:\n%s"):format(verdict, subject, text, output), 2)
end

--- Runs it where all is well, but for what `more` and `how` change.
---@param more string[]?
---@param how { data?: string, env?: table, shell?: string }?
local function doctor(more, how)
  how = how or {}
  local args = { "doctor", "--data", how.data or data, "--mail", sink:url(nil, "tls=off"),
    "--public-url", "https://capsules.example.org" }
  table.move(more or {}, 1, #(more or {}), #args + 1, args)
  if not how.shell then
    return server.run({ args = args, env = how.env })
  end
  table.move(args, 1, #args, 7, args)
  table.move({ "-m", "sh", "-ec", how.shell .. '; exec "$@"', "sh", server.program() }, 1, 6, 1, args)
  return server.run({ args = args, env = how.env, program = "unshare" })
end

local function sqlite(folder, statement)
  process.output(("sqlite3 -batch %s/capsules.db %s"):format(folder, quoted(statement)))
end

--- A copy of the good data, to be spoiled.
local function copy()
  local folder = process.folder() .. "/data"
  process.output(("cp -a %s %s"):format(data, folder))
  return folder
end

lazy_setup(function()
  sink = smtp.start()
  data = process.folder() .. "/data"
  os.execute("mkdir -m 700 " .. data)
  local srv <close> = server.start({ data = data, database = "sqlite", args = { "--reminders", "off" } })
  capsules.put(srv, { time = "2099-01-01 00:00" })
end)
lazy_teardown(function()
  sink:stop()
end)

describe("an installation that is well", function()
  it("has a good line about everything, and status 0", function()
    local status, output = doctor()
    assert.equal(0, status, output)
    for _, line in ipairs({ { "options", "data in " .. data }, { "files", "mode 0700" },
      { "files", "capsules.db has the mode 0600" },
      { "files", "secret has the mode 0600" }, { "disk", "MiB are free in " .. data }, { "database", "SQLite 3." },
      { "migrations", "all" }, { "secret", "is the one of this database" }, { "mail", "the mail server 127.0.0.1:" },
      { "time zones", "the zone database is 20" }, { "descriptors", "this account may open " },
      { "clock", "no row was written later" }, { "mail", "last answer" }, { "letters", "0 failed" } }) do
      expect(output, "good", line[1], line[2])
    end
    assert.equal(14, #lines_of(output), output)
  end)

  it("may be running", function()
    local folder = copy()
    local srv <close> = server.start({ data = folder, database = "sqlite", args = { "--mail", sink:url(nil, "tls=off"),
      "--public-url", "https://capsules.example.org" } })
    local status, output = doctor(nil, { data = folder })
    assert.equal(0, status, output)
    srv:get("/readyz"):expect({ status = 200 })
  end)

  it("may be another than the server's: it says first that it is, and how the server's is looked at", function()
    local folder, site = copy(), files.folder({ ["my site/static/a.txt"] = "a" }) .. "/my site"
    local srv <close> = server.start({ data = folder, database = "sqlite", args = { "--site", site,
      "--mail", (sink:url("me", "tls=off"):gsub("me@", "me:hidden@")) } })
    local status, output = doctor(nil, { data = folder })
    assert.equal(1, status, output)
    local line = expect(output, "look", "options", "the server that runs on " .. folder .. " has other options")
    assert.equal(line.text, lines_of(output)[1].text)
    assert.is_nil(output:find("hidden", 1, true), output)
    local words = process.output(("printf '%%s\\n' %s"):format(line.advice)) -- as a shell reads it
    assert.truthy(words:find("\n--site\n" .. site .. "\n", 1, true), words)
    assert.truthy(words:find("\n--mail\n" .. sink:url("me", "tls=off"):gsub("me@", "me:…@") .. "\n", 1, true), words)
    srv:get("/readyz"):expect({ status = 200 })
  end)

  it("of which nobody has said where its data are is no server's that runs, where none does there", function()
    local home = process.folder()
    local _, output = server.run({ args = { "doctor" }, env = { HOME = home, STATE_DIRECTORY = "" } })
    assert.equal("no server runs on the data folder " .. home .. "/.local/state/timecapsule, and no other is named: "
      .. "what follows is of no server that runs", lines_of(output)[1].text)
  end)

  it("is not changed by being looked at", function()
    local folder = copy()
    local look = "cd " .. folder .. " && { find -mindepth 1 -printf '%p %m %T@\\n'; find -type f -exec sha256sum {} +; } | sort"
    local before = process.output(look)
    assert.is_truthy(before:find("capsules.db", 1, true), before)
    local status, output = doctor(nil, { data = folder })
    assert.equal(0, status, output)
    assert.equal(before, process.output(look))
  end)

  it("is not made by it", function()
    local folder = process.folder()
    local status, output = doctor(nil, { data = folder .. "/mistyped" })
    assert.equal(2, status, output)
    expect(output, "BROKEN", "files", "there is no data folder " .. folder .. "/mistyped")
    expect(output, "BROKEN", "application", "were not looked at")
    assert.equal("", process.output("ls " .. folder))
  end)
end)

describe("options", function()
  it("that let others than this machine reach the admin's pages are told", function()
    for address, told in pairs({ ["0.0.0.0:8081"] = true, ["127.0.0.1:8081"] = false, ["unix:/run/admin.sock"] = false }) do
      local status, output = doctor({ "--admin-listen", address })
      assert.equal(told and 1 or 0, status, output)
      if told then
        expect(output, "look", "options", "the admin listener 0.0.0.0:8081 is reached by others than this machine")
      end
    end
  end)

  it("without a public address, or one without TLS, are to be looked at", function()
    local status, output = server.run({ args = { "doctor", "--data", data, "--mail", sink:url(nil, "tls=off") } })
    assert.equal(1, status, output)
    expect(output, "look", "options", "letters carry no link")
    status, output = doctor({ "--public-url", "http://capsules.example.org" })
    assert.equal(1, status, output)
    expect(output, "look", "options", "without TLS")
  end)

  it("that name files with faults are broken", function()
    local status, output = doctor({ "--site", files.folder({ ["scripts/oops.lua"] = "return {" }) })
    assert.equal(2, status, output)
    expect(output, "BROKEN", "application", "it does not load")
    assert.is_truthy(output:find("scripts/oops.lua:1:", 1, true), output)
  end)
end)

describe("files", function()
  it("that others may read are told with their mode", function()
    local folder = copy()
    process.output(("chmod 755 %s; chmod 644 %s/capsules.db"):format(folder, folder))
    local status, output = doctor(nil, { data = folder })
    assert.equal(1, status, output)
    assert.equal("chmod 700 '" .. folder .. "'", expect(output, "look", "files", "(mode 0755)").advice)
    assert.equal("chmod 600 '" .. folder .. "/capsules.db'", expect(output, "look", "files", "(mode 0644)").advice)
  end)

  it("of passwords and settings that others may read or write, too", function()
    local folder = process.folder()
    process.output(("echo x >%s/password; echo >%s/conf; chmod 644 %s/password; chmod 646 %s/conf")
      :format(folder, folder, folder, folder))
    local status, output = doctor({ "--mail-password-file", folder .. "/password", "--config", folder .. "/conf" })
    assert.not_equal(0, status)
    expect(output, "look", "files", folder .. "/password is open to other accounts (mode 0644)")
    assert.equal("chmod go-w '" .. folder .. "/conf'",
      expect(output, "look", "files", folder .. "/conf is open to other accounts (mode 0646)").advice)
  end)

  it("of another account are told, with what that means", function()
    local folder = copy()
    if not os.execute("chown 65534 " .. folder .. " 2>/dev/null") then
      pending("only root can give a folder away")
      return
    end
    local status, output = doctor(nil, { data = folder })
    assert.equal(1, status, output)
    expect(output, "look", "files", "belongs to another account (user id 65534)")
  end)
end)

describe("the secret", function()
  local function spoiled(how, text)
    local folder = copy()
    process.output(how:format(folder .. "/secret"))
    local status, output = doctor(nil, { data = folder })
    assert.equal(2, status, output)
    local line = expect(output, "BROKEN", "secret", text)
    assert.matches("no letter that waits can be sent, and no server starts; what has its own key still opens", line.advice)
  end

  it("of another database is broken", function()
    spoiled("head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' >%s", "is not the one that this database was made with")
  end)
  it("that is missing is broken", function()
    spoiled("rm %s", "is not there")
  end)
  it("that others may read is broken", function()
    spoiled("chmod 640 %s", "open to others than its owner (mode 0640)")
  end)
end)

describe("the clock", function()
  local function ahead(seconds)
    local folder = copy()
    sqlite(folder, ("UPDATE capsule SET created_at = %d"):format(os.time() + seconds))
    return doctor(nil, { data = folder })
  end

  it("behind the newest row is broken by an hour, and to be looked at by half a minute", function()
    local status, output = ahead(3600)
    assert.equal(2, status, output)
    local line = expect(output, "BROKEN", "clock", "this clock is 3")
    assert.matches("If it is right now, this goes by itself at 20", line.advice)
    status, output = ahead(40)
    assert.equal(1, status, output)
    expect(output, "look", "clock", "s behind, or was ahead then")
  end)
end)

describe("letters", function()
  it("that were refused for our sake say which it is", function()
    for kind, text in pairs({ auth = "refused our login or sender (auth)", policy = "refused letters from us" }) do
      local folder = copy()
      sqlite(folder, ("INSERT INTO mail_log (at, outcome, text) VALUES (%d, '%s', 'words of theirs')"):format(os.time(), kind))
      local status, output = doctor(nil, { data = folder })
      assert.equal(2, status, output)
      assert.is_truthy(expect(output, "BROKEN", "mail", text).text:find("words of theirs", 1, true))
    end
  end)

  it("that nobody sends are to be looked at, after a day broken", function()
    for age, verdict in pairs({ [7200] = "look", [200000] = "BROKEN" }) do
      local folder = copy()
      sqlite(folder, ("INSERT INTO reminder (capsule_id, letter, due_at, state, next_attempt_at) VALUES"
        .. " (1, 'reminder', %d, 'pending', %d)"):format(os.time() - age, os.time() - age))
      local _, output = doctor(nil, { data = folder })
      expect(output, verdict, "letters", "1 wait, 0 were sent, 0 failed; one has been due since ")
      _, output = doctor({ "--reminders", "off" }, { data = folder })
      assert.is_truthy(expect(output, verdict, "letters", "due since").advice:find("cron", 1, true))
    end
  end)
end)

describe("the disk", function()
  it("that is small or full is told", function()
    if not mariadb.can_mount() then
      pending("no file system can be mounted here")
      return
    end
    local place = process.folder()
    local status, output = doctor(nil, { data = place .. "/data", shell =
      ("mount -t tmpfs -o size=64m,mode=700 tmpfs %s; cp -a %s %s"):format(place, data, place) })
    assert.equal(1, status, output)
    expect(output, "look", "disk", " of 64 MiB are free")
    status, output = doctor(nil, { data = place .. "/data", shell =
      ("mount -t tmpfs -o size=64m,mode=700 tmpfs %s; cp -a %s %s; head -c 50M /dev/zero >%s/filler"):format(place, data,
        place, place) })
    assert.equal(2, status, output)
    expect(output, "BROKEN", "disk", " of 64 MiB are free")
  end)
end)

describe("the machine", function()
  it("with old, missing or nameless zones is told", function()
    local zones = process.folder()
    process.output(("mkdir %s/Europe && cp /usr/share/zoneinfo/Europe/Berlin %s/Europe"):format(zones, zones))
    local function with(first_line)
      files.write(zones, { ["tzdata.zi"] = first_line .. "\nZ Europe/Berlin 1 - CET\n" })
      return doctor({ "--time-zone", "UTC" }, { env = { TZDIR = zones } })
    end
    local status, output = with("# version 2019c")
    assert.equal(1, status, output)
    expect(output, "look", "time zones", "the zone database 2019c is old, installed 0 days ago")
    status, output = with("# no version")
    assert.equal(1, status, output)
    expect(output, "look", "time zones", "names no version")
    status, output = doctor({ "--time-zone", "UTC" }, { env = { TZDIR = process.folder() } })
    assert.equal(2, status, output)
    expect(output, "BROKEN", "time zones", "missing")
  end)

  it("that lets the account open few files is told", function()
    if not mariadb.can_mount() then
      pending("no name space of its own can be made here")
      return
    end
    local status, output = doctor(nil, { shell = "ulimit -n 1000" })
    assert.equal(1, status, output)
    expect(output, "look", "descriptors", "may open 1000 files")
    status, output = doctor(nil, { shell = "ulimit -n 300" })
    assert.equal(2, status, output)
    expect(output, "BROKEN", "descriptors", "may open 300 files")
  end)
end)

describe("mail", function()
  it("that becomes files is to be looked at", function()
    local status, output = doctor({ "--mail", "file:/nowhere" })
    assert.equal(1, status, output)
    expect(output, "look", "mail", "letters become files in /nowhere")
  end)

  it("is broken where no server listens, or its certificates cannot be read", function()
    local status, output = doctor({ "--mail", "smtp://127.0.0.1:" .. process.free_port() .. "?tls=off" })
    assert.equal(2, status, output)
    expect(output, "BROKEN", "mail", "cannot be used")
    status, output = doctor({ "--mail", sink:url(nil, "ca=/nowhere/at/all.pem") })
    assert.equal(2, status, output)
    expect(output, "BROKEN", "mail", "cannot read the mail server's certificates in /nowhere/at/all.pem")
  end)

  it("logs in, and says what it means that it cannot", function()
    local guarded = smtp.start({ user = "me", password = "right", words = { "--auth-without-tls" } })
    finally(function() guarded:stop() end)
    local status, output = doctor({ "--mail", guarded:url("me", "tls=off") }, { env = { TIMECAPSULE_MAIL_PASSWORD = "right" } })
    assert.equal(0, status, output)
    expect(output, "good", "mail", "takes the login")
    status, output = doctor({ "--mail", guarded:url("me", "tls=off") }, { env = { TIMECAPSULE_MAIL_PASSWORD = "wrong" } })
    assert.equal(2, status, output)
    assert.is_truthy(expect(output, "BROKEN", "mail", "refuses the login").advice:find("app password", 1, true))
    assert.is_nil(output:find("wrong", 1, true))
    status, output = doctor({ "--mail", guarded:url("me", "tls=off") })
    assert.equal(1, status, output)
    expect(output, "look", "mail", "no password of me is given: nobody logs in")
    assert.truthy(output:find("warn the mail URL names a user and no password is given", 1, true), output)
  end)

  it("says until when the server's certificate is good, verified or not", function()
    local function with(days, tls, query)
      local guarded = smtp.start({ tls = tls, last_day = os.date("!%Y%m%d", os.time() + days * 86400) })
      local status, output = doctor({ "--mail", guarded:url(nil, (query:gsub("CERT", guarded.cert))) })
      guarded:stop()
      return status, output
    end
    local status, output = with(100, "starttls", "tls=required&ca=CERT")
    assert.equal(0, status, output)
    expect(output, "good", "mail", "is good until 20")
    status, output = with(3, "implicit", "ca=CERT")
    assert.equal(1, status, output)
    expect(output, "look", "mail", "ends on 20")
    status, output = with(-3, "starttls", "tls=opportunistic")
    assert.equal(2, status, output)
    expect(output, "BROKEN", "mail", "has ended on 20")
    status, output = with(-3, "starttls", "tls=required&ca=CERT")
    assert.equal(2, status, output)
    expect(output, "BROKEN", "mail", "certificate has expired")
  end)
end)

describe("a MariaDB database", function()
  local maria, base

  local function ask(url, more)
    return doctor({ "--database", url, table.unpack(more or {}) }, { env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
  end

  local function url_of(user)
    maria:account(user, "SELECT, INSERT, UPDATE, DELETE", base.name .. ".*")
    base.user = user
    return base:url()
  end

  lazy_setup(function()
    maria = mariadb.shared()
    base = maria:create()
    assert.equal(0, (server.run({ args = { "migrate", "--data", data, "--database", base:url() },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })))
  end)

  it("that is well is told with its version, its text and what the account may do", function()
    local fine = process.folder()
    process.output("chmod 700 " .. fine)
    local status, output = doctor({ "--database", url_of("plain") },
      { data = fine, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
    assert.equal(0, status, output)
    expect(output, "good", "database", ("127.0.0.1:%d is MariaDB 1"):format(maria.port))
    expect(output, "good", "database", "its text utf8mb4_bin, without TLS")
    expect(output, "good", "database", "the account plain@127.0.0.1 may read and write rows; `timecapsule migrate` needs another")
    maria:account("builder", "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP", base.name .. ".*")
    base.user = "builder"
    status, output = ask(base:url())
    assert.equal(0, status, output)
    assert.matches("rows, and migrate$", expect(output, "good", "database", "and migrate").text)
    maria:account("modest", "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER", base.name .. ".*")
    base.user = "modest"
    status, output = ask(base:url())
    assert.equal(0, status, output)
    expect(output, "good", "database", "and migrate, unless a site's migration needs INDEX, DROP")
  end)

  it("may give its rights by a role", function()
    maria:sql(("CREATE ROLE writers; GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO writers;"
      .. "CREATE USER rolled@'127.0.0.1' IDENTIFIED BY 'spec'; GRANT writers TO rolled@'127.0.0.1';"
      .. "SET DEFAULT ROLE writers FOR rolled@'127.0.0.1'"):format(base.name))
    base.user = "rolled"
    local _, output = ask(base:url())
    expect(output, "good", "database", "the account rolled@127.0.0.1 may read and write rows")
  end)

  it("whose account may too little is broken, and too much is to be looked at", function()
    maria:account("poor", "SELECT, INSERT", base.name .. ".*")
    base.user = "poor"
    local status, output = ask(base:url())
    assert.equal(2, status, output)
    expect(output, "BROKEN", "database", "the account poor@127.0.0.1 may not UPDATE, DELETE")
    base.user = "spec"
    status, output = ask(base:url())
    assert.equal(1, status, output)
    expect(output, "look", "database", "may do more than the server needs")
  end)

  it("of the wrong character set, or not migrated, is broken", function()
    maria:sql("CREATE DATABASE latin CHARACTER SET latin1; CREATE TABLE latin.t (n INT)")
    local status, output = ask(maria:database("latin"):url())
    assert.equal(2, status, output)
    expect(output, "BROKEN", "database", "latin1")
    status, output = ask(maria:create():url())
    assert.equal(2, status, output)
    assert.equal("timecapsule migrate", expect(output, "BROKEN", "migrations", "the database is at migration 0").advice)
  end)

  it("has a line for each host", function()
    local url = url_of("plain")
    local port = process.free_port()
    local status, output = ask((url:gsub("127.0.0.1:", ("127.0.0.1:%d,127.0.0.1:"):format(port))))
    assert.equal(1, status, output)
    expect(output, "look", "database", ("127.0.0.1:%d: "):format(port))
    expect(output, "good", "database", ("127.0.0.1:%d is MariaDB"):format(maria.port))
    status, output = ask((url:gsub("127.0.0.1:%d+", ("127.0.0.1:%d,127.0.0.1:%d"):format(port, port))))
    assert.equal(2, status, output)
    local line = expect(output, "BROKEN", "database", ("127.0.0.1:%d: "):format(port))
    assert.matches("a running server goes on by itself then", line.advice)
  end)

  it("that is read-only, or takes small packets alone, is to be looked at", function()
    local url = url_of("plain")
    finally(function() maria:sql("SET GLOBAL read_only = 0, max_allowed_packet = 16777216") end)
    maria:sql("SET GLOBAL read_only = 1, max_allowed_packet = 1048576")
    local status, output = ask(url)
    assert.equal(1, status, output)
    expect(output, "look", "database", "answers, but it is read-only")
    expect(output, "look", "database", "max_allowed_packet is 1048576 bytes")
  end)

  it("says until when its certificate is good, and what is wrong with the authority's file", function()
    local folder = process.folder()
    local cert, key = smtp.certificate(folder, { "IP:127.0.0.1" }, "20210131")
    process.output("chmod 644 " .. key)
    local own = mariadb.start({ "--ssl-cert=" .. cert, "--ssl-key=" .. key })
    finally(function() own:stop() end)
    local url = own:create():url("tls=encrypt")
    local status, output = ask(url)
    assert.equal(2, status, output)
    expect(output, "BROKEN", "database", "has ended on 2021-01-31")
    status, output = ask((url:gsub("tls=encrypt", "tls=verify&ca=/nowhere/at/all.pem")))
    assert.equal(2, status, output)
    expect(output, "BROKEN", "database", "cannot read /nowhere/at/all.pem")
  end)
end)
