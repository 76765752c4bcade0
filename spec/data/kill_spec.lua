--- Killed at whatever moment and run again, an export, an import and a restore leave everything there and
--- nothing twice.  ROUNDS says how often each is killed (2); with SOAK it is 10 times.
local crypto = require("host.crypto")
local files = require("spec.support.files")
local json = require("host.json")
local letters = require("spec.support.letters")
local lfs = require("lfs")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local SOAK = os.getenv("SOAK") ~= nil
local ROUNDS = SOAK and 10 or tonumber(os.getenv("ROUNDS") or "") or 2
local ROWS = SOAK and 20000 or 2000

local HEAD = "CREATE TABLE `Capsule` (\n  `id` int,\n  `key` varchar(30),\n  `name` varchar(50),\n  `email` varchar(30),\n"
  .. "  `time` datetime,\n  `content` text,\n  `tips` text,\n  `is_send_email` tinyint\n);\nINSERT INTO `Capsule` VALUES "

local function sql(where, statement)
  return where.database and where.database:sql(statement)
    or (process.output(("sqlite3 -batch -cmd '.timeout 5000' %s/capsules.db %s"):format(where.data, process.quoted(statement)))
      :gsub("\n$", ""))
end

--- What is there, as one line: numbers of rows, and sums that tell rows that are there twice or changed.
local function sums(where)
  return sql(where, "SELECT (SELECT count(*) FROM capsule), (SELECT count(*) FROM reminder), (SELECT count(*) FROM mailbox),"
    .. " (SELECT count(DISTINCT key_hash) FROM capsule), (SELECT sum(id) FROM capsule), (SELECT sum(length(body)) FROM capsule),"
    .. " (SELECT sum(capsule_id) FROM reminder), (SELECT count(*) FROM reminder WHERE state = 'pending')")
end

--- Runs a command to its end: status, output, and the seconds that it took.
local function run(where, ...)
  local began = socket.gettime()
  local status, output = letters.run(where, ...)
  return status, output, socket.gettime() - began
end

--- Begins a command and kills it so many seconds later.
local function kill_at(seconds, where, ...)
  local place, env = letters.same_place(where)
  local args = { "-s", "KILL", ("%.2f"):format(seconds), server.program(), ... }
  table.move(place, 1, #place, #args + 1, args)
  table.move({ "--data", where.data }, 1, 2, #args + 1, args)
  server.begin({ program = "timeout", args = args, env = env })()
end

--- An empty place that has that secret.
local function place_like(from, kind)
  local where = { data = process.folder(), database = kind == "mariadb" and mariadb.shared():create() or nil }
  process.output(("cp -p %s/secret %s/secret"):format(from.data, where.data))
  if where.database then
    assert.equal(0, (run(where, "migrate")))
  end
  return where
end

--- What an export's rows are, as one hash: members of a line come in any order.
local function digest(path)
  local lines = {}
  for line in process.output("zstd -dc " .. path .. " | tail -n +2"):gmatch("[^\n]+") do
    local name, row = next(json.decode(line))
    local members = {}
    for column, value in pairs(row) do
      members[#members + 1] = column .. "=" .. (type(value) == "table" and "" or value)
    end
    table.sort(members)
    if name ~= "audit" then -- an export is an act itself
      lines[#lines + 1] = name .. table.concat(members, " ")
    end
  end
  return #lines .. " lines " .. crypto.hex(crypto.hash(table.concat(lines, "\n")))
end

describe("killed at whatever moment and run again,", function()
  local from, all, seconds, export

  lazy_setup(function()
    local rows, folder = {}, process.folder()
    for i = 1, ROWS do
      rows[i] = ("(%d,'cccc-cccc-cccc-ccc%05d','n','r%d@example.org','2091-01-01 00:00:00','c %d','',0)"):format(i, i, i % 50, i)
    end
    files.write(folder, { ["dump.sql"] = HEAD .. table.concat(rows, ",\n") .. ";\n" })
    from = { data = process.folder() }
    local status, output = run(from, "import", "--from", folder .. "/dump.sql")
    assert.equal(0, status, output)
    all = sums(from)
    export = process.folder() .. "/all.export"
    status, output, seconds = run(from, "export", export, "--limit-cpu", "300ms") -- it takes more in all
    assert.equal(0, status, output)
    status, output = run(from, "import", export, "--dry-run", "--limit-cpu", "300ms")
    assert.equal(0, status, output)
  end)

  it("an export has its name when it is whole, and not before", function()
    local path = process.folder() .. "/again.export"
    for _ = 1, ROUNDS do
      kill_at(math.random() * seconds, from, "export", path)
      assert(not lfs.attributes(path) or os.execute("zstd -q -t " .. path), "half an export has its name")
    end
    local status, output = run(from, "export", path)
    assert.equal(0, status, output)
    assert.equal(digest(export), digest(path))
    assert.is_nil(lfs.attributes(path .. ".part"))
  end)

  for _, kind in ipairs({ "sqlite", "mariadb" }) do
    it("an import goes on and brings each row once, into " .. kind, function()
      local trial = place_like(from, kind)
      local status, output, whole = run(trial, "import", export)
      assert.equal(0, status, output)
      assert.equal(all, sums(trial))
      local there = place_like(from, kind)
      for _ = 1, ROUNDS do
        kill_at(math.random() * whole, there, "import", export)
      end
      status, output = run(there, "import", export)
      assert.equal(0, status, output)
      assert.equal(all, sums(there))
      assert.truthy(output:find(" 0 skipped", 1, true), output)
    end)
  end

  it("a restore has brought all or nothing", function()
    local copy = process.folder() .. "/copy.db"
    assert.equal(0, (run(from, "backup", copy)))
    local trial = place_like(from)
    local status, output, whole = run(trial, "restore", copy)
    assert.equal(0, status, output)
    local there = place_like(from)
    for _ = 1, ROUNDS do
      kill_at(math.random() * whole, there, "restore", copy)
      if lfs.attributes(there.data .. "/capsules.db") then
        assert.equal(all, sums(there))
        os.remove(there.data .. "/capsules.db")
      end
    end
    status, output = run(there, "restore", copy)
    assert.equal(0, status, output)
    assert.equal(all, sums(there))
    assert.is_nil(lfs.attributes(there.data .. "/capsules.db.restore"))
  end)
end)
