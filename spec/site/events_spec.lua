--- What a site listens to: when it runs, what it gets, which may refuse, and that a fault of its own stays its own.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

--- Writes down what it hears; /-/heard tells it and forgets it.
local HEARS = [[
local json = require("host.json")
local reply = require("web.reply")
local shared = require("host.shared")

local heard = shared.space("site.heard")

local function note(name, what)
  heard:set("all", (heard:get("all") or "") .. name .. " " .. what .. "\n")
end

return function(app)
  app:get("site.heard", "/-/heard", function()
    local all = heard:get("all") or ""
    heard:delete("all")
    return reply.text(all)
  end)
  %s
end
]]

local function start(listeners, options)
  options = options or {}
  local site = files.folder({ ["scripts/site.lua"] = (HEARS:gsub("%%s", (listeners:gsub("%%", "%%%%")))) })
  local args = { "--workers", "1", "--rate-limits", "off", "--site", site }
  return server.start({ args = table.move(options.args or {}, 1, #(options.args or {}), #args + 1, args) }), site
end

local function heard(srv)
  return srv:get("/-/heard").body
end

local CAPSULE_EVENTS = [[
  for _, name in ipairs({ "capsule.putting", "capsule.put", "capsule.opened", "capsule.taken_back" }) do
    app:on(name, function(capsule, req)
      local row = capsule.key and require("host.db").one("capsule.known",
        { key_hash = require("capsule.key").hash(capsule.key) })
      note(name, table.concat({ capsule.name, capsule.content, capsule.note, capsule.email or "-", req.route, req.lang,
        capsule.key or "-", row and "written" or "not written" }, "|"))
    end)
  end
]]

describe("a listener of a capsule", function()
  it("runs before it is written, after that, when it opens and when it is taken back", function()
    local srv <close> = start(CAPSULE_EVENTS)
    srv:set_clock(capsules.NOW)
    local key, page = capsules.put(srv, { email = "a@example.org" })
    assert.equal("capsule.putting Alice|words for later|patience!|a@example.org|put.submit|en|-|not written\n"
      .. "capsule.put Alice|words for later|patience!|a@example.org|put.submit|en|" .. key .. "|written\n", heard(srv))
    srv:post("/open", { key = key }):expect({ status = 403 })
    assert.equal("", heard(srv))
    srv:post("/put/undo", { key = key, token = page:field("token") }):expect({ status = 200 })
    assert.equal("capsule.taken_back Alice|words for later|patience!|-|put.undo|en|" .. key .. "|not written\n", heard(srv))
    key = srv:json("/api/v1/capsules", { name = "B", content = "c", opens_at = "2030-02-01T00:00:00Z" }):json().key
    srv:set_clock("2030-02-01T00:00:00Z")
    heard(srv)
    srv:post("/open", { key = key }):expect({ status = 200 })
    srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 200 })
    assert.equal("capsule.opened B|c||-|open.submit|en|" .. key .. "|written\n"
      .. "capsule.opened B|c||-|api.open|en|" .. key .. "|written\n", heard(srv))
  end)

  it("hears of a post that is sent twice once", function()
    local srv <close> = start(CAPSULE_EVENTS)
    local form = capsules.form({ once = srv:get("/put"):field("once"), time = "2090-01-01 00:00" })
    local key = srv:post("/put", form):expect({ status = 200 }):field("key")
    heard(srv)
    assert.equal(key, srv:post("/put", form):expect({ status = 200 }):field("key"))
    assert.truthy(heard(srv):find("^capsule%.putting [^\n]*\n$"))
  end)

  local REFUSES = [[
    app:on("capsule.putting", function(capsule)
      if capsule.content:find("rude") then
        return { content = "No <rude> words.", name = "Shame." }
      elseif capsule.content:find("away") then
        return nil, "the judge is away", "io"
      end
    end)
    app:on("capsule.put", function()
      note("put", "x")
    end)
  ]]

  it("refuses with words beside their fields, in the form and in the API", function()
    local srv <close> = start(REFUSES)
    srv:set_clock(capsules.NOW)
    srv:post("/put", capsules.form({ content = "rude" })):expect({ status = 422 })
      :expect_body('id="content-error">No &lt;rude&gt; words.<', 'id="name-error">Shame.<')
    local problem = srv:json("/api/v1/capsules", { name = "B", content = "rude", opens_at = "2030-02-01T00:00:00Z" })
      :expect({ status = 422 }):json()
    assert.same({ content = "No <rude> words.", name = "Shame." }, problem.errors)
    srv:post("/put", capsules.form({ content = "away" })):expect({ status = 503 }):expect_no_body("judge")
    assert.equal("", heard(srv))
    capsules.put(srv)
    assert.equal("put x\n", heard(srv))
    assert.equal("1", (srv:sql("SELECT count(*) FROM capsule"):match("%d+")))
  end)

  it("cannot take back the answer to a post that it let pass before", function()
    local srv <close> = start([[
      app:on("capsule.putting", function(capsule)
        local before = heard:get("one")
        heard:set("one", true)
        return before and { content = "only one" } or nil
      end)
    ]])
    local form = capsules.form({ once = srv:get("/put"):field("once"), time = "2090-01-01 00:00" })
    local key = srv:post("/put", form):expect({ status = 200 }):field("key")
    assert.equal(key, srv:post("/put", form):expect({ status = 200 }):field("key"))
    form.once = nil
    srv:post("/put", form):expect({ status = 422 }):expect_body("only one")
  end)
end)

describe("a listener that fails", function()
  it("is told with its own line, and the page answers", function()
    local srv <close>, site = start([[
      app:on("capsule.put", function(capsule)
        capsule.name = "changed"
      end)
      app:on("capsule.put", function()
        error("no luck")
      end)
      app:on("capsule.put", function()
        require("host.clock").sleep(9)
      end)
      app:on("capsule.put", function()
        note("put", "the last")
      end)
    ]])
    srv:set_clock(capsules.NOW)
    capsules.put(srv)
    assert.equal("put the last\n", heard(srv))
    local log = srv:log()
    assert.truthy(log:find(site .. "/scripts/site.lua:18: 'name' of a constant cannot be changed", 1, true), log)
    assert.truthy(log:find(site .. "/scripts/site.lua:21: no luck", 1, true), log)
    assert.truthy(log:find("site.lua:23: the listener of 'capsule.put' took longer than 5 seconds", 1, true), log)
    assert.equal(3, srv:metric('tc_site_faults_total{where="event capsule.put"}'))
  end)

  it("lets nothing pass that it would perhaps have refused", function()
    local srv <close>, site = start([[
      app:on("capsule.putting", function(capsule)
        if capsule.content == "a" then
          error("no luck")
        elseif capsule.content == "b" then
          return { contents = "misspelt" }
        elseif capsule.content == "c" then
          return nil, "x", "bad"
        end
        return false
      end)
    ]])
    srv:set_clock(capsules.NOW)
    for content, want in pairs({ a = "/scripts/site.lua:19: no luck", d = "returned no table of words by field",
      b = "returned words for 'contents', which is no field; there are name, email, time, tz, content, tips",
      c = "/scripts/site.lua:17: the listener of 'capsule.putting' returned the unknown kind 'bad'" }) do
      srv:post("/put", capsules.form({ content = content })):expect({ status = 500 }):expect_no_body("luck", site)
      assert.truthy(srv:log():find(want, 1, true), want .. "\n" .. srv:log())
    end
    assert.equal("0", (srv:sql("SELECT count(*) FROM capsule"):match("%d+")))
  end)

  it("to name an event is told before anything is served", function()
    local site = files.folder({ ["scripts/site.lua"] =
      'return function(app)\n  app:on("capsule.puting", function() end)\nend\n' })
    local status, output = server.run({ args = { "check", "--site", site } })
    assert.equal(1, status)
    assert.truthy(output:find(site .. "/scripts/site.lua:2: there is no event 'capsule.puting'; did you mean "
      .. "'capsule.putting'?", 1, true), output)
    files.write(site, { ["scripts/site.lua"] = 'return function(app)\n  app:on("capsule.put", "x")\nend\n' })
    status, output = server.run({ args = { "check", "--site", site } })
    assert.equal(1, status)
    assert.truthy(output:find("site.lua:2: app:on takes an event's name and a function", 1, true), output)
  end)
end)

describe("a listener of letters", function()
  it("changes what is sent, hears what was taken and what was not, and cannot stop a letter", function()
    local sink <close> = smtp.start()
    local site = files.folder({ ["scripts/site.lua"] = (HEARS:gsub("%%s", [[
      app:on("reminder.letter", function(letter, about)
        letter.subject = letter.subject .. " (" .. about.letter .. ")"
        letter.text = letter.text .. "\nKept by us.\n"
        letter.headers["X-Site"] = "yes"
      end)
      app:on("reminder.letter", function(letter)
        letter.text = "spoilt"
        error("no luck")
      end)
      app:on("reminder.letter", function(letter)
        letter.to = "somebody@else.example"
      end)
      app:on("reminder.sent", function(about)
        note("sent", about.letter .. " " .. about.to .. " " .. about.attempt)
      end)
      app:on("reminder.failed", function(about)
        note("failed", table.concat({ about.letter, about.to, about.kind, tostring(about.final) }, " "))
      end)
    ]])) })
    local srv <close> = letters.server(sink, { args = { "--site", site } })
    srv:set_clock(letters.NOW)
    letters.put(srv, "good@example.org")
    letters.put(srv, "bad@example.org", { opens_at = letters.OPENS + 10 })
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 1)
    sink:reply("rcpt", "550 5.1.1 nobody here")
    srv:set_clock(letters.OPENS + 10)
    letters.await(srv, "failed", 1)
    local all = {}
    for line in heard(srv):gmatch("[^\n]+") do
      all[#all + 1] = line
    end
    table.sort(all)
    assert.same({ "failed opening bad@example.org permanent true", "sent opening good@example.org 1" }, all)
    local raw = sink:raw(1)
    assert.truthy(sink:letter(1).parts[1].text:find("Kept by us", 1, true), raw)
    assert.truthy(raw:find("X-Site: yes", 1, true) and raw:find("Subject: [^\n]*%(opening%)"), raw)
    assert.equal(4, srv:metric('tc_site_faults_total{where="event reminder.letter"}'))
    assert.truthy(srv:log():find("made a letter to somebody else", 1, true), srv:log())
  end)
end)
