--- The prompt: what it shows, what it keeps, where it says an error is; from lines, and at a terminal.
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")

describe("timecapsule console", function()
  local srv, place, env

  lazy_setup(function()
    srv = server.start({ args = { "--workers", "1" } })
    place, env = letters.same_place(srv)
  end)
  lazy_teardown(function()
    srv:stop()
  end)

  --- Its words for a shell, and what stands before them.
  local function words(more)
    local list = { "env", "LC_ALL=C.UTF-8" }
    for name, value in pairs(srv.database and env or {}) do
      list[#list + 1] = process.quoted(name .. "=" .. value)
    end
    list[#list + 1] = more or ""
    list[#list + 1] = process.quoted(server.program())
    list[#list + 1] = "console --data " .. process.quoted(srv.data)
    for _, word in ipairs(place) do
      list[#list + 1] = process.quoted(word)
    end
    return table.concat(list, " ")
  end

  local function run(command, input)
    local folder = process.folder()
    local file = assert(io.open(folder .. "/in", "wb"))
    file:write(input)
    file:close()
    local pipe = assert(io.popen(("%s <%s/in 2>&1"):format(command, folder)))
    local output = pipe:read("a")
    local _, _, status = pipe:close()
    return status, output
  end

  --- What lines answer; without the line that says where it is.
  local function answer(input, wanted_status)
    local status, output = run(words(), input)
    assert.equal(wanted_status or 0, status, output)
    local head, rest = output:match("^(database [^\n]*)\n(.*)$")
    assert.truthy(head, output)
    return rest, head
  end

  local function marks()
    return srv:sql("SELECT count(*) FROM meta WHERE name LIKE 'spec%'")
  end

  it("says which database it is on, and not its password", function()
    local _, head = answer("")
    local where = srv.database and "mariadb://spec@127.0.0.1:" .. srv.database.server.port .. "/" .. srv.database.name
      or "sqlite://" .. srv.data .. "/capsules.db"
    assert.truthy(head:find("database " .. where .. ", files ", 1, true), head)
    assert.is_nil(head:find("spec:", 1, true), head)
  end)

  it("shows values readably, and keeps names", function()
    assert.equal('2\n"a\\n\\xff你"\nnil\ntrue\n', answer('1 + 1, "a\\n\\xff你", nil, true\n'))
    assert.equal('{ 1, 2, [true] = {}, a = { b = 1.5 } }\n', answer("t = { 1, 2, a = { b = 1.5 }, [true] = {} }\nt\n"))
    local long = answer("{ ('x'):rep(60), ('y'):rep(60), key = { 1 } }\n")
    assert.equal(('{\n  "%s",\n  "%s",\n  key = { 1 },\n}\n'):format(("x"):rep(60), ("y"):rep(60)), long)
    assert.matches("%.%.%.}\n$", (answer("t = {} t.t = t\nt\n"):gsub("…", "...")):gsub("[ }]+\n$", "}\n"))
    assert.equal("function: scripts/capsule/key.lua:", answer('require("capsule.key").new\n'):match("^[^%d]+"))
  end)

  it("has the generation's database, modules and settings", function()
    assert.equal("{}\n", answer('db.all("reminder.count")\n'))
    assert.equal("16\n16\n", answer('config.key_length, #require("capsule.key").new()\n'))
    assert.matches("there is no statement 'no.such'", answer('db.all("no.such")\n', 1))
    assert.matches("there is no mail in this command", answer('require("host.smtp").send({ to = "a@example.org" })\n', 1))
  end)

  it("takes what is not complete on in the next line, and names the line of an error", function()
    assert.equal("6\n", answer("s = 0\nfor i = 1, 3 do\n  s = s + i\nend\ns\n"))
    assert.matches("^typed:4: attempt to perform arithmetic", answer("s = 0\n\nfor i = 1, 3 do\n  s = s + nil\nend\n", 1))
    assert.matches("^typed:2: unexpected symbol near '%)'", answer("x = 1\n)\n", 1))
    assert.matches("^typed:2: 'end' expected near <eof>", answer("x = 1\nif x then", 1))
    assert.equal("7\n", (answer("error('no')\n3 + 4\n", 1):match("\n(7\n)$")))
    assert.matches("there are :sql TEXT, :commit", answer(":what\n", 1))
  end)

  it("rolls everything back unless it is committed", function()
    local write = ":sql INSERT INTO meta (name, value) VALUES ('spec %d', '1')\n"
    assert.matches("%-%- 1 changed\n%-%- written, not committed.*\n1\n.*%-%- rolled back\n$",
      answer(write:format(1) .. ":sql SELECT count(*) AS n FROM meta WHERE name LIKE 'spec%'\n"))
    assert.equal("0", marks())
    answer(write:format(1) .. ":rollback\n" .. write:format(2) .. ":commit\n" .. write:format(3))
    assert.equal("1", marks())
    assert.equal("1", srv:sql("SELECT count(*) FROM meta WHERE name = 'spec 2'"))
    assert.equal("-- nothing was written\n", answer(":commit\n"))
    srv:sql("DELETE FROM meta WHERE name LIKE 'spec%'")
  end)

  it("treats what scripts write in the same way, each statement whole or not at all", function()
    local move = [[
db.exec("reseal.begin", { value = "a" })
db.batch({ { "reseal.move", { value = "b", seen = "a" } }, { "reseal.begin", { value = "c" } } })
db.one("reseal.state").value
db.tx(function(tx) tx:exec("reseal.move", { value = "d", seen = "a" }) return nil, "no", "state" end)
db.one("reseal.state").value
db.tx(function(tx) return tx:exec("reseal.move", { value = "e", seen = "a" }) end)
db.one("reseal.state").value
]]
    local function state()
      return srv:sql("SELECT value FROM meta WHERE name = 'reseal'")
    end
    local output = answer(move)
    assert.matches('"conflict"\n"a"\nnil\n"no"\n"state"\n"a"\n{ affected = 1.-\n"e"\n', output)
    assert.equal("", state())
    answer(move .. ":commit\n")
    assert.equal("e", state())
    srv:sql("DELETE FROM meta WHERE name = 'reseal'")
  end)

  it("edits lines at a terminal, remembers them, and can be interrupted", function()
    local status, output = run("python3 spec/support/terminal.py " .. words("TIMECAPSULE_HOLD_MS=1000"), table.concat({
      "? > ", [[> 1 + 4x\x7f1\r]], "? 42", "? > ",
      [[> \x1b[A\r]], "? 42", "? > ", -- the arrow key: the line before
      [[> "begun]], "? begun", [[> \x03]], "? > ",
      [[> print("g".."o") while true do end\r]], "? go", [[> \x03]], "? interrupted", "? > ",
      [[> print("g".."o") clock.sleep(600)\r]], "? go", [[> \x03]], "? interrupted", "? > ",
      [[> for i = 1, 1 do\r]], "? >> ", [[> print("\xe4\xbd\xa0 " .. i) end\r]], [[? \n\xe4\xbd\xa0 1]], "? > ",
      [[> :sql DELETE FROM meta\r]], "? *> ", "> 20 +", "? rolled back", "? > 20 +", [[> 2\r]], "? 22", "? > ", [[> \x04]],
    }, "\n") .. "\n")
    assert.equal(0, status, output)
    assert.not_equal("0", srv:sql("SELECT count(*) FROM meta"))
  end)

  it("ends at Ctrl-D typed while something runs", function()
    local steps = { "? > ", [[> print("g".."o") clock.sleep(0.5)\r]], "? go", [[> \x04]] }
    local status, output = run("python3 spec/support/terminal.py " .. words(), table.concat(steps, "\n") .. "\n")
    assert.equal(0, status, output)
  end)
end)
