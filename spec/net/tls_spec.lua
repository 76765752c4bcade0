--- TLS and logins: what is required, what is verified, and that no password is shown.
local lfs = require("lfs")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")
local socket = require("socket")

local PASSWORD = "s3cr:t p@ss/word?#%"

local sinks = {}

--- One mail server per kind, started when it is first needed.
local function sink_of(name, options)
  sinks[name] = sinks[name] or smtp.start(options)
  return sinks[name]
end

local function starttls()
  return sink_of("starttls", { tls = "starttls", user = "me@sender.example", password = PASSWORD })
end

local function implicit()
  return sink_of("implicit", { tls = "implicit", user = "me@sender.example", password = PASSWORD,
    words = { "--auth-without-tls" } })
end

local function other_name()
  return sink_of("other", { tls = "starttls", names = { "DNS:other.example" } })
end

local function plain_login()
  return sink_of("plain", { user = "me@sender.example", password = PASSWORD, words = { "--auth-without-tls" } })
end

local function no_login()
  return sink_of("none", {})
end

--- Sends one letter through a server started like that; what became of it, and the server's log.
local function try(url, password, args)
  local all = table.move(args or {}, 1, #(args or {}), 3, { "--mail", url })
  local srv = smtp.app(all, { TIMECAPSULE_MAIL_PASSWORD = password })
  local out = smtp.send(srv, {})
  srv:stop()
  local log = srv:log()
  assert.is_nil(log:find("s3cr", 1, true), "the log shows the password")
  assert.is_nil((out.message or ""):find("s3cr", 1, true), "the message shows the password")
  return out, log
end

describe("a mail server with TLS", function()
  lazy_teardown(function()
    for _, sink in pairs(sinks) do
      sink:stop()
    end
  end)

  for _, kind in ipairs({ { "STARTTLS", starttls }, { "TLS from the start", implicit } }) do
    it("takes a login under " .. kind[1], function()
      local sink = kind[2]()
      local before = sink:letters()
      local out = try(sink:url("me@sender.example", "ca=" .. sink.cert), PASSWORD)
      assert.is_truthy(out.receipt, out.message)
      local envelope = sink:envelope(before + 1)
      assert.is_true(envelope.tls)
      assert.equal("me@sender.example", envelope.user)
      assert.equal("me@sender.example", envelope.from)
    end)
  end

  it("keeps its connection for the next letter", function()
    local sink = starttls()
    local srv = smtp.app({ "--mail", sink:url("me@sender.example", "ca=" .. sink.cert) },
      { TIMECAPSULE_MAIL_PASSWORD = PASSWORD })
    local connects, logins = sink:count("connect"), sink:count("auth")
    for _ = 1, 3 do
      assert.is_truthy(smtp.send(srv, { text = ("x"):rep(300000) }).receipt)
      socket.sleep(0.1) -- TLS 1.3 sends tickets on an idle connection
    end
    srv:stop()
    assert.equal(connects + 1, sink:count("connect"))
    assert.equal(logins + 1, sink:count("auth"))
  end)

  it("is not trusted where its certificate is unknown", function()
    local out = try(starttls():url("me@sender.example"), PASSWORD)
    assert.equal("temporary", out.kind)
    assert.truthy(out.message:find("certificate", 1, true), out.message)
  end)

  it("is not trusted where its certificate is of another name", function()
    local sink = other_name()
    local out = try(sink:url(nil, "tls=required&ca=" .. sink.cert))
    assert.equal("temporary", out.kind)
    assert.truthy(out.message:find("does not match", 1, true)
      or out.message:find("no alternative certificate subject name", 1, true), out.message)
    assert.equal(0, sink:letters())
  end)

  it("is used with whatever certificate where TLS is opportunistic", function()
    local sink = other_name()
    local out = try(sink:url(nil, "tls=opportunistic"))
    assert.is_truthy(out.receipt, out.message)
    assert.is_true(sink:envelope(1).tls)
  end)

  it("refuses a wrong password, which is told as such and not shown", function()
    local sink = starttls()
    local out = try(sink:url("me@sender.example", "ca=" .. sink.cert), "s3cr-wrong")
    assert.equal("auth", out.kind)
    assert.truthy(out.message:find("refuses the login: 535", 1, true), out.message)
  end)

  it("that wants a login and gets none is an auth failure", function()
    local sink = starttls()
    local out = try(sink:url(nil, "tls=required&ca=" .. sink.cert))
    assert.equal("auth", out.kind)
    assert.truthy(out.message:find("530", 1, true), out.message)
  end)
end)

describe("a mail server without TLS", function()
  lazy_teardown(function()
    for _, sink in pairs(sinks) do
      sink:stop()
    end
  end)

  it("gets no password", function()
    local sink = plain_login()
    local out = try(sink:url("me@sender.example"), PASSWORD)
    assert.equal("temporary", out.kind)
    assert.truthy(out.message:find("STARTTLS", 1, true), out.message)
    assert.equal(0, sink:count("auth"))
  end)

  it("gets it where it is told so", function()
    local sink = plain_login()
    local out = try(sink:url("me@sender.example", "tls=off"), PASSWORD)
    assert.is_truthy(out.receipt, out.message)
    assert.equal("me@sender.example", sink:envelope(1).user)
    assert.is_true(sink:count("auth PLAIN taken") + sink:count("auth LOGIN taken") == 1)
  end)

  it("is not used, not even without a login, unless it is on this machine", function()
    local sink = no_login()
    assert.is_truthy(try(sink:url()).receipt)
    local out = try(sink:url(nil, "tls=required"))
    assert.equal("temporary", out.kind)
    assert.equal(1, sink:letters())
  end)

  it("that offers no login is told as such", function()
    local sink = no_login()
    local out = try(sink:url("me@sender.example", "tls=off"), PASSWORD)
    assert.equal("auth", out.kind)
    assert.truthy(out.message:find("offers no login", 1, true), out.message)
  end)
end)

describe("the password", function()
  local sink, folder

  lazy_setup(function()
    sink = smtp.start({ user = "me@sender.example", password = PASSWORD, words = { "--auth-without-tls" } })
    folder = sink.folder .. "/passwords"
    assert(lfs.mkdir(folder))
  end)

  lazy_teardown(function()
    sink:stop()
  end)

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
    return folder .. "/" .. name
  end

  it("comes from the first line of a file", function()
    local path = write("good", PASSWORD .. "\nanother line\n")
    local out = try(sink:url("me@sender.example", "tls=off"), nil, { "--mail-password-file", path })
    assert.is_truthy(out.receipt, out.message)
  end)

  it("comes from the file where both are given", function()
    local path = write("wrong", "s3cr-wrong")
    local out = try(sink:url("me@sender.example", "tls=off"), PASSWORD, { "--mail-password-file", path })
    assert.equal("auth", out.kind)
  end)

  it("may stand in the URL, with a warning", function()
    local escaped = PASSWORD:gsub("[^%w]", function(c)
      return ("%%%02X"):format(c:byte())
    end)
    local out, log = try(sink:url("me@sender.example:" .. escaped, "tls=off"))
    assert.is_truthy(out.receipt, out.message)
    assert.truthy(log:find("the mail URL holds a password", 1, true))
  end)

  it("has to be there where a file is named", function()
    for name, text in pairs({ empty = "", blank = "\nx", long = ("x"):rep(2000), nul = "a\0b" }) do
      local status, log = server.refused({ args = { "--app", "spec/fixtures/mail_app", "--mail", sink:url("me"),
        "--mail-password-file", write(name, text) } })
      assert.equal(1, status)
      assert.truthy(log:find("holds no password in its first line", 1, true), log)
    end
    local status, log = server.refused({ args = { "--app", "spec/fixtures/mail_app", "--mail", sink:url("me"),
      "--mail-password-file", folder .. "/none" } })
    assert.equal(1, status)
    assert.truthy(log:find("cannot open the password file", 1, true), log)
  end)
end)

describe("the mail options", function()
  it("are judged before anything is started", function()
    for url, words in pairs({ ["localhost"] = "begins with none of", ["smtp://me:hush@"] = "names no host",
      ["smtp://h.example?verify=off"] = "none of tls", ["smtp://h.example?ca=/nowhere.pem"] = "/nowhere.pem" }) do
      local _, log = server.refused({ args = { "--app", "spec/fixtures/mail_app", "--mail", url } })
      assert.truthy(log:find(words, 1, true), log)
      assert.is_nil(log:find("hush", 1, true), log)
    end
    local _, log = server.refused({ args = { "--app", "spec/fixtures/mail_app", "--mail-from", "a@b.example, c@d.example" } })
    assert.truthy(log:find("--mail-from: the address holds a", 1, true), log)
  end)

  it("are shown to scripts", function()
    local srv = smtp.app({ "--mail", "smtp://me%40sender.example@127.0.0.1:25" })
    assert.same({ mail = "smtp", mail_from = "me@sender.example" }, srv:get("/config"):json())
    srv:stop()
    srv = smtp.app({ "--mail", "smtp://127.0.0.1:25", "--mail-from", "a@b.example" })
    assert.same({ mail = "smtp", mail_from = "a@b.example" }, srv:get("/config"):json())
    srv:stop()
  end)
end)
