--- A backup of a running server, brought back: everything opens, nothing is sent unasked, and the file alone tells nothing.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

if os.getenv("SPEC_DATABASE") then
  return -- MariaDB's own tool copies it
end

local function run(args)
  return server.run({ args = args })
end

--- A data folder of its own that has the secret of another.
local function place_like(data)
  local folder = process.folder()
  process.output(("cp -p %s/secret %s/secret"):format(data, folder))
  return folder
end

describe("timecapsule backup", function()
  local srv, sink, keys, file

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink)
    srv:set_clock(letters.NOW)
    keys = {}
    for i = 1, 20 do
      keys[i] = letters.put(srv, ("reader%d@example.org"):format(i), { content = "words for later " .. i })
    end
    file = process.folder() .. "/nightly.db"
    local status, output = run({ "backup", file, "--data", srv.data })
    assert.equal(0, status, output)
    assert.truthy(output:find("rows in %d+ tables, %d+ bytes, verified"), output)
    assert.truthy(output:find(srv.data .. "/secret", 1, true), output)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  it("writes one file that only its owner reads", function()
    assert.equal("rw-------", lfs.attributes(file, "permissions"))
    local others = process.output(("ls %s | wc -l"):format(file:match("^(.*)/")))
    assert.equal("1", (others:gsub("%s", "")))
  end)

  it("holds no plain text, key or address that was put", function()
    local bytes = files.read(file)
    for i, key in ipairs(keys) do
      assert.is_nil(bytes:find(key, 1, true))
      assert.is_nil(bytes:find(capsules.groups(key), 1, true))
      assert.is_nil(bytes:find("words for later", 1, true))
      assert.is_nil(bytes:find(("reader%d@"):format(i), 1, true))
    end
    assert.is_nil(bytes:find(files.read(srv.data .. "/secret"):match("%x+"), 1, true))
  end)

  it("opens after it was restored into an empty place, and sends nothing until told to", function()
    local data = place_like(srv.data)
    local status, output = run({ "restore", file, "--data", data })
    assert.equal(0, status, output)
    assert.truthy(output:find("IT SENDS NO LETTER", 1, true), output)
    local before = sink:letters()
    do
      local copy <close> = letters.server(sink, { data = data })
      assert.truthy(copy:log():find("THIS DATABASE IS A RESTORED COPY", 1, true))
      copy:set_clock(letters.OPENS)
      for i, key in ipairs(keys) do
        assert.equal("words for later " .. i, copy:json("/api/v1/capsules/open", { key = key }):expect({ status = 200 })
          :json().content)
      end
      copy:tick("reminder.send")
      assert.same({ pending = 20 }, letters.states(copy))
      status, output = run({ "remind", "--data", data })
      assert.equal(1, status)
      assert.truthy(output:find("this database is a restored copy", 1, true), output)
      assert.equal(before, sink:letters())
    end
    do
      local copy <close> = letters.server(sink, { data = data, args = { "--reminders", "on" } })
      assert.truthy(copy:log():find("sends letters from now on", 1, true))
      copy:set_clock(letters.OPENS)
      letters.await(copy, "sent", 20)
    end
    local copy <close> = letters.server(sink, { data = data })
    assert.is_nil(copy:log():find("RESTORED COPY", 1, true))
  end)

  it("is of one moment while others write, and the server goes on", function()
    local count = tonumber((srv:sql("SELECT count(*) FROM capsule")))
    local during = process.folder() .. "/during.db"
    local wait = server.begin({ args = { "backup", during, "--data", srv.data } })
    for i = 1, 30 do
      letters.put(srv, ("more%d@example.org"):format(i))
    end
    assert.equal(0, (wait()))
    local data = place_like(srv.data)
    assert.equal(0, (run({ "restore", during, "--data", data })))
    local rows = tonumber(process.output(("sqlite3 %s/capsules.db 'SELECT count(*) FROM capsule'"):format(data)))
    local mails = tonumber(process.output(("sqlite3 %s/capsules.db 'SELECT count(*) FROM reminder'"):format(data)))
    assert.equal(rows, mails)
    assert.is_true(rows >= count and rows <= count + 30)
  end)

  it("keeps as many as it is told to, and replaces nothing that is no backup", function()
    local kept = process.folder() .. "/kept.db"
    for _ = 1, 4 do
      assert.equal(0, (run({ "backup", kept, "--keep", "3", "--data", srv.data })))
    end
    assert.is_truthy(lfs.attributes(kept .. ".2"))
    assert.is_nil(lfs.attributes(kept .. ".3"))
    files.write(kept:match("^(.*)/"), { ["kept.db"] = "-- MariaDB dump 10.19, of a site that was on MariaDB\n" })
    assert.equal(0, (run({ "backup", kept, "--keep", "3", "--data", srv.data })))
    local text = process.folder() .. "/notes.txt"
    files.write(text:match("^(.*)/"), { ["notes.txt"] = "not a database, but somebody's" })
    for _, case in ipairs({
      { { "backup", text }, "it would replace a file that is no backup" },
      { { "backup", srv.data .. "/capsules.db" }, "is the database itself" },
      { { "backup" }, "no FILE is named" },
      { { "backup", kept, "--keep", "0" }, "no number from 1" },
      { { "backup", kept, "--kep", "1" }, "there is no option --kep" },
      { { "backup", "/no/such/folder/x" }, "cannot write '/no/such/folder/x.part'" },
    }) do
      local words = case[1]
      words[#words + 1] = "--data"
      words[#words + 1] = srv.data
      local status, output = run(words)
      assert.equal(2, status, output)
      assert.truthy(output:find(case[2], 1, true), output)
    end
    assert.equal("not a database, but somebody's", files.read(text))
  end)
end)

describe("timecapsule restore", function()
  local data, file, key

  lazy_setup(function()
    data = process.folder()
    local srv <close> = server.start({ data = data })
    key = srv:json("/api/v1/capsules", { name = "n", content = "kept", opens_at = os.time() + 1000 })
      :expect({ status = 201 }):json().key
    file = process.folder() .. "/b.db"
    assert.equal(0, (run({ "backup", file, "--data", data })))
  end)

  local function refuses(args, words)
    local status, output = run(args)
    assert.equal(2, status, output)
    assert.truthy(output:find(words, 1, true), output)
    assert.truthy(output:find("nothing was changed", 1, true), output)
  end

  it("refuses what is no backup, what is damaged, and what is newer", function()
    local empty = process.folder()
    files.write(empty, { ["x.txt"] = "words" })
    refuses({ "restore", empty .. "/x.txt", "--data", empty }, "is no database of SQLite")
    refuses({ "restore", empty .. "/none", "--data", empty }, "cannot open")
    local bytes = files.read(file)
    local hole = bytes:sub(1, 8192) .. ("\xa5"):rep(20000) .. bytes:sub(28193)
    files.write(empty, { ["damaged.db"] = hole })
    local status, output = run({ "restore", empty .. "/damaged.db", "--data", empty })
    assert.equal(2, status, output)
    process.output(("cp %s %s/newer.db"):format(file, empty))
    process.output(("sqlite3 %s/newer.db \"INSERT INTO migration SELECT space, 99, statement, checksum, applied_at"
      .. " FROM migration WHERE space = 'app' LIMIT 1\""):format(empty))
    refuses({ "restore", empty .. "/newer.db", "--data", empty }, "migration 0099")
    assert.is_nil(lfs.attributes(empty .. "/capsules.db"))
    assert.is_nil(lfs.attributes(empty .. "/capsules.db.restore"))
  end)

  it("puts nothing in the place of a database without --force, and with it keeps the old one beside", function()
    local place = process.folder()
    local other
    do
      local srv <close> = server.start({ data = place })
      other = srv:json("/api/v1/capsules", { name = "n", content = "the old one's", opens_at = os.time() + 1000 }):json().key
      refuses({ "restore", file, "--data", place, "--force" }, "a server runs on the data folder")
    end
    refuses({ "restore", file, "--data", place }, "--force puts it aside")
    local secret = files.read(place .. "/secret")
    local status, output = run({ "restore", file, "--data", place, "--force" })
    assert.equal(0, status, output)
    assert.truthy(output:find("bring the secret before you start", 1, true), output)
    local old = output:match("is now (%S+)%.\n")
    assert.is_truthy(old, output)
    process.output(("cp -p %s/secret %s/secret"):format(data, place))
    do
      local srv <close> = server.start({ data = place })
      srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 403 })
      srv:json("/api/v1/capsules/open", { key = other }):expect({ status = 404 })
    end
    local back = process.folder()
    files.write(back, { secret = secret })
    process.output("chmod 600 " .. back .. "/secret")
    assert.equal(0, (run({ "restore", old, "--data", back })))
    local srv <close> = server.start({ data = back })
    srv:json("/api/v1/capsules/open", { key = other }):expect({ status = 403 })
  end)
end)
