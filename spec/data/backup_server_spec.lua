--- A backup of a server's database, by MariaDB's own tools: brought into an empty place everything opens,
--- nothing is sent unasked, and the file alone tells nothing.
local capsules = require("spec.support.capsules")
local crypto = require("host.crypto")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local lfs = require("lfs")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local SOAK = os.getenv("SOAK") ~= nil
local ROUNDS = SOAK and 10 or tonumber(os.getenv("ROUNDS") or "") or 2

local run = letters.run

--- An empty database, and a data folder that has the secret of another.
local function place_like(data)
  local where = { data = process.folder(), database = mariadb.shared():create() }
  process.output(("cp -p %s/secret %s/secret"):format(data, where.data))
  return where
end

local function tables(where)
  return tonumber((where.database:sql("SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = database()")))
end

local function sums(where)
  return where.database:sql("SELECT (SELECT count(*) FROM capsule), (SELECT count(*) FROM reminder),"
    .. " (SELECT count(*) FROM mailbox), (SELECT sum(crc32(body)) FROM capsule)")
end

describe("a backup of MariaDB", function()
  local srv, sink, keys, file

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { database = mariadb.shared():create(), data = process.folder() })
    srv:set_clock(letters.NOW)
    keys = {}
    for i = 1, 12 do
      keys[i] = letters.put(srv, ("reader%d@example.org"):format(i), { content = "words for later " .. i })
    end
    file = process.folder() .. "/nightly.sql"
    local status, output = run(srv, "backup", file)
    assert.equal(0, status, output)
    assert.truthy(output:find("%d+ bytes, complete"), output)
    assert.truthy(output:find(srv.data .. "/secret", 1, true), output)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  it("is one file that its owner alone reads, and holds no plain text, key or address that was put", function()
    assert.equal("rw-------", lfs.attributes(file, "permissions"))
    assert.is_nil(lfs.attributes(file .. ".part"))
    local bytes = files.read(file):lower()
    local function absent(text)
      assert.is_nil(bytes:find(text:lower(), 1, true))
      assert.is_nil(bytes:find(crypto.hex(text), 1, true))
    end
    for i, key in ipairs(keys) do
      absent(key)
      absent(capsules.groups(key))
      absent(("reader%d@"):format(i))
    end
    absent("words for later")
    absent(files.read(srv.data .. "/secret"):match("%x+"))
    assert.truthy(bytes:find("create table `capsule`", 1, true))
  end)

  it("opens after it was restored into an empty database, and sends nothing until told to", function()
    local there = place_like(srv.data)
    local status, output = run(there, "restore", file)
    assert.equal(0, status, output)
    assert.truthy(output:find("IT SENDS NO LETTER", 1, true), output)
    assert.equal(sums(srv), sums(there))
    local before = sink:letters()
    do
      local copy <close> = letters.server(sink, there)
      assert.truthy(copy:log():find("THIS DATABASE IS A RESTORED COPY", 1, true))
      copy:set_clock(letters.OPENS)
      for i, key in ipairs(keys) do
        assert.equal("words for later " .. i, copy:json("/api/v1/capsules/open", { key = key }):expect({ status = 200 })
          :json().content)
      end
      copy:tick("reminder.send")
      assert.same({ pending = 12 }, letters.states(copy))
      assert.equal(before, sink:letters())
    end
    local copy <close> = letters.server(sink, { data = there.data, database = there.database, args = { "--reminders", "on" } })
    copy:set_clock(letters.OPENS)
    letters.await(copy, "sent", 12)
  end)

  it("is refused where it is cut, none, newer, or would come beside something else; nothing is changed", function()
    local there, folder, text = place_like(srv.data), process.folder(), files.read(file)
    local function before_its_end(sql)
      return (text:gsub("\n%-%- Dump completed", "\n" .. sql .. ";%0"))
    end
    files.write(folder, { cut = text:sub(1, #text // 2), none = "not a dump", wrong = before_its_end("this is no SQL"),
      newer = before_its_end("INSERT INTO migration SELECT space, 99, statement, checksum, applied_at FROM migration"
        .. " WHERE space = 'app' LIMIT 1") })
    for name, words in pairs({ cut = "is cut: its end is missing", none = "is no dump of MariaDB",
      wrong = "mariadb has failed", newer = "migration 0099" }) do
      local status, output = run(there, "restore", folder .. "/" .. name)
      assert.equal(2, status, output)
      assert.truthy(output:find(words, 1, true), output)
      assert.equal(0, tables(there))
    end
    local before = sums(srv)
    local status, output = run({ data = there.data, database = srv.database }, "restore", file)
    assert.equal(2, status, output)
    assert.truthy(output:find("there is something in the database already", 1, true), output)
    assert.equal(before, sums(srv))
    status, output = run(there, "restore", file, "--force")
    assert.equal(2, status, output)
    assert.truthy(output:find("--force is for a database in a file", 1, true), output)
  end)

  it("names what is missing, keeps as many as it is told to, and replaces nothing that is no backup", function()
    local kept = process.folder() .. "/kept.sql"
    for _ = 1, 3 do
      assert.equal(0, (run(srv, "backup", kept, "--keep", "2")))
    end
    assert.is_truthy(lfs.attributes(kept .. ".1"))
    assert.is_nil(lfs.attributes(kept .. ".2"))
    process.output(("rm %s && sqlite3 %s 'CREATE TABLE capsule (id)'"):format(kept, kept))
    assert.equal(0, (run(srv, "backup", kept, "--keep", "2"))) -- of a site that was on SQLite
    local notes = process.folder()
    files.write(notes, { notes = "somebody's" })
    local status, output = run(srv, "backup", notes .. "/notes")
    assert.equal(2, status, output)
    assert.truthy(output:find("it would replace a file that is no backup", 1, true), output)
    for path, words in pairs({
      [srv.data .. "/capsules.db"] = "is a database in the data folder: name another file", -- from before it moved
      [notes .. "/live.db"] = "is a database in use ('" .. notes .. "/live.db-wal' lies beside it)",
    }) do
      process.output(("sqlite3 %s 'CREATE TABLE capsule (id)'; touch %s/live.db-wal"):format(path, notes))
      local sound = files.read(path)
      status, output = run(srv, "backup", path)
      assert.equal(2, status, output)
      assert.truthy(output:find(words, 1, true), output)
      assert.equal(sound, files.read(path))
      os.remove(path)
    end
    local place, env = letters.same_place(srv)
    env.PATH = "/nonexistent"
    status, output = server.run({ args = { "backup", notes .. "/other", "--data", srv.data, table.unpack(place) }, env = env })
    assert.equal(2, status, output)
    assert.truthy(output:find("mariadb-dump is not installed; nothing was written", 1, true), output)
    assert.truthy(output:find("mariadb-dump --single-transaction --quick --hex-blob", 1, true), output)
    assert.is_nil(lfs.attributes(notes .. "/other.part"))
  end)

  it("is brought when a restore that was killed is run again", function()
    local there = place_like(srv.data)
    local socket = require("socket")
    local began = socket.gettime()
    assert.equal(0, (run(place_like(srv.data), "restore", file)))
    local whole = socket.gettime() - began
    for _ = 1, ROUNDS do
      local place, env = letters.same_place(there)
      local args = { "-s", "KILL", ("%.2f"):format(math.random() * whole), server.program(), "restore", file, "--data",
        there.data, table.unpack(place) }
      server.begin({ program = "timeout", args = args, env = env })()
      process.wait_for(function() -- a client that has lost us ends by itself
        return there.database:sql("SELECT count(*) FROM information_schema.PROCESSLIST WHERE db = database()") == "1"
      end)
      if tables(there) > 0 and not there.database:sql("SHOW TABLES"):find("restore_under_way", 1, true) then
        assert.equal(sums(srv), sums(there))
        there = place_like(srv.data)
      end
    end
    local status, output = run(there, "restore", file)
    assert.equal(0, status, output)
    assert.equal(sums(srv), sums(there))
  end)
end)
