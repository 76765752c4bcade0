--- `timecapsule remind` and `timecapsule doctor --mail-to`, as cron and people run them.
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

describe("timecapsule reminders", function()
  it("tells of a canary whose timer has never run, though the command has just begun", function()
    local srv <close> = letters.server("file:" .. process.folder(), { args = { "--reminders", "off" } })
    local function canary()
      return letters.run(srv, "reminders", "--set", "canary=canary@example.org", "--mail", "file:" .. srv.data)
    end
    local status, output = canary()
    assert.equal(0, status, output)
    assert.truthy(output:find("no canary's letter is due yet", 1, true), output)
    srv:sql(("INSERT INTO node (name, heartbeat_at, generation, version, started_at) VALUES ('other', %d, 1, '1', %d)")
      :format(os.time(), os.time() - 2 * 86400 - 60))
    status, output = canary()
    assert.equal(1, status, output)
    assert.truthy(output:find("ALARM: no canary's letter has gone out", 1, true), output)
  end)
end)

describe("timecapsule remind", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = { "--reminders", "off" } })
  end)
  before_each(function()
    srv:sql("DELETE FROM reminder")
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  --- By the real clock, which is the command's: puts, then makes it due.
  local function put(...)
    for _, address in ipairs({ ... }) do
      letters.put(srv, address, { opens_at = os.time() + 1000 })
    end
    srv:sql("UPDATE reminder SET due_at = due_at - 2000, next_attempt_at = next_attempt_at - 2000")
  end

  local function remind(url, more)
    return letters.run(srv, "remind", "--mail", url or sink:url(), "--mail-from", "c@sender.example",
      table.unpack(more or {}))
  end

  it("has nothing to do and says so with status 0", function()
    local status, output = remind()
    assert.equal(0, status)
    assert.truthy(output:find("0 sent, 0 to be tried again, 0 failed for good", 1, true), output)
  end)

  it("sends what is due beside a server that does not", function()
    local before = sink:letters()
    put("ada@example.org", "bob@example.org")
    local status, output = remind()
    assert.equal(0, status, output)
    assert.truthy(output:find("2 sent, 0 to be tried again", 1, true), output)
    assert.equal(before + 2, sink:letters())
    assert.same({ sent = 2 }, letters.states(srv))
    assert.equal(0, (remind()))
    assert.equal(before + 2, sink:letters())
  end)

  it("sends files where no mail server is set up", function()
    put("ada@example.org")
    local folder = process.folder()
    local status, output = remind("file:" .. folder)
    assert.equal(0, status, output)
    assert.equal("1\n", process.output(("ls %s/*.eml | wc -l"):format(folder)))
  end)

  local faults = {
    { "a letter has to be tried again", "rcpt-450@example.org", "0 sent, 1 to be tried again, 0 failed", "pending" },
    { "a letter has failed for good", "rcpt-550@example.org", "0 sent, 0 to be tried again, 1 failed", "failed" },
  }
  for _, case in ipairs(faults) do
    local name, address, words, state = table.unpack(case)
    it("ends with status 1 when " .. name, function()
      put(address)
      local status, output = remind()
      assert.equal(1, status, output)
      assert.truthy(output:find(words, 1, true), output)
      assert.same({ [state] = 1 }, letters.states(srv))
    end)
  end

  it("ends with status 1 when the mail server is not there", function()
    put("ada@example.org")
    local status, output = remind(("smtp://127.0.0.1:%d"):format(process.free_port()))
    assert.equal(1, status)
    assert.truthy(output:find("1 to be tried again", 1, true), output)
  end)

  it("keeps to the configured rate", function()
    srv:sql("DELETE FROM mail_log")
    local addresses = {}
    for i = 1, 8 do
      addresses[i] = ("reader%d@example.org"):format(i)
    end
    put(table.unpack(addresses))
    local status, output = remind(nil, { "--set", "mails_per_minute=3" })
    assert.equal(0, status, output)
    assert.same({ sent = 3, pending = 5 }, letters.states(srv))
  end)
end)

describe("timecapsule doctor --mail-to", function()
  local sink

  lazy_setup(function()
    sink = smtp.start({ user = "me", password = "right", words = { "--auth-without-tls" } })
  end)
  lazy_teardown(function()
    sink:stop()
  end)

  local function installation()
    local data = process.folder()
    assert.equal(0, (server.run({ args = { "migrate", "--data", data } })))
    return data
  end

  local function doctor(url, password, ...)
    return server.run({ args = { "doctor", "--data", installation(), "--public-url", "https://a.example", "--mail", url,
      "--mail-from", "me@sender.example", ... }, env = { TIMECAPSULE_MAIL_PASSWORD = password } })
  end

  it("sends a letter and says what the server answered", function()
    local status, output = doctor(sink:url("me", "tls=off"), "right", "--mail-to", "you@example.org")
    assert.equal(0, status, output)
    assert.truthy(output:find("taken: 250 2.0.0 taken as 1", 1, true), output)
    local letter = sink:letter(1)
    assert.same({ "you@example.org" }, sink:envelope(1).to)
    assert.equal("Time Capsule: mail works", letter.headers.subject)
  end)

  it("says what a refused login means", function()
    local status, output = doctor(sink:url("me", "tls=off"), "wrong", "--mail-to", "you@example.org")
    assert.equal(2, status)
    assert.truthy(output:find("not taken (auth)", 1, true), output)
    assert.truthy(output:find("app password", 1, true), output)
    assert.is_nil(output:find("wrong", 1, true))
  end)

  it("says where a file is, when no mail server is set up", function()
    local data = installation()
    local status, output = server.run({ args = { "doctor", "--data", data, "--mail-to", "you@example.org" } })
    assert.equal(1, status, output)
    local name = assert(output:match("written to the outbox: (%S+%.eml)"), output)
    assert.is_truthy(process.read_file(data .. "/outbox/" .. name))
  end)

  it("refuses an address that is none", function()
    local status, output = server.run({ args = { "doctor", "--data", installation(), "--mail-to",
      "a@b.example, c@d.example" } })
    assert.equal(2, status)
    assert.truthy(output:find("--mail-to: ", 1, true) and output:find("one address alone", 1, true), output)
  end)
end)
