--- Databases that earlier programs wrote (spec/fixtures/vN, made by the make.lua in each) are opened by
--- this one, on SQLite and on MariaDB: every key opens its capsule, waiting letters go out, and what a
--- mailbox has said holds.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local json = require("host.json")
local letters = require("spec.support.letters")
local lfs = require("lfs")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local FIXTURES = "spec/fixtures"
local LATER = server.unix(2125, 1, 1)

--- A server on that database, as whoever upgrades has it: the dump read back, the secret beside it.
local function start(place, kind, sink)
  local data = server.folder()
  files.write(data, { secret = files.read(place .. "/secret") })
  process.output("chmod 600 " .. data .. "/secret")
  local base
  if kind == "mariadb" then
    base = mariadb.shared():create()
    process.output(("mariadb --no-defaults --skip-ssl --socket=%s -uroot %s <%s/dump.sql")
      :format(base.server.socket, base.name, place))
  else
    process.output(("sqlite3 -batch -bail %s/capsules.db <%s/dump.sql"):format(data, place))
  end
  return letters.server(sink, { database = base or "sqlite", data = data, args = { "--public-url",
    "https://capsule.example", "--set", "opens_per_minute=0", "--set", "requests_per_minute=0" } })
end

--- Everything that a key answers at that moment.
local function expect(srv, capsule, now)
  local wanted = capsule.status or now < capsule.opens_at and 403 or 200
  local got = srv:json("/api/v1/capsules/open", { key = capsule.key })
  assert.equal(wanted, got.status, capsule.what)
  local answer = got:json()
  if wanted == 200 then
    assert.equal(capsule.name, answer.name, capsule.what)
    assert.equal(capsule.content, answer.content, capsule.what)
  elseif wanted == 403 then
    assert.equal(capsule.tips or answer.tips, answer.tips, capsule.what)
    assert.is_true(#answer.tips > 0, capsule.what)
    got:expect_no_body('"content"')
  end
  if wanted ~= 404 then
    assert.equal(os.date("!%Y-%m-%dT%H:%M:%SZ", capsule.opens_at), answer.opens_at, capsule.what)
  end
  local page = srv:post("/open", { key = capsules.groups(capsule.key) }):expect({ status = wanted })
  if wanted == 403 then
    page:expect_body("Your key is right."):expect_no_body("is whole") -- no digest was sealed then
  elseif wanted == 200 and capsule.zone then
    page:expect_body(capsule.zone)
  end
end

local function opens_with_passphrase(capsule)
  local folder = server.folder()
  local verb = capsule.content:find("^TC2") and "open" or "open_legacy"
  files.write(folder, { asked = json.encode({ ["do"] = verb, passphrase = capsule.passphrase,
    text = capsule.content }) .. "\n" })
  local answer = json.decode(process.output("spec/support/tc2.py <" .. folder .. "/asked"))
  assert.equal(capsule.message, answer.message, capsule.what)
end

local function judge(place, kind)
  local expected = json.decode(files.read(place .. "/expected.json"))
  local sink, srv, now

  local function at(moment)
    now = moment
    srv:set_clock(moment)
  end

  local function expect_all()
    for _, capsule in ipairs(expected.capsules) do
      expect(srv, capsule, now)
    end
  end

  lazy_setup(function()
    sink = smtp.start()
    srv = start(place, kind, sink)
    at(expected.written_at)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  it("has every letter as it was left", function()
    assert.same(expected.states, letters.states(srv))
  end)

  it("opens what is open, shows the note of what is not, and knows no other key", function()
    assert.is_true(#expected.capsules > 10)
    expect_all()
  end)

  it("answers a post that is repeated with the key of the first", function()
    local before = srv:sql("SELECT count(*) FROM capsule")
    local page = srv:post("/put", expected.form.fields):expect({ status = 200 })
    assert.equal(expected.form.key, page:field("key"))
    local api = expected.api
    assert.equal(api.key, srv:json("/api/v1/capsules", api.body, { ["Idempotency-Key"] = api.header })
      :expect({ status = 201 }):json().key)
    assert.equal(before, srv:sql("SELECT count(*) FROM capsule"))
  end)

  it("takes back what can still be taken back", function()
    local undo = expected.undo
    assert.is_true(now < undo.until_then)
    srv:post("/put/undo", { key = undo.key, token = undo.token }):expect({ status = 200 })
      :expect_body(undo.content)
    for _, capsule in ipairs(expected.capsules) do
      capsule.status = capsule.key == undo.key and 404 or capsule.status
    end
  end)

  it("listens to the links of letters that were sent", function()
    local before = letters.states(srv)
    srv:post("/confirm", { t = expected.mailboxes.asked.token, ["do"] = "confirm" }):expect({ status = 200 })
    local after = letters.states(srv)
    assert.is_nil(after.unconfirmed)
    assert.equal(before.pending + before.unconfirmed, after.pending)
  end)

  it("sends the letters that wait, each as itself, and none to a mailbox that was stopped", function()
    local waiting, before = {}, letters.states(srv)
    letters.put(srv, expected.mailboxes.stopped.address)
    for _, letter in ipairs(expected.letters) do
      waiting[letter.message_id] = letter
    end
    at(expected.opens_at)
    letters.await(srv, "sent", before.sent + #expected.letters + 1) -- and that whose mailbox was asked
    letters.await(srv, "cancelled", before.cancelled + 1)
    for n = 1, sink:letters() do
      local got = sink:letter(n)
      local letter = waiting[got.headers["message-id"]]
      waiting[got.headers["message-id"]] = nil
      local text, to = got.parts[1].text, sink:envelope(n).to[1]
      assert.equal(letter and letter.to or expected.mailboxes.asked.address, to)
      assert.truthy(text:find("https://capsule.example/open", 1, true))
      if letter then
        assert.equal(letter.key ~= nil, text:find(letter.key or "/open#", 1, true) ~= nil)
      end
    end
    assert.is_nil(next(waiting))
  end)

  it("opens everything when its time has come", function()
    at(LATER)
    expect_all()
    local sealed = 0
    for _, capsule in ipairs(expected.capsules) do
      if capsule.passphrase then
        opens_with_passphrase(capsule)
        sealed = sealed + 1
      end
    end
    assert.is_true(sealed >= 2)
  end)
end

local count = 0
for version in lfs.dir(FIXTURES) do
  if version:find("^v%d+$") then
    count = count + 1
    for _, kind in ipairs({ "sqlite", "mariadb" }) do
      describe("a database of " .. version .. " on " .. kind, function()
        judge(("%s/%s/%s"):format(FIXTURES, version, kind), kind)
      end)
    end
  end
end
assert(count > 0, "no database of an earlier program in " .. FIXTURES)
