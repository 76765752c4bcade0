--- A site's jobs: done at least once, again when they fail, never by who does not know them, and what they hold is
--- sealed while they wait and gone after.
local admin = require("spec.support.admin")
local files = require("spec.support.files")
local json = require("host.json")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")

local NOW = 1893456000 -- 2030-01-01

local SITE = [[
local clock = require("host.clock")
local db = require("host.db")
local job = require("job")
local json = require("host.json")
local reply = require("web.reply")
local shared = require("host.shared").space("site.jobs")

local function note(text)
  shared:set("all", (shared:get("all") or "") .. text .. "\n")
end

job.define("site.note", function(args, about)
  note(("%s %d"):format(args.text, about.attempt))
end)

job.define("site.fails", function(args, about)
  note(("fails %d"):format(about.attempt))
  if args.raises then
    error("it raised")
  end
  return nil, "the peer said no", args.kind or "io"
end, { attempts = 3, first = 1000, most = 1500 })

job.define("site.says", function(args)
  return nil, args.bad and "bad \xff" or ("\u{5929}"):rep(600), "permanent"
end)

job.define("site.slow", function(args)
  note("begun")
  clock.sleep(args.seconds)
  note("ended")
end, { timeout = 40 })

job.define("site.brief", function()
  clock.sleep(30)
end, { timeout = 1, attempts = 1 })

job.define("site.heavy", function()
  note("heavy")
  while true do end -- luacheck: ignore 542
end, { attempts = 2 })

return function(app)
  app:post("site.add", "/-/add", function(req)
    local asked = json.decode(req.body)
    local added, message, kind = job.add(asked.name, asked.args, asked.options)
    if not added then
      return nil, message, kind
    end
    return reply.text("added")
  end)
  app:post("site.batch", "/-/batch", function(req)
    local asked = json.decode(req.body)
    local calls = {}
    for i, text in ipairs(asked) do
      calls[i] = job.item("site.note", { text = text }, { unique = text })
    end
    if req.query.bad then
      calls[#calls + 1] = job.item("site.note")
      calls[#calls][2].token = nil -- which no row may lack
    end
    return reply.text(tostring((db.batch(calls) and "all")))
  end)
  app:post("site.cancel", "/-/cancel", function(req)
    return reply.text(tostring(job.cancel("site.note", req.body)))
  end)
  app:get("site.noted", "/-/noted", function()
    local all = shared:get("all") or ""
    shared:delete("all")
    return reply.text(all)
  end)
end
]]

local function start(options)
  options = options or {}
  local site = options.site or files.folder({ ["scripts/site.lua"] = SITE })
  local srv = server.start({ data = options.data, args = { "--workers", "1", "--rate-limits", "off", "--site", site,
    table.unpack(options.args or {}) } })
  srv:set_clock(options.at or NOW)
  return srv, site
end

local function add(srv, name, args, options)
  srv:request({ method = "POST", path = "/-/add", headers = { ["Content-Type"] = "text/plain" },
    body = json.encode({ name = name, args = args or {}, options = options }) }):expect({ status = 200 })
end

local function noted(srv)
  return srv:get("/-/noted").body
end

--- What has been noted until it is so much.
local function await(srv, text)
  local all = ""
  process.wait_for(function()
    all = all .. noted(srv)
    return #all >= #text
  end)
  assert.equal(text, all)
end

local function rows(srv, where)
  return tonumber(srv:sql("SELECT count(*) FROM job" .. (where and " WHERE " .. where or "")))
end

local function await_rows(srv, count, where)
  assert(process.wait_for(function()
    return rows(srv, where) == count
  end), srv:sql("SELECT name, state, attempts, why FROM job"))
end

describe("a job", function()
  it("is done when it is due, once, and then there is nothing of it", function()
    local srv <close> = start()
    add(srv, "site.note", { text = "now" })
    add(srv, "site.note", { text = "planted-in-vain" }, { at = NOW + 10000 })
    await(srv, "now 1\n")
    await_rows(srv, 1)
    local dump = srv:sql("SELECT * FROM job")
    assert.is_nil(dump:find("planted", 1, true))
    assert.equal("", noted(srv))
    srv:set_clock(NOW + 10000)
    await(srv, "planted-in-vain 1\n")
    await_rows(srv, 0)
    assert.equal(2, srv:metric('tc_jobs_total{outcome="done"}'))
  end)

  it("is one of its name with the same words, of which the latest counts", function()
    local srv <close> = start()
    add(srv, "site.note", { text = "first" }, { at = NOW + 10000, unique = "switch" })
    add(srv, "site.note", { text = "second" }, { at = NOW + 20000, unique = "switch" })
    add(srv, "site.note", { text = "third" }, { at = NOW + 20000, unique = "other" })
    assert.equal(2, rows(srv))
    srv:set_clock(NOW + 15000)
    srv:post("/-/cancel", "nothing"):expect({ body = "false" })
    srv:post("/-/cancel", "other"):expect({ body = "true" })
    assert.equal("", noted(srv))
    srv:set_clock(NOW + 20000)
    await(srv, "second 1\n")
    await_rows(srv, 0)
  end)

  it("that is put anew while it is being done is done again", function()
    local srv <close> = start()
    add(srv, "site.slow", { seconds = 0.5 }, { unique = "x" })
    await(srv, "begun\n")
    add(srv, "site.slow", { seconds = 0 }, { unique = "x" })
    await(srv, "ended\nbegun\nended\n")
    await_rows(srv, 0)
  end)

  it("goes into a batch, with the rest or not at all", function()
    local srv <close> = start()
    srv:request({ method = "POST", path = "/-/batch", headers = { ["Content-Type"] = "text/plain" },
      body = json.encode({ "a", "b" }) }):expect({ body = "all" })
    await(srv, "a 1\nb 1\n")
    srv:request({ method = "POST", path = "/-/batch?bad=1", headers = { ["Content-Type"] = "text/plain" },
      body = json.encode({ "c" }) })
    assert.equal(0, rows(srv, "only_one = 'c'"))
  end)

  it("that fails is tried again after twice as long each time, and then shown", function()
    local srv <close> = start()
    local browser = admin.sign_in(srv)
    browser:get("/jobs"):expect({ status = 200 }):expect_body("There are no jobs")
    add(srv, "site.fails")
    await(srv, "fails 1\n")
    await_rows(srv, 1, "lease_owner IS NULL AND next_at >= " .. NOW + 1000)
    srv:set_clock(NOW + 2000)
    await(srv, "fails 2\n")
    await_rows(srv, 1, "lease_owner IS NULL AND next_at >= " .. NOW + 3500)
    srv:set_clock(NOW + 5000)
    await(srv, "fails 3\n")
    await_rows(srv, 1, "state = 'failed'")
    browser:get("/jobs"):expect({ status = 200 }):expect_body("site.fails", "the peer said no", "Try again")
    browser:get("/jobs?lang=zh-CN"):expect_body("再试")
    browser:get("/"):expect_body("1 jobs of the site have failed")
    local data = browser:json("/jobs")
    assert.equal(3, data.failed[1].attempts)
    assert.is_true(data.jobs[1].known)
    local status, output = letters.run(srv, "jobs")
    assert.equal(0, status, output)
    assert.matches("site.fails\tWaiting 0\tFailed 1", output)
    status, output = letters.run(srv, "jobs", "--again", "all")
    assert.equal(0, status, output)
    await(srv, "fails 1\n")
    add(srv, "site.fails", { kind = "permanent" })
    await(srv, "fails 1\n")
    await_rows(srv, 1, "state = 'failed'")
    browser:post("/jobs/drop", { number = "all" }):expect({ status = 200 }):expect_body("1 jobs are given up")
    assert.equal(0, rows(srv, "state = 'failed'"))
  end)

  it("that raises is a fault of the site's, and is tried again", function()
    local srv <close> = start()
    add(srv, "site.fails", { raises = true })
    await_rows(srv, 1, "why LIKE '%site.lua:%it raised'")
    assert.equal(1, srv:metric('tc_site_faults_total{where="job"}'))
  end)

  it("that fails with words that are no text, or too many, says what can be said", function()
    local srv <close> = start()
    add(srv, "site.note", { text = "other" }, { at = NOW + 10 })
    add(srv, "site.says", { bad = true }, { at = NOW + 10 })
    add(srv, "site.says", {}, { at = NOW + 10 })
    srv:set_clock(NOW + 10)
    await(srv, "other 1\n")
    await_rows(srv, 2, "state = 'failed' AND attempts = 1")
    assert.equal("bad ?", srv:sql("SELECT why FROM job WHERE id = 2"))
    assert.equal(("天"):rep(499) .. "…", srv:sql("SELECT why FROM job WHERE id = 3"))
  end)

  it("that takes too long, or is over a limit, comes to an end, and others go on", function()
    local srv <close> = start()
    add(srv, "site.brief")
    await_rows(srv, 1, "state = 'failed' AND why LIKE 'it took longer than 1 seconds'")
    add(srv, "site.heavy")
    await(srv, "heavy\n")
    add(srv, "site.note", { text = "well" })
    await(srv, "well 1\n")
    for i = 1, 2 do
      srv:set_clock(NOW + 1000 * i)
      if i == 1 then
        await(srv, "heavy\n")
      end
    end
    await_rows(srv, 1, "name = 'site.heavy' AND state = 'failed' AND why LIKE '%begun so often%'")
  end)

  it("survives whoever dies in the midst of it", function()
    local data = server.folder()
    local srv, site = start({ data = data })
    add(srv, "site.slow", { seconds = 30 })
    await(srv, "begun\n")
    srv:kill("KILL")
    srv:wait()
    srv:stop()
    local again <close> = start({ data = data, site = site })
    add(again, "site.note", { text = "other" })
    await(again, "other 1\n")
    assert.equal(1, rows(again, "name = 'site.slow' AND attempts = 1"))
    again:set_clock(NOW + 1000)
    await(again, "begun\n")
    await_rows(again, 1, "name = 'site.slow' AND attempts = 2 AND lapses = 1")
  end)

  it("stays where nobody knows it, for who does", function()
    local data = server.folder()
    local srv, site = start({ data = data })
    add(srv, "site.note", { text = "later" }, { at = NOW + 10000 })
    srv:stop()
    local bare <close> = start({ data = data, at = NOW + 20000, site = files.folder({
      ["scripts/site.lua"] = 'require("job").define("site.other", print) return function() end' }) })
    local browser = admin.sign_in(bare)
    browser:get("/jobs"):expect_body("site.note", "do not know it")
    bare:stop()
    local back <close> = start({ data = data, at = NOW + 20000, site = site })
    await(back, "later 1\n")
  end)

  it("is sealed again when another server secret has become current", function()
    local srv <close> = start()
    add(srv, "site.note", { text = "kept" }, { at = NOW + 10000 })
    local function sealed()
      return srv:sql("SELECT hex(sealed) FROM job")
    end
    local before = sealed()
    local status, output = letters.run(srv, "secret", "add")
    assert.equal(0, status, output)
    assert.equal(before, sealed())
    status, output = letters.run(srv, "secret", "rotate")
    assert.equal(0, status, output)
    srv:set_clock(NOW + 1000)
    assert(process.wait_for(function()
      return sealed() ~= before
    end), srv:log())
    srv:set_clock(NOW + 10000)
    await(srv, "kept 1\n")
  end)

  it("is not done by a restored copy of a database", function()
    local srv <close> = start()
    srv:sql("INSERT INTO meta (name, value) VALUES ('restored_at', '1')")
    add(srv, "site.note", { text = "twice" })
    local before = srv:runs("job.site.note")
    process.wait_for(function()
      return srv:runs("job.site.note") > before + 1
    end)
    assert.equal("", noted(srv))
    srv:sql("DELETE FROM meta WHERE name = 'restored_at'")
    await(srv, "twice 1\n")
  end)
end)

describe("a job's declaration", function()
  local function faults(source)
    local site = files.folder({ ["scripts/site.lua"] = source })
    local status, output = server.run({ args = { "check", "--site", site } })
    assert.equal(1, status, output)
    return output
  end

  it("is refused with words where it is wrong", function()
    local frame = 'local job = require("job")\n%s\nreturn function() end'
    assert.matches("site.lua:2: a job's name is of letters", faults(frame:format('job.define("A b", print)')))
    assert.matches("site.lua:2: job.define takes a name", faults(frame:format('job.define("a")')))
    assert.matches("site.lua:2: a job's policy has no 'attemps'",
      faults(frame:format('job.define("a", print, { attemps = 1 })')))
    assert.matches("site.lua:2: timeout is no number from 1 to 40",
      faults(frame:format('job.define("a", print, { timeout = 60 })')))
    assert.matches("there is a job 'a' already",
      faults(frame:format('job.define("a", print) job.define("a", print)')))
    assert.matches("there is no job 'site.weebhook'; did you mean 'site.webhook'",
      faults(frame:format('job.define("site.webhook", print) job.item("site.weebhook")')))
  end)
end)
