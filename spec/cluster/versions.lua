--- Old and new side by side on one schema: the program that wrote spec/fixtures/v1, on the tables of today's, beside it.
--- One thing it cannot: show the note of a capsule that today's put, before its time; the note's seal has changed once
--- before the first release.
--- Run by spec/cluster/run, which builds that program from the history; OLD_PROGRAM names it.
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

local OLD = assert(os.getenv("OLD_PROGRAM"), "OLD_PROGRAM names no program")

local ROOT = OLD:match("^(.*)/build/")

local ROUNDS = 20

describe("the oldest program that is kept, on the tables of this one", function()
  local new, old, sink, base, before

  local function args(more)
    local all = { "--rate-limits", "off", "--mail", sink:url(), "--mail-from", "capsule@sender.example" }
    for _, setting in ipairs({ "confirm_addresses=off", "mails_per_minute=0", "mails_per_day=0", "mails_per_address=0" }) do
      all[#all + 1] = "--set"
      all[#all + 1] = setting
    end
    return table.move(more or {}, 1, #(more or {}), #all + 1, all)
  end

  local function put(srv, changes)
    local capsule = { name = "Ann", content = "words for later", opens_at = os.time() + 3600 }
    for name, value in pairs(changes or {}) do
      capsule[name] = value
    end
    return srv:json("/api/v1/capsules", capsule):expect({ status = 201 }):json().key
  end

  local function open(srv, key)
    return srv:json("/api/v1/capsules/open", { key = key })
  end

  -- It runs when the tables become today's below it, as in an upgrade of one server after the other.
  lazy_setup(function()
    sink, base = smtp.start(), mariadb.shared():create()
    old = server.start({ program = OLD, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" },
      args = args({ "--app", ROOT, "--migrate", "--database", base:url() }) })
    before = put(old)
    new = server.start({ database = base, args = args({ "--secret-file", old.data .. "/secret" }) })
  end)
  lazy_teardown(function()
    old:stop({ any = true })
    new:stop({ any = true })
    sink:stop()
  end)

  it("serves, and says that it is ready", function()
    old:get("/readyz"):expect({ status = 200 })
    new:get("/readyz"):expect({ status = 200 })
    old:get("/put"):expect({ status = 200 })
  end)

  it("opens what the new one put, and the new one what it put", function()
    for _ = 1, ROUNDS do
      local theirs, ours = put(old), put(new)
      open(new, theirs):expect({ status = 403 })
      open(new, ours):expect({ status = 403 })
    end
    open(new, before):expect({ status = 403 })
    local soon = os.time() + 2
    local theirs, ours = put(old, { opens_at = soon }), put(new, { opens_at = soon })
    assert.is_true(process.wait_for(function()
      return os.time() > soon
    end))
    assert.equal("words for later", open(new, theirs):expect({ status = 200 }):json().content)
    assert.equal("words for later", open(old, ours):expect({ status = 200 }):json().content)
  end)

  it("sends letters beside it, each once, whoever asked for them", function()
    local due = os.time() + 4
    for i = 1, ROUNDS do
      put(old, { opens_at = due, email = ("old%d@example.org"):format(i) })
      put(new, { opens_at = due, email = ("new%d@example.org"):format(i) })
    end
    assert.is_true(process.wait_for(function()
      return base:sql("SELECT count(*) FROM reminder WHERE state = 'sent'") == tostring(2 * ROUNDS)
    end), base:sql("SELECT state, count(*) FROM reminder GROUP BY state") .. old:log())
    local seen = {}
    for _, letter in ipairs(letters.letters(sink)) do
      assert.is_nil(seen[letter.id], "twice: " .. letter.to)
      seen[letter.id] = true
    end
    assert.equal(2 * ROUNDS, sink:letters())
  end)

  it("has found no fault, and started again says that it is the older one", function()
    old:stop()
    assert.is_nil(old:log():find(" error ", 1, true), old:log())
    local status, log = server.refused({ program = OLD, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" },
      args = args({ "--app", ROOT, "--database", base:url(), "--secret-file", old.data .. "/secret" }) })
    assert.equal(1, status)
    assert.truthy(log:find("the database is newer than this program", 1, true), log)
  end)
end)
