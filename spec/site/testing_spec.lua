--- `timecapsule test --site DIR` gives specs of a site a visitor, a clock, an outbox and a database that is rolled back.
local files = require("spec.support.files")
local mariadb = require("spec.support.mariadb")
local server = require("spec.support.server")

local SITE = {
  ["scripts/site.lua"] = [[
local db = require("host.db")
local reply = require("web.reply")
local smtp = require("host.smtp")

return function(app)
  app:get("site.wall", "/wall", function(req)
    return reply.html(req, "pages/wall", { lines = db.all("site.wall_all"), said = "" })
  end)
  app:post("site.wall_add", "/wall", function(req)
    if req.form.sentence == "boom" then
      error("no luck")
    elseif req.form.sentence == "" then
      return reply.html(req, "pages/wall", { lines = {}, said = req.form.mood or "-" }, { status = 422 })
    end
    local done, message, kind = db.batch({
      { "site.wall_add", { sentence = req.form.sentence, at = require("host.clock").now() } },
      { "site.wall_add", { sentence = req.form["do"] .. " " .. (req.form.loud or "quiet"), at = 0 } },
    })
    if not done then
      return nil, message, kind
    end
    local sent, why, what = smtp.send({ to = "ann@example.org", subject = "New", text = req.form.sentence })
    if not sent then
      return nil, why, what
    end
    return reply.redirect(app:url("site.wall"))
  end)
  app:on("capsule.put", function(capsule)
    db.exec("site.wall_add", { sentence = "put by " .. capsule.name, at = 1 })
  end)
end
]],
  ["templates/pages/wall.html"] = [[
<% layout("layouts/main") %><% block("title") %>Wall<% endblock() %>
<ul><% for _, line in ipairs(lines) do %><li><%= line.sentence %> at <%= line.at %></li><% end %></ul>
<p>mood: <%= said %></p>
<form method="post" action="<%= url("site.wall") %>" id="wall">
<input type="hidden" name="mood" value="a &amp; b"><textarea name="sentence"></textarea>
<input type="checkbox" name="loud" value="LOUD" checked>
<select name="size"><option value="1">one</option><option selected>two</option></select>
<button name="do" value="add">Add</button></form>
]],
  ["sql/queries/wall.sql"] = [[
-- name: site.wall_all
SELECT sentence, at FROM site_wall ORDER BY at DESC, sentence;

-- name: site.wall_add
INSERT INTO site_wall (sentence, at) VALUES (:sentence, :at);
]],
  ["sql/migrations/0001_wall.sql"] = "CREATE TABLE site_wall (sentence VARCHAR(200) PRIMARY KEY, at BIGINT NOT NULL);\n",
}

local function run(spec, database)
  local site = files.folder(SITE)
  files.write(site, { ["spec/wall_spec.lua"] = 'local testing = require("testing")\nlocal db = require("host.db")\n' .. spec })
  local function command(name)
    local args = { name, "--site", site, database and "--database", database and database:url() }
    if database then
      table.move({ "--data", site .. "/data", "--secret-file", site .. "/secret" }, 1, 4, #args + 1, args)
    end
    return server.run({ args = args, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" } })
  end
  if database then
    assert.equal(0, (command("migrate")))
  end
  return command("test")
end

local GOOD = [[
local function count()
  return #db.all("site.wall_all")
end

describe("the wall", function()
  setup(function()
    db.exec("site.wall_add", { sentence = "of the setup", at = 5 })
  end)

  before_each(function()
    assert.equal(1, count())
    db.exec("site.wall_add", { sentence = "before", at = 4 })
  end)

  for n = 1, 2 do
    it("shows a sentence, once more " .. n, function()
      testing.clock.set("2030-01-01T00:00:00Z")
      local visitor = testing.client()
      local page = visitor:get("/wall"):expect(200)
      assert.equal("a & b", page:field("mood"))
      page = visitor:submit(page, { sentence = "Hi <you>" }, { form = "wall", button = "do=add" }):expect(303):follow()
      assert.truthy(page:has("Hi <you> at 1893456000"))
      assert.truthy(page:has("add LOUD at 0"))
      assert.equal(4, count())
      assert.equal("ann@example.org", testing.mail.outbox[1].to)
      assert.equal("Hi <you>", testing.mail.outbox[1].text)
      assert.is_nil(testing.mail.outbox[2])
    end)
  end

  it("sends what the page has filled in, and not what is unticked", function()
    local visitor = testing.client()
    local page = visitor:submit(visitor:get("/wall"), {}, { form = "wall", button = "do=add" }):expect(422)
    assert.truthy(page:has("mood: a & b"))
    visitor:submit(page, { sentence = "x", loud = false }, { form = "wall", button = "do=add" }):expect(303)
    assert.truthy(visitor:get("/wall"):has("add quiet"))
  end)

  it("keeps cookies, and knows no other visitor's", function()
    local visitor = testing.client()
    visitor:get("/?lang=zh-CN")
    assert.truthy(visitor:get("/wall"):has("跳到正文"))
    assert.falsy(testing.client():get("/wall"):has("跳到正文"))
    assert.truthy(testing.client({ ["Accept-Language"] = "zh" }):get("/wall"):has("跳到正文"))
  end)

  it("has a batch that is written as a whole or not at all, in a transaction too", function()
    local calls = { { "site.wall_add", { sentence = "new", at = 0 } }, { "site.wall_add", { sentence = "before", at = 0 } } }
    local done, _, kind = db.batch(calls)
    assert.is_nil(done)
    assert.equal("conflict", kind)
    assert.equal(2, count())
    assert.equal("done", db.tx(function(tx)
      assert.is_nil(tx:batch(calls))
      assert.truthy(tx:batch({ calls[1] }))
      return "done"
    end))
    assert.equal(3, count())
  end)

  it("hears of capsules, and their letters are in the outbox", function()
    testing.clock.set("2030-01-01T00:00:00Z")
    local visitor = testing.client()
    local key = visitor:json("/api/v1/capsules", { name = "Ann", content = "words", opens_at = "2031-01-01T00:00:00Z",
      email = "ann@example.org" }):expect(201):json().key
    assert.truthy(visitor:get("/wall"):has("put by Ann"))
    assert.equal(0, testing.mail.deliver().sent)
    testing.clock.advance(366 * 86400)
    testing.mail.fail("temporary")
    assert.equal(1, testing.mail.deliver().later)
    testing.mail.fail()
    testing.clock.advance(3600)
    assert.equal(1, testing.mail.deliver().sent)
    assert.equal("ann@example.org", testing.mail.outbox[1].to)
    assert.equal("words", visitor:json("/api/v1/capsules/open", { key = key }):expect(200):json().content)
  end)

  it("has a clock that goes on by itself again", function()
    local clock = require("host.clock")
    assert.truthy(clock.now() > 1764000000 and clock.now() < 4000000000)
    testing.clock.set("2030-01-01 00:00")
    clock.sleep(30)
    assert.equal(1893456030, clock.now())
  end)
end)
]]

describe("a spec of a site", function()
  it("has a visitor, a clock, an outbox and a database that is rolled back", function()
    local status, output = run(GOOD)
    assert.equal(0, status, output)
    assert.truthy(output:find("7 successes / 0 failures / 0 errors", 1, true), output)
  end)

  it("has them on MariaDB too", function()
    local status, output = run(GOOD, mariadb.shared():create())
    assert.equal(0, status, output)
    assert.truthy(output:find("7 successes / 0 failures / 0 errors", 1, true), output)
  end)

  local told = {
    ['visitor:post("/wall", { sentence = "boom" })'] = { "POST /wall: ", "/scripts/site.lua:11: no luck" },
    ['visitor:get("/nowhere"):expect(200)'] = { "/nowhere answered 404, not 200:", "There is no such page" },
    ['visitor:submit(visitor:get("/wall"), { sentense = "x" })'] =
      { "the form has no field 'sentense'; it has loud, mood, sentence, size" },
    ['visitor:submit(visitor:get("/wall"), {}, { form = "well" })'] = { "/wall has no form 'well'; it has: wall" },
    ['visitor:submit(visitor:get("/wall"), {}, { button = "do=ad" })'] = { "the form has no button 'do=ad'" },
    ['visitor:get("/wall"):follow()'] = { "/wall answered 200 without a Location" },
    ['testing.clock.set("soon")'] = { "a time is written YYYY-MM-DD HH:MM" },
  }
  for code, wants in pairs(told) do
    it("is told what is wrong with " .. code, function()
      local status, output = run('it("x", function()\n  local visitor = testing.client()\n  ' .. code .. "\nend)\n"
        .. 'it("y", function()\n  assert.equal(0, #db.all("site.wall_all"))\nend)\n')
      assert.equal(1, status, output)
      assert.truthy(output:find("1 success / 0 failures / 1 error", 1, true), output)
      for _, want in ipairs(wants) do
        assert.truthy(output:lower():find(want:lower(), 1, true), want .. " is not in\n" .. output)
      end
    end)
  end
end)
