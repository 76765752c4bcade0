--- Capsules of the original open here under their old keys, whatever happens on the way.
local crypto = require("host.crypto")
local files = require("spec.support.files")
local json = require("host.json")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local DUMP = "spec/fixtures/legacy/capsule.sql"
local EXPECTED = json.decode(files.read("spec/fixtures/legacy/expected.json"))

local HEAD = "CREATE TABLE `Capsule` (\n  `id` int,\n  `key` varchar(30),\n  `name` varchar(50),\n  `email` varchar(30),\n"
  .. "  `time` datetime,\n  `content` text,\n  `tips` text,\n  `is_send_email` tinyint\n);\nINSERT INTO `Capsule` VALUES "

--- A server (on whichever database), and what imports beside it.
local function place(sink)
  local srv = letters.server(sink, {})
  return srv, function(from, ...)
    return letters.run(srv, "import", "--from", from, ...)
  end
end

local function dump_of(rows)
  local folder = process.folder()
  files.write(folder, { ["dump.sql"] = HEAD .. table.concat(rows, ",\n") .. ";\n" })
  return folder .. "/dump.sql"
end

describe("timecapsule import --from a dump", function()
  local sink, srv, import

  lazy_setup(function()
    sink = smtp.start()
    srv, import = place(sink)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  it("judges without writing where that is asked", function()
    local status, output = import(DUMP, "--time-zone", "Asia/Shanghai", "--dry-run")
    assert.equal(0, status, output)
    assert.truthy(output:find("6 rows read: 6 capsules would be written", 1, true), output)
    assert.equal("0", srv:sql("SELECT count(*) FROM capsule"))
  end)

  it("gives every old key its capsule, byte for byte, and its moment in the zone given", function()
    local status, output = import(DUMP, "--time-zone", "Asia/Shanghai")
    assert.equal(0, status, output)
    assert.truthy(output:find("6 capsules written, 0 were there already, 0 skipped; 2 letters wait", 1, true), output)
    for _, capsule in ipairs(EXPECTED) do
      local clock = require("host.clock")
      local opens = assert(clock.to_unix(capsule.time, "Asia/Shanghai"))
      srv:stop_clock(opens - 1)
      for _, key in ipairs({ capsule.key, (capsule.key:gsub("-", "")) }) do
        srv:post("/open/", { key = key }):expect({ status = 403 }):expect_body(capsule.tips)
      end
      srv:set_clock(opens)
      srv:post("/open/", { key = capsule.key }):expect({ status = 200 })
      local found = srv:json("/api/v1/capsules/open", { key = capsule.key }):expect({ status = 200 }):json()
      assert.equal(capsule.stored, found.content)
      assert.equal(capsule.name, found.name)
    end
  end)

  it("is the same when it is run again, and says of another capsule's key so", function()
    local status, output = import(DUMP, "--time-zone", "Asia/Shanghai")
    assert.equal(0, status, output)
    assert.truthy(output:find("0 capsules written, 6 were there already, 0 skipped; 0 letters wait", 1, true), output)
    status, output = import(DUMP, "--time-zone", "Asia/Tokyo")
    assert.equal(2, status, output)
    assert.truthy(output:find("row 1 (id 1): its key is another capsule's already", 1, true), output)
    assert.equal("6", srv:sql("SELECT count(*) FROM capsule"))
  end)

  it("tells of every row that it does not take as it is, and never a word of it", function()
    local status, output = import(dump_of({
      "(1,'aaaa-aaaa-aaaa-aaaa-aaa1','n','','2021-03-04 14:50:07','secret words','',0)",
      "(2,NULL,'n','','2021-03-04 14:50:07','secret words','',0)",
      "(3,'','n','','2021-03-04 14:50:07','secret words','',0)",
      "(4,'aaaa-aaaa-aaaa-aaaa-aaa4','n','','0000-00-00 00:00:00','secret words','',0)",
      "(5,'aaaa-aaaa-aaaa-aaaa-aaa5','n','','2031-03-30 02:30:00','secret words','',0)",
      "(6,'aaaa-aaaa-aaaa-aaaa-aaa6','n','','2031-10-26 02:30:00','secret words','',0)",
      "(7,'aaaa-aaaa-aaaa-aaaa-aaa7','n','nobody at all','2091-01-01 00:00:00','secret words','',0)",
      "(8,'aaaa-aaaa-aaaa-aaaa-aaa1','n','','2021-03-04 14:50:07','others','',0)",
      "(9,'aaaa-aaaa-aaaa-aaaa-aaa9','n','','2021-03-04 14:50:07','\xff\xfe','',0)",
    }), "--time-zone", "Europe/Berlin")
    assert.equal(1, status, output)
    for _, words in ipairs({ "row 2 (id 2): it has no key", "row 3 (id 3): it has no key",
      "row 4 (id 4): its time '0000-00-00 00:00:00' is none",
      "row 5 (id 5): its time 2031-03-30 02:30:00 was skipped by the clocks of Europe/Berlin, which went from"
        .. " 2031-03-30 01:59 to 2031-03-30 03:00",
      "row 6 (id 6): its time 2031-10-26 02:30:00 happened twice in Europe/Berlin: the later moment is taken",
      "row 7 (id 7): its mailbox 'nobody at all' is none: there will be no letter",
      "row 8 (id 8): its key is another capsule's already", "row 9 (id 9): its content is no UTF-8",
      "9 rows read: 3 capsules written, 0 were there already, 6 skipped; 0 letters wait; 2 told of" }) do
      assert.truthy(output:find(words, 1, true), words .. "\n" .. output)
    end
    assert.is_nil(output:find("secret words", 1, true))
    assert.is_nil(output:find("aaa1", 1, true))
  end)

  it("takes texts of a megabyte, be they nothing but escapes, or hexadecimal", function()
    local texts = { ("'\\"):rep(500000), ("用一点一"):rep(80000) }
    local escaped = texts[1]:gsub("['\\]", "\\%0")
    local row = "(%d,'mmmm-mmmm-mmmm-mmm%d','n','','2020-01-01 00:00:00',%s,'',0)"
    local status, output = import(dump_of({ row:format(1, 1, "'" .. escaped .. "'"),
      row:format(2, 2, "0x" .. crypto.hex(texts[2])) }))
    assert.equal(0, status, output)
    for i, text in ipairs(texts) do
      local found = srv:json("/api/v1/capsules/open", { key = "mmmm-mmmm-mmmm-mmm" .. i }):expect({ status = 200 }):json()
      assert.is_true(text == found.content)
    end
  end)

  it("says what is no dump, and that nothing was done", function()
    for from, words in pairs({ ["/no/such/file"] = "cannot open '/no/such/file'", ["README.md"] = "there is no row of a table" }) do
      local status, output = import(from)
      assert.equal(2, status, output)
      assert.truthy(output:find(words, 1, true), output)
    end
  end)
end)

describe("letters of the original", function()
  it("wait where they were not sent and have still to go, unasked; past ones where that is asked", function()
    local sink <close> = smtp.start()
    local srv, import = place(sink)
    finally(function()
      srv:stop()
    end)
    local rows = {
      "(1,'bbbb-bbbb-bbbb-bbbb-bbb1','n','future@example.org','2091-01-01 00:00:00','c','',0)",
      "(2,'bbbb-bbbb-bbbb-bbbb-bbb2','n','sent@example.org','2092-01-01 00:00:00','c','',1)",
      "(3,'bbbb-bbbb-bbbb-bbbb-bbb3','n','past@example.org','2021-01-01 00:00:00','c','',0)",
    }
    local status, output = import(dump_of({ rows[1], rows[2] }), "--language", "en")
    assert.equal(0, status, output)
    status, output = import(dump_of({ rows[3] }), "--remind-past")
    assert.equal(0, status, output)
    letters.await(srv, "sent", 1)
    assert.same({ "past@example.org" }, sink:envelope(1).to)
    assert.same({ pending = 1, sent = 1 }, letters.states(srv))
    srv:set_clock(server.unix(2091, 1, 2))
    local letter = sink:letter(2)
    assert.equal("A time capsule has opened", letter.headers.subject)
    assert.truthy(letter.parts[1].text:find("bbbb-bbbb-bbbb-bbbb-bbb1", 1, true))
  end)
end)

describe("an import that is killed", function()
  it("is run again: everything is there, nothing twice", function()
    local sink <close> = smtp.start()
    local srv, import = place(sink)
    finally(function()
      srv:stop()
    end)
    local rows = {}
    for i = 1, 3000 do
      rows[i] = ("(%d,'cccc-cccc-cccc-cccc-%04d','n','r%d@example.org','2091-01-01 00:00:00','c %d','',0)"):format(i, i, i, i)
    end
    local from = dump_of(rows)
    local where, env = letters.same_place(srv)
    for round = 1, 10 do
      local args = { "-s", "KILL", ("%.1f"):format(0.4 + 0.3 * round), server.program(), "import", "--from", from,
        "--data", srv.data, table.unpack(where) }
      server.begin({ program = "timeout", args = args, env = env })()
      local capsules, mails = srv:sql("SELECT count(*) FROM capsule"), srv:sql("SELECT count(*) FROM reminder")
      assert.equal(capsules, mails)
    end
    local status, output = import(from)
    assert.equal(0, status, output)
    assert.equal("3000", srv:sql("SELECT count(*) FROM capsule"))
    assert.equal("3000", srv:sql("SELECT count(*) FROM reminder"))
  end)
end)

describe("the original's forms", function()
  it("keep working: put without what is new, and open", function()
    local srv <close> = server.start({ args = { "--time-zone", "Asia/Shanghai" } })
    local key = srv:post("/put/", { name = "Ann", email = "", time = "2090-01-01 00:00:00", content = "words", tips = "wait" })
      :expect({ status = 200 }):field("key")
    srv:post("/open/", { key = key }):expect({ status = 403 }):expect_body("wait")
    assert.equal(tostring(server.unix(2089, 12, 31, 16 * 3600)), srv:sql("SELECT opens_at FROM capsule"))
  end)
end)
