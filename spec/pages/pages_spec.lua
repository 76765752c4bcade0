--- What pages say and weigh, as far as it can be told without a browser.
local clock = require("host.clock")
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local server = require("spec.support.server")

--- The text of a page: no tags, white space as one space.
local function text_of(html)
  local text = html:gsub("<[^>]*>", " "):gsub("&#39;", "'"):gsub("&amp;", "&")
  return (text:gsub("%s+", " "))
end

--- Everything that a page makes a browser fetch to be shown.  Of two icons it takes the drawn one; those of a home
--- screen are for whoever makes one.
local function fetched(html)
  local seen, list = { ["/favicon.ico"] = true }, {}
  for tag in html:gmatch("<[lsi][^>]*>") do
    local address = tag:match("^<link.* href=\"([^\"]*)\"") or tag:match("^<%a+.* src=\"([^\"]*)\"")
    local for_home_screen = tag:find('rel="manifest"', 1, true) or tag:find('rel="apple-touch-icon"', 1, true)
    if address and not for_home_screen and not seen[address] then
      seen[address] = true
      list[#list + 1] = address
    end
  end
  return list
end

describe("pages", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("say in plain words what is kept, for how long, and who can read it; the exact ones are documented", function()
    local text = text_of(srv:get("/privacy").body)
    for _, words in ipairs({
      "The key itself is not stored. Whoever steals the database alone can open nothing.",
      "For 15 minutes you can take a new one back; then it is deleted at once.",
      "Whoever runs this site could read a message at the moment it is sealed or opened",
      "A letter that you add to somebody's capsule is stored sealed under its key",
    }) do
      assert.is_truthy(text:find(words, 1, true), words)
    end
    for _, word in ipairs({ "SQLite", "MariaDB", "checkpoint", "binlog", "server secret" }) do
      assert.is_nil(text:find(word, 1, true), word)
    end
    local file <close> = assert(io.open("docs/security.md"))
    local exact = file:read("a"):gsub("%s+", " ")
    for _, words in ipairs({
      "A database dump alone opens nothing.",
      "A dump and the server secret open, even before their time, the capsules whose reminder is"
        .. " still waiting and carries the key, and no other.",
      "The time gate against a key holder is the server's, not cryptography.",
      "Who runs the server sees contents when they are put and opened, unless a passphrase was"
        .. " used.",
      "SQLite is checkpointed (TRUNCATE) after each batch of letters;"
        .. " MariaDB's binlogs and backups keep sealed copies until they expire.",
      "Losing the server secret loses waiting reminders, never a capsule.",
      "Capsules are kept for ever.",
    }) do
      assert.is_truthy(exact:find(words, 1, true), words)
    end
  end)

  it("say who this is for, and what to do if this site disappears; every page leads there", function()
    local _, examples = srv:get("/").body:match("Who it is for(.-)</ul>"):gsub("<li>", "")
    assert.equal(3, examples)
    for _, path in ipairs({ "/", "/put", "/open", "/introduce", "/privacy", "/disappear", "/contact", "/nothing" }) do
      srv:get(path):expect_body('href="/privacy"', 'href="/disappear"', 'href="/contact"')
    end
    srv:get("/disappear"):expect({ status = 200 }):expect_body("Keep a copy")
    srv:get("/contact"):expect({ status = 200 }):expect_body("has not said here how to be reached")
  end)

  it("say who runs the site and whom to ask, from settings", function()
    local told <close> = server.start({ args = { "--set", "operator=Ada <3\\nLondon", "--set", "contact=mailto:ada@capsule.example",
      "--set", "abuse_contact=https://capsule.example/abuse", "--set", "undo_minutes=0" } })
    told:get("/contact"):expect_body("Ada &lt;3\nLondon", '<a href="mailto:ada@capsule.example">ada@capsule.example</a>',
      '<a href="https://capsule.example/abuse">https://capsule.example/abuse</a>'):expect_no_body("has not said")
    assert.equal(told:get("/contact").body, told:get("/imprint").body:gsub("/imprint", "/contact"))
    told:get("/privacy"):expect_no_body("you can take a new one back")
    told:get("/introduce"):expect_body("No. A capsule that could be dug up"):expect_no_body("After that, no")
    local _, log = server.refused({ args = { "--set", "abuse_contact=ada@capsule.example" } })
    assert.is_truthy(log:find("abuse_contact: 'ada@capsule.example' is neither", 1, true), log)
  end)

  it("speak of letters that others add where a capsule takes some", function()
    srv:get("/introduce"):expect_body("“Let others add letters” gives you a link")
    srv:get("/introduce?lang=zh-Hant"):expect_body("展開「請大家一起寫」")
    srv:get("/robots.txt"):expect_body("\nDisallow: /add\n")
    local without <close> = server.start({ args = { "--set", "gather_max=0", "--set", "undo_minutes=7" } })
    without:get("/introduce"):expect_no_body("Let others add letters"):expect_body("For 7 minutes, yes", "After that, no")
    without:get("/privacy"):expect_no_body("somebody's capsule")
  end)

  it("have headings of errors that break in Chinese where a part of the sentence ends", function()
    srv:post("/open?lang=zh-CN", { key = "0000-1111-2222-3333" }):expect({ status = 404 })
      :expect_body("<h1>用这把钥匙，<wbr>打不开任何胶囊。</h1>")
  end)

  it("answer six questions", function()
    for _, lang in ipairs({ "en", "zh-CN" }) do
      local body = srv:get("/introduce", { ["Accept-Language"] = lang }).body
      local _, sections = body:gsub('<section id="[%l-]+">%s*<h2>', "")
      assert.equal(6, sections)
    end
  end)

  it("promise a reminder only where mail is set up", function()
    local mails <close> = letters.server("smtp://127.0.0.1:9")
    for _, of in ipairs({ { mails, true }, { srv, false } }) do
      assert.equal(of[2], text_of(of[1]:get("/").body):find("a reminder tells you", 1, true) ~= nil)
      assert.equal(not of[2], text_of(of[1]:get("/introduce").body):find("cannot send email", 1, true) ~= nil)
    end
  end)

  it("name only files that are there", function()
    local key, done = capsules.put(srv)
    local not_yet = srv:post("/open", { key = key })
    srv:set_clock("2030-07-01T00:00:00Z")
    local opened = srv:post("/open", { key = key })
    srv:set_clock(capsules.NOW)
    for _, res in ipairs({ srv:get("/"), srv:get("/put"), srv:get("/open"), srv:get("/introduce"),
      srv:get("/nothing"), done, not_yet, opened }) do
      local addresses = fetched(res.body)
      assert.is_true(#addresses > 1)
      for _, address in ipairs(addresses) do
        srv:get(address):expect({ status = 200,
          header = { ["cache-control"] = { has = "immutable" } } })
      end
    end
  end)

  it("to put a capsule weigh at most 60 000 bytes in at most 6 requests", function()
    for _, lang in ipairs({ "en", "zh-CN" }) do
      local page = srv:get("/put", { ["Accept-Language"] = lang })
      local requests, bytes = 1, #page.body
      for _, address in ipairs(fetched(page.body)) do
        requests, bytes = requests + 1, bytes + #srv:get(address).body
      end
      assert.is_true(requests <= 6, requests .. " requests")
      assert.is_true(bytes <= 60000, bytes .. " bytes")
      assert.is_true(bytes > 20000, "the page did not name what it loads")
    end
  end)

  it("offer every place's zone once, under one name of its own", function()
    local body = srv:get("/put").body
    local select = body:match('<select[^>]* name="tz"[^>]*>(.-)</select>')
    for _, option in ipairs({ "UTC<", "Berlin +1<", "Shanghai +8<", "New York -5<", "Kolkata +5:30<",
      "Buenos Aires, Argentina -3<", "Reykjavik +0<" }) do
      assert.is_truthy(select:find("<option>" .. option, 1, true), option)
    end
    for _, place in ipairs({ "Eastern", "GMT+5", "PRC", "EST5EDT", "NSW", "Calcutta", "Montreal" }) do
      assert.is_nil(select:find(">" .. place, 1, true), place)
    end
    local _, count = select:gsub("<option>", "")
    assert.is_true(count > 400, count .. " zones")
    local plain = 0 -- bytes of the names themselves with what their clocks are ahead
    for _, zone in ipairs(clock.zones()) do
      plain = plain + #("<option>%s %s</option>"):format(zone, clock.format(clock.now(), zone, "%:z"))
    end
    assert.is_true(2 * #select <= plain, ("%d bytes where names have %d"):format(#select, plain))
    assert.is_true(#select <= 20.3 * count, ("%d bytes for %d zones"):format(#select, count))
    srv:set_clock("2030-07-01T00:00:00Z") -- clocks have changed
    srv:get("/put"):expect_body("<option>Berlin +2<", "<option>Shanghai +8<")
    srv:set_clock(capsules.NOW)
    for _, tz in ipairs({ "US/Eastern", "Asia/Calcutta" }) do
      srv:post("/put", capsules.form({ tz = tz })):expect({ status = 200 })
    end
  end)

  it("know an option as it stands there, which is what comes without script", function()
    for option, zone in pairs({ ["Berlin +1"] = "Europe/Berlin, UTC+02:00", ["New York -5"] = "America/New_York, UTC-04:00",
      ["Buenos Aires, Argentina -3"] = "America/Argentina/Buenos_Aires, UTC-03:00", UTC = "UTC" }) do
      srv:post("/put", capsules.form({ tz = option })):expect({ status = 200 }):expect_body("(" .. zone .. ")")
    end
    srv:post("/put", capsules.form({ tz = "Atlantis +1" })):expect({ status = 422 })
  end)

  it("that are too early can be tried again, and count by the server's clock", function()
    local key = capsules.put(srv)
    local res = srv:post("/open", { key = capsules.groups(key) }):expect({ status = 403 })
    assert.equal(key, res:field("key"))
    local now, opens = res.body:match('data%-now="(%d+)" data%-opens="(%d+)"')
    assert.equal(server.unix(2030, 6, 1, 12 * 3600), tonumber(opens))
    assert.is_true(math.abs(tonumber(now) - server.unix(2030, 1, 1)) < 60)
  end)
end)
