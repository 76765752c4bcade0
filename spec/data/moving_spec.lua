--- What one instance exports another one imports, whichever database either has: all of it, as it was.
local files = require("spec.support.files")
local json = require("host.json")
local letters = require("spec.support.letters")
local lfs = require("lfs")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

--- Every column of every table that moves, in the words that both databases have.
local TABLES = {
  mailbox = "id, hex(address_hash), hex(cap_hash), state, last_mail_at, created_at, confirmed_at, said_at, mail_day, mails",
  capsule = "id, hex(key_hash), opens_at, created_at, disabled_at, hex(note), hex(body), version",
  gathering = "id, capsule_id, hex(code_hash), hex(public_key), closes_at, most, hex(title), turn",
  gathering_letter = "id, gathering_id, hex(mark), created_at, hex(body)",
  reminder = "id, capsule_id, mailbox_id, letter, due_at, state, attempts, next_attempt_at, lease_owner, lease_until,"
    .. " message_id, hex(sealed), sent_at, ended_at",
  mail_log = "id, reminder_id, at, outcome, text",
  job = "id, name, only_one, state, at, next_at, attempts, lapses, lease_owner, token, hex(sealed), why",
  audit = "id, at, via, actor, act, detail, outcome",
}

--- A place without a server: a data folder, which has that secret file, and a database of its own.
local function place(kind, secret)
  local self = { data = process.folder() }
  if secret then
    process.output(("cp -p %s %s/secret"):format(secret, self.data))
  end
  self.database = kind == "mariadb" and mariadb.shared():create() or nil
  if self.database then
    assert.equal(0, (server.run({ args = { "migrate", "--data", self.data, "--database", self.database:url() },
      env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })))
  end
  function self.sql(_, statement)
    return self.database and self.database:sql(statement)
      or (process.output(("sqlite3 %s/capsules.db %s"):format(self.data, process.quoted(statement))):gsub("\n$", ""))
  end
  return self
end

local function run(where, ...)
  return letters.run(where, ...)
end

--- Acts that were there before; exports and imports are some, too.
local MOVED = " WHERE act = 'capsules_disable'"

local function rows_of(where)
  local all = {}
  for name, columns in pairs(TABLES) do
    all[name] = where:sql(("SELECT %s FROM %s%s ORDER BY id"):format(columns, name, name == "audit" and MOVED or ""))
  end
  return all
end

local function count(where)
  return tonumber((where:sql("SELECT (SELECT count(*) FROM mailbox) + (SELECT count(*) FROM capsule)"
    .. " + (SELECT count(*) FROM gathering) + (SELECT count(*) FROM gathering_letter)"
    .. " + (SELECT count(*) FROM reminder) + (SELECT count(*) FROM mail_log)"
    .. " + (SELECT count(*) FROM audit" .. MOVED .. ")")))
end

local function unpack_lines(path)
  local lines = {}
  for line in process.output(("zstd -dc %s"):format(path)):gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines
end

--- Lines as a file, whole as zstd sees it.
local function pack_lines(lines)
  local folder = process.folder()
  files.write(folder, { lines = table.concat(lines, "\n") .. "\n" })
  process.output(("zstd -q %s/lines -o %s/packed"):format(folder, folder))
  return folder .. "/packed"
end

describe("timecapsule export and import", function()
  local sink, from, keys, file, gathered

  --- An instance that has everything that may move: letters that wait, that were sent and that were stopped.
  lazy_setup(function()
    sink = smtp.start()
    local srv = letters.server(sink, { data = process.folder(), database = false })
    srv:set_clock(letters.NOW)
    keys = {}
    for i = 1, 12 do
      keys[i] = letters.put(srv, ("reader%d@example.org"):format(i), { content = "words for later " .. i,
        opens_at = i == 1 and letters.NOW + 60 or nil })
    end
    gathered = srv:json("/api/v1/capsules", { name = "Ann", opens_at = letters.OPENS, gather = { most = 5 } }):json()
    for i = 1, 3 do
      srv:json("/api/v1/letters", { code = gathered.code, name = "n", content = "letter " .. i }):expect({ status = 201 })
    end
    srv:json("/api/v1/capsules", { name = "Ann", content = "b", opens_at = letters.OPENS, gather = { most = 5 } })
      :expect({ status = 201 })
    srv:sql("DELETE FROM gathering_letter WHERE id = 3; DELETE FROM gathering WHERE id = 2;"
      .. " DELETE FROM capsule WHERE id = 14")
    srv:set_clock(letters.NOW + 61)
    letters.await(srv, "sent", 1)
    srv:post("/open/reminder", { key = keys[2], ["do"] = "stop" })
    srv:sql("UPDATE mailbox SET state = 'stopped', said_at = 5 WHERE id = 3")
    srv:sql("UPDATE capsule SET disabled_at = 7 WHERE id = 4")
    srv:sql("DELETE FROM reminder WHERE capsule_id = 12; DELETE FROM capsule WHERE id = 12; DELETE FROM mail_log WHERE id = 99")
    for id = 1, 3 do
      srv:sql(("INSERT INTO audit (id, at, via, actor, act, detail, outcome) "
        .. "VALUES (%d, 7, 'page', 'Ada 天', 'capsules_disable', 'capsule 4: \"x\" | y', 'done')"):format(id))
    end
    srv:sql("INSERT INTO job VALUES (1, 'site.a', NULL, 'waiting', 5, 6, 1, 1, 'who', 't1', x'00ff', NULL),"
      .. " (2, 'site.a', 'x', 'waiting', 5, 6, 0, 0, NULL, 't2', x'01', NULL),"
      .. " (3, 'site.b', 'x', 'failed', 5, 6, 12, 0, NULL, 't3', x'02', '天'), "
      .. "(4, 'b', NULL, 'failed', 1, 1, 1, 0, NULL, '', x'', NULL)")
    srv:sql("DELETE FROM audit WHERE id = 3; DELETE FROM job WHERE id = 4")
    srv:stop()
    from = { data = srv.data, sql = function(_, statement)
      return (process.output(("sqlite3 %s/capsules.db %s"):format(srv.data, process.quoted(statement))):gsub("\n$", ""))
    end }
    file = process.folder() .. "/all.export"
    local status, output = run(from, "export", file)
    assert.equal(0, status, output)
    assert.truthy(output:find("12 capsules", 1, true), output)
    assert.truthy(output:find("The server secret is not in it", 1, true), output)
  end)
  lazy_teardown(function()
    sink:stop()
  end)

  it("writes one file that its owner alone reads, and no plain text, key, address or secret is in it", function()
    assert.equal("rw-------", lfs.attributes(file, "permissions"))
    assert.is_nil(lfs.attributes(file .. ".part"))
    local text = table.concat(unpack_lines(file), "\n")
    for i, key in ipairs(keys) do
      assert.is_nil(text:find(key, 1, true))
      assert.is_nil(text:find(("reader%d@"):format(i), 1, true))
    end
    assert.is_nil(text:find("words for later", 1, true))
    assert.is_nil(text:find(files.read(from.data .. "/secret"):match("%x+"), 1, true))
  end)

  for _, kinds in ipairs({ { "mariadb", "sqlite" }, { "sqlite", "mariadb" }, { "mariadb", "mariadb" } }) do
    it(("bring every row from SQLite to %s and on to %s, with its number"):format(kinds[1], kinds[2]), function()
      local before, path = rows_of(from), file
      for _, kind in ipairs(kinds) do
        local there = place(kind, from.data .. "/secret")
        local status, output = run(there, "import", path)
        assert.equal(0, status, output)
        assert.truthy(output:find("NO LETTER IS SENT until", 1, true), output)
        assert.same(before, rows_of(there))
        path = process.folder() .. "/next.export"
        status, output = run(there, "export", path)
        assert.equal(0, status, output)
        there:sql(("INSERT INTO capsule (key_hash, opens_at, created_at, body, version) VALUES (x'%s', 1, 1, x'00', 1)")
          :format(("ab"):rep(32)))
        assert.equal("15", there:sql("SELECT max(id) FROM capsule"), "a number that was given is given again")
        there:sql("INSERT INTO job (name, state, at, next_at, attempts, lapses, token, sealed)"
          .. " VALUES ('c', 'failed', 1, 1, 1, 0, '', x'00')")
        assert.equal("5", there:sql("SELECT max(id) FROM job"), "a job's number is given again")
      end
    end)
  end

  it("bring capsules that open, letters that wait and mailboxes that want none", function()
    local there = place("sqlite", from.data .. "/secret")
    assert.equal(0, (run(there, "import", file)))
    local before = sink:letters()
    do
      local srv <close> = letters.server(sink, { data = there.data, database = false })
      assert.truthy(srv:log():find("no letter is sent until", 1, true), srv:log())
    end
    local srv <close> = letters.server(sink, { data = there.data, database = false, args = { "--reminders", "on" } })
    srv:set_clock(letters.OPENS)
    for i = 1, 11 do
      local answer = srv:json("/api/v1/capsules/open", { key = keys[i] })
      if i == 4 then
        answer:expect({ status = 404 })
      else
        assert.equal("words for later " .. i, answer:expect({ status = 200 }):json().content)
      end
    end
    local others = srv:json("/api/v1/capsules/open", { key = gathered.key }):expect({ status = 200 }):json().letters
    assert.equal("letter 1, letter 2", others[1].content .. ", " .. others[2].content)
    letters.await(srv, "sent", 8)
    local told = {}
    for _, letter in ipairs(letters.letters(sink)) do
      told[letter.to] = (told[letter.to] or 0) + 1
    end
    assert.is_nil(told["reader3@example.org"])
    assert.is_nil(told["reader12@example.org"])
    assert.equal(1, told["reader1@example.org"])
    assert.is_true(sink:letters() > before)
  end)

  it("say the same when an import is run again", function()
    local there = place("sqlite", from.data .. "/secret")
    assert.equal(0, (run(there, "import", file)))
    local status, output = run(there, "import", file)
    assert.equal(0, status, output)
    local all = #unpack_lines(file) - 2
    assert.truthy(output:find(("0 rows written, %d were there already, 0 skipped"):format(all), 1, true), output)
    there:sql("DELETE FROM reminder; DELETE FROM capsule")
    assert.equal(0, (run(there, "import", file)), "what was erased since comes back")
    assert.equal("0", there:sql("SELECT count(*) FROM capsule"))
  end)

  it("leave the secret out unless it is asked for, and take it along where it is", function()
    local with = process.folder() .. "/with.export"
    local status, output = run(from, "export", with, "--with-secret")
    assert.equal(0, status, output)
    assert.truthy(output:find("THE SERVER SECRET IS IN IT", 1, true), output)
    local there = place("sqlite")
    status, output = run(there, "import", file)
    assert.equal(2, status, output)
    assert.truthy(output:find("under another server secret", 1, true), output)
    assert.equal(0, count(there))
    status, output = run(there, "import", with)
    assert.equal(0, status, output)
    local own = files.read(from.data .. "/secret"):match("%x+")
    assert.equal(own, files.read(there.data .. "/secret"):match("%x+"))
    assert.equal("rw-------", lfs.attributes(there.data .. "/secret", "permissions"))
    assert.equal(0, (run(there, "reminders")), "the database and the secret do not agree")
    local other = place("mariadb")
    assert.equal(0, (run(other, "import", file, "--its-secret", from.data .. "/secret")))
    assert.same(rows_of(from), rows_of(other))
  end)

  it("save the capsules where the secret is lost", function()
    local there = place("sqlite")
    local status, output = run(there, "import", file, "--capsules-only")
    assert.equal(0, status, output)
    assert.equal(rows_of(from).capsule, rows_of(there).capsule)
    assert.equal("0", there:sql("SELECT count(*) FROM reminder"))
    local srv <close> = letters.server(sink, { data = there.data, database = false })
    srv:set_clock(letters.OPENS)
    assert.equal("words for later 5", srv:json("/api/v1/capsules/open", { key = keys[5] }):expect({ status = 200 }):json().content)
  end)

  it("refuse a file that is cut, changed or newer, and a database that has something, before anything is written", function()
    local bytes, folder, lines = files.read(file), process.folder(), unpack_lines(file)
    local head = json.decode(lines[1])
    head.export.format = 99
    local newer = { json.encode(head), table.unpack(lines, 2) }
    files.write(folder, {
      cut = bytes:sub(1, #bytes // 2), short = bytes:sub(1, -2), text = "no export at all\n", empty = "",
      changed = bytes:sub(1, #bytes // 2) .. string.char(bytes:byte(#bytes // 2 + 1) ~ 1) .. bytes:sub(#bytes // 2 + 2),
      longer = bytes .. "x",
    })
    local there = place("sqlite", from.data .. "/secret")
    for path, words in pairs({
      [folder .. "/cut"] = "is damaged", [folder .. "/short"] = "is damaged: its end is missing",
      [folder .. "/text"] = "is no file of zstd", [folder .. "/empty"] = "is damaged: its end is missing",
      [folder .. "/changed"] = "is damaged", [folder .. "/longer"] = "something stands behind its end",
      [folder .. "/none"] = "No such file", [pack_lines(newer)] = "written by a newer version (format 99",
      [pack_lines({ table.unpack(lines, 1, #lines - 1) })] = "has not the rows that it says",
      [pack_lines({ lines[1], lines[2], lines[#lines] })] = "has not the rows that it says",
      [pack_lines({ "{}" })] = "was not written by `timecapsule export`",
    }) do
      local status, output = run(there, "import", path)
      assert.equal(2, status, output)
      assert.truthy(output:find(words, 1, true), words .. "\n" .. output)
      assert.equal(0, count(there))
    end
    assert.equal(0, (run(there, "import", "--from", "spec/fixtures/legacy/capsule.sql")))
    local status, output = run(there, "import", file)
    assert.equal(2, status, output)
    assert.truthy(output:find("this database is not empty", 1, true), output)
  end)

  it("judge without writing where that is asked, and say which words are missing", function()
    local there = place("sqlite", from.data .. "/secret")
    local status, output = run(there, "import", file, "--dry-run")
    assert.equal(0, status, output)
    assert.truthy(output:find("whole, of 20", 1, true), output)
    assert.equal(0, count(there))
    for _, case in ipairs({ { { "export" }, "no FILE is named" }, { { "import" }, "one of FILE" },
      { { "import", file, "--from", file }, "one of FILE" },
      { { "export", "README.md" }, "is there and no such file: it is not replaced" },
      { { "export", "/no/such/folder/x" }, "cannot write '/no/such/folder/x.part'" } }) do
      status, output = run(there, table.unpack(case[1]))
      assert.equal(2, status, output)
      assert.truthy(output:find(case[2], 1, true), output)
    end
  end)

  it("tell of one moment, whatever is put meanwhile", function()
    local srv <close> = letters.server(sink, { data = process.folder(), database = false })
    letters.put_many(srv, 100, function(i)
      return ("reader%d@example.org"):format(i)
    end, os.time() + 1000000)
    local path = process.folder() .. "/during.export"
    local wait = server.begin({ args = { "export", path, "--data", srv.data } })
    for i = 1, 30 do
      letters.put(srv, ("more%d@example.org"):format(i))
    end
    local status, output = wait()
    assert.equal(0, status, output)
    local rows = {}
    for _, line in ipairs(unpack_lines(path)) do
      local name, row = next(json.decode(line))
      rows[name] = (rows[name] or 0) + 1
      rows.last = name == "capsule" and row.id or rows.last
    end
    assert.equal(rows.capsule, rows.reminder)
    assert.equal(rows.capsule, rows.mailbox)
    assert.equal(rows.capsule, rows.last)
    assert.is_true(rows.capsule >= 100)
  end)

  it("are refused for a row that could not be read again", function()
    local there, path = place("sqlite", from.data .. "/secret"), process.folder() .. "/large.export"
    assert.equal(0, (run(there, "import", file)))
    there:sql("UPDATE capsule SET body = zeroblob(2000000) WHERE id = 5")
    local status, output = run(there, "export", path)
    assert.equal(2, status, output)
    assert.truthy(output:find("capsule 5 is too large for an export", 1, true), output)
    assert.is_nil(lfs.attributes(path))
    assert.is_nil(lfs.attributes(path .. ".part"))
  end)

  it("have every column that a table has", function()
    for kind, ask in pairs({ sqlite = "SELECT name FROM pragma_table_info('%s')",
      mariadb = "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = '%s'" }) do
      local there = place(kind)
      if kind == "sqlite" then
        assert.equal(2, (run(there, "import", "README.md"))) -- makes the tables
      end
      local sql = files.read("sql/queries/moving.sql")
      local stays = { ["audit.token"] = true } -- what has moved is not recorded again
      for name in pairs(TABLES) do
        local insert = sql:match("INSERT INTO " .. name .. " (%b())\n?%s?VALUES %(:id, [:%w_, \n]+%)")
        local names = {}
        for column in insert:gmatch("[%w_]+") do
          names[column] = true
        end
        for column in there:sql(ask:format(name)):gmatch("[%w_]+") do
          assert.is_true(names[column] or stays[name .. "." .. column],
            ("%s.%s does not move: write it in moving.sql and raise the format"):format(name, column))
          names[column] = nil
        end
        assert.same({}, names)
      end
    end
  end)
end)
