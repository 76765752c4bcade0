--- What a capsule may be: every field, its bounds, and what people see wrong with it.
local fields = require("capsule.fields")
local rules = require("capsule.rules")
local capsules = require("spec.support.capsules")
local host = require("host")
local json = require("host.json")

local NOW = 1893456000 -- 2030-01-01T00:00:00Z

local function form(changes)
  local typed = {
    name = "Alice",
    email = "",
    time = "2030-06-01 12:00",
    tz = "UTC",
    content = "words for later",
    tips = "",
  }
  for name, value in pairs(changes or {}) do
    typed[name] = value
  end
  return typed
end

--- The keys of all faults, by field.
local function faults_of(faults)
  local keys = {}
  for field, fault in pairs(faults or {}) do
    keys[field] = fault[1]
  end
  return keys
end

local function judge(changes)
  local capsule, faults = rules.form(form(changes), NOW)
  return faults_of(faults), capsule
end

describe("capsule.rules", function()
  it("asks which moment is meant where the page told another than we read", function()
    local here = 1906545600 -- 2030-06-01T12:00:00Z
    local there = here + 3600
    for _, same in ipairs({ ("%d"):format(here), "", "soon", "-1", "1e9", ("9"):rep(40) }) do
      assert.same({}, judge({ instant = same }), same)
    end
    local _, faults = rules.form(form({ instant = ("%d"):format(there) }), NOW)
    assert.same({ time = { "error.time_differs", {
      zone = "UTC",
      browser = "2030-06-01 13:00:00",
      server = "2030-06-01 12:00:00",
      browser_reads = "1906549200",
      server_reads = "1906545600",
    } } }, faults)
    local told, capsule = judge({ instant = "1906549200", reading = "1906545600" })
    assert.same({}, told)
    assert.same({ here, "UTC", "2030-06-01 12:00" }, { capsule.opens_at, capsule.zone, capsule.wall })
    told, capsule = judge({ instant = "1906549200", reading = "1906549200", tz = "Europe/Berlin" })
    assert.same({}, told)
    assert.same({ there, "UTC", "2030-06-01 13:00:00" }, { capsule.opens_at, capsule.zone, capsule.wall })
    -- A choice between two moments is none between others.
    assert.same({ time = "error.time_differs" }, judge({ instant = "1906549200", reading = "1906545601" }))
    assert.same({ time = "error.time_past" }, judge({ instant = "1893455999", reading = "1893455999" }))
    assert.same({ time = "error.time_past" }, judge({ time = "2029-06-01 12:00", instant = "1906549200" }))
  end)

  it("takes a form that is in order", function()
    local capsule, faults = rules.form(form(), NOW)
    assert.is_nil(faults)
    assert.same({
      name = "Alice",
      to = "",
      content = "words for later",
      note = "",
      opens_at = 1906545600,
      zone = "UTC",
      wall = "2030-06-01 12:00",
      mail_key = true,
    }, capsule)
  end)

  it("asks for everything that is required, all at once", function()
    local _, faults = rules.form({}, NOW)
    assert.same({
      name = "error.name_missing",
      content = "error.content_missing",
      time = "error.time_missing",
    }, faults_of(faults))
  end)

  it("counts white space as nothing", function()
    local faults = judge({ name = " \t\u{3000}\u{A0}", content = "\r\n \u{3000}" })
    assert.same({ name = "error.name_missing", content = "error.content_missing" }, faults)
  end)

  it("counts code points, not bytes", function()
    local cases = {
      { "name", ("\u{1F600}"):rep(50), nil },
      { "name", ("\u{1F600}"):rep(51), "error.name_long" },
      { "content", ("胶"):rep(5000), nil },
      { "content", ("胶"):rep(5001), "error.content_long" },
      { "content", ("a\r\n"):rep(2500), nil },
      { "tips", ("囊"):rep(1000), nil },
      { "tips", ("囊"):rep(1001), "error.note_long" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], judge({ [case[1]] = case[2] })[case[1]])
    end
  end)

  it("gives what the browser has encrypted 64 KiB", function()
    local function faults(content)
      return judge({ content = content, time = "2030-06-01 12:00" })
    end
    assert.same({}, faults(capsules.sealed({ size = 47 * 1024 + 16 })))
    assert.same({ content = "error.sealed_long" }, faults(capsules.sealed({ size = 48 * 1024 + 16 })))
    local start = "U2FsdGVkX1"
    assert.same({}, faults(start .. ("A"):rep(65536 - #start)))
    assert.same({ content = "error.sealed_long" }, faults(start .. ("A"):rep(65537 - #start)))
  end)

  it("refuses what is no encrypted message and begins like one", function()
    for _, wrong in ipairs({ "TC2.", "TC2. is my code name", capsules.sealed({ rounds = 599999 }) }) do
      assert.same({ content = "error.sealed_bad" }, judge({ content = wrong }))
    end
  end)

  it("opens when the encrypted message says, and at no other time", function()
    assert.same({}, judge({ content = capsules.sealed() }))
    local _, faults = rules.form(form({ content = capsules.sealed(), time = "2030-06-01 12:00:01" }), NOW)
    assert.same({
      content = {
        "error.sealed_time",
        { sealed = "2030-06-01 12:00:00", chosen = "2030-06-01 12:00:01", zone = "UTC" },
      },
    }, faults)
    assert.same(
      { content = "error.sealed_time" },
      judge({ content = capsules.sealed(), tz = "Asia/Shanghai" })
    )
    assert.same({}, judge({ content = capsules.sealed(), time = "2030-06-01 20:00", tz = "Asia/Shanghai" }))
    assert.same({ time = "error.time_bad" }, judge({ content = capsules.sealed(), time = "never" }))
  end)

  it("refuses what is no text", function()
    for _, field in ipairs({ "name", "content", "tips", "email" }) do
      for _, text in ipairs({ "a\0b", "a\xff", "\xed\xa0\x80", "\xc0\xaf" }) do
        assert.equal("error.text_bad", judge({ [field] = text })[field], field)
      end
    end
  end)

  it("keeps a name to one line", function()
    for _, name in ipairs({ "a\nb", "a\rb", "a\tb", "a\x7f", "a\u{85}b", "a\u{2028}b" }) do
      assert.equal("error.name_control", judge({ name = name }).name)
    end
  end)

  it("makes line ends of a form LF and leaves the rest as it is", function()
    local _, capsule = judge({ content = "  a\r\nb\rc\n\n ", tips = "\r\nx" })
    assert.equal("  a\nb\nc\n\n ", capsule.content)
    assert.equal("\nx", capsule.note)
  end)

  it("takes one mailbox", function()
    local good = {
      "alice@example.org",
      "  alice@example.org ",
      "a.b+c_d=e@mail.example.co.uk",
      "o'hara@example.org",
      "user@例子.中国",
      "jose@münchen.example",
      ("a"):rep(64) .. "@example.org",
    }
    for _, email in ipairs(good) do
      local faults, capsule = judge({ email = email })
      assert.is_nil(faults.email, email)
      assert.equal(email:match("^ *(.-) *$"), capsule.email)
    end
  end)

  it("takes no other mailbox", function()
    local bad = {
      "alice",
      "alice@",
      "@example.org",
      "alice@localhost",
      "a@b@example.org",
      "alice@example.org,bob@example.org",
      "alice@example.org;bob@example.org",
      "alice@example.org bob@example.org",
      "Alice <alice@example.org>",
      '"alice"@example.org',
      "alice(comment)@example.org",
      "alice@[127.0.0.1]",
      "alice@example..org",
      "alice@.example.org",
      "alice@-example.org",
      "alice@example-.org",
      ".alice@example.org",
      "alice.@example.org",
      "a..b@example.org",
      "alice\\@example.org",
      "alice@example.org\r\nBcc: bob@example.org",
      "alice@example.org\nx",
      "alice\t@example.org",
      "alice@exam\u{3000}ple.org",
      "alice\u{85}@example.org",
      "alice\u{200B}@example.org",
      "用户@例子.中国",
      ("a"):rep(65) .. "@example.org",
      "alice@" .. ("a"):rep(64) .. ".org",
    }
    for _, email in ipairs(bad) do
      assert.equal("error.email_bad", judge({ email = email }).email, email)
    end
    local long = "a@" .. ("b."):rep(126) .. "c"
    assert.equal("error.email_long", judge({ email = long }).email)
  end)

  it("opens later than now and at most a hundred years ahead", function()
    local cases = {
      { "2030-01-01 00:00", "error.time_past" },
      { "2029-12-31 23:59", "error.time_past" },
      { "2030-01-01 00:00:01", nil },
      { "2130-01-01 00:00", nil },
      { "2130-01-01 00:01", "error.time_far" },
      { "9999-12-31 23:59", "error.time_far" },
      { "in a year", "error.time_bad" },
      { "2030-02-30 00:00", "error.time_bad" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], judge({ time = case[1] }).time, case[1])
    end
  end)

  it("reads the time in the zone that was chosen, else in the server's", function()
    local _, capsule = judge({ time = "2030-06-01T12:00", tz = "Asia/Shanghai" })
    assert.equal(1906545600 - 8 * 3600, capsule.opens_at)
    local _, other = judge({ tz = "" })
    assert.equal(host.config.time_zone, other.zone)
    assert.equal("error.tz_bad", judge({ tz = "Mars/Olympus" }).tz)
  end)

  it("names what the clocks skip", function()
    local _, faults = rules.form(form({ time = "2030-03-31 02:30", tz = "Europe/Berlin" }), NOW)
    assert.same({
      "error.time_gap",
      { zone = "Europe/Berlin", before = "2030-03-31 01:59", after = "2030-03-31 03:00" },
    }, faults.time)
  end)

  it("puts the key into the letter unless told otherwise", function()
    assert.is_true(select(2, judge()).mail_key)
    assert.is_true(select(2, judge({ mail_key = "on" })).mail_key)
    assert.is_false(select(2, judge({ mail_key = "off" })).mail_key)
  end)

  it("tells a moment that has passed from everything else", function()
    local _, past = rules.form(form({ time = "2029-01-01 00:00" }), NOW)
    assert.is_true(rules.only_past(past))
    local _, more = rules.form(form({ time = "2029-01-01 00:00", name = "" }), NOW)
    assert.is_false(rules.only_past(more))
    local _, other = rules.form(form({ time = "never" }), NOW)
    assert.is_false(rules.only_past(other))
  end)

  describe("for the API", function()
    local function api(changes)
      local body = { name = "Alice", opens_at = NOW + 60, content = "words" }
      for name, value in pairs(changes or {}) do
        body[name] = value
      end
      local capsule, faults = rules.api(body, NOW)
      return faults_of(faults), capsule
    end

    it("leaves text untouched", function()
      local faults, capsule = api({ content = "a\r\nb\r", tips = "\r\n.", name = " A " })
      assert.same({}, faults)
      assert.equal("a\r\nb\r", capsule.content)
      assert.equal("\r\n.", capsule.note)
      assert.equal(" A ", capsule.name)
    end)

    it("counts null as absent", function()
      local faults, capsule = api({ email = json.null, tips = json.null, mail_key = json.null })
      assert.same({}, faults)
      assert.is_nil(capsule.email)
      assert.is_true(capsule.mail_key)
    end)

    it("judges members", function()
      local cases = {
        { { name = 5 }, { name = "error.not_text" } },
        { { content = { "a" } }, { content = "error.not_text" } },
        { { mail_key = "no" }, { mail_key = "error.not_boolean" } },
        { { mail = "a@example.org" }, { mail = "error.unknown" } },
        { { opens_at = "2030" }, { opens_at = "error.opens_at_bad" } },
        { { opens_at = json.null }, { opens_at = "error.time_missing" } },
        { { opens_at = NOW }, { opens_at = "error.time_past" } },
        { { opens_at = NOW + 101 * 366 * 86400 }, { opens_at = "error.time_far" } },
        { { name = "" }, { name = "error.name_missing" } },
        { { email = " a@example.org\u{a0}" }, {} },
        { { email = "a @example.org" }, { email = "error.email_bad" } },
        { { content = capsules.sealed(), opens_at = 1906545600 }, {} },
        { { content = capsules.sealed(), opens_at = "2030-06-01T12:00:00Z" }, {} },
        { { content = capsules.sealed(), opens_at = 1906545601 }, { content = "error.sealed_time" } },
        { { content = "TC2.", opens_at = 1906545600 }, { content = "error.sealed_bad" } },
        { { content = capsules.sealed(), opens_at = 1 << 62 }, { opens_at = "error.time_far" } },
      }
      for _, case in ipairs(cases) do
        assert.same(case[2], (api(case[1])))
      end
    end)
  end)

  it("has words for every fault in every language", function()
    local source = assert(host.read("scripts/capsule/rules.lua"))
    local routes = assert(host.read("scripts/routes/faults.lua"))
    for _, path in ipairs(host.list("scripts/locales/")) do
      local words = require("locales." .. path:match("([^/]+)%.lua$"))
      for key in source:gmatch('"(error%.[%w_]+)"') do
        assert.is_string(words[key], path .. " " .. key)
      end
      for _, field in ipairs(fields.list) do
        local codes = { missing = field.required ~= nil, control = field.one_line, long = field.max or field.kind }
        for code, said in pairs(codes) do
          local key = ("error.%s_%s"):format(field.name, code)
          assert.is_true(not said or type(words[key]) == "string", path .. " " .. key)
        end
      end
      for status in routes:gmatch("%[(%d%d%d)%] = true") do
        for _, part in ipairs({ "title", "message", "advice" }) do
          assert.is_string(words[("status.%s_%s"):format(status, part)], path .. " " .. status)
        end
      end
    end
  end)
end)
