--- What other places show of the site: the card of a shared link, and its icon and name on a phone's home screen.
local capsules = require("spec.support.capsules")
local json = require("host.json")
local server = require("spec.support.server")

local ORIGIN, PREFIX = "https://capsule.example", "/words"
local WITH_CARD = { "/", "/put", "/introduce" }

--- The card's properties.
local function card_of(html)
  local card = {}
  for name, content in html:gmatch('<meta property="og:([%l_:]+)" content="([^"]*)">') do
    card[name] = content
  end
  return card
end

describe("the card of a shared link", function()
  local srv

  lazy_setup(function()
    srv = server.start({ args = { "--public-url", ORIGIN .. PREFIX } })
    srv:set_clock(capsules.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
  end)

  --- The answer for an address that pages name, as the proxy asks for it.
  local function fetch(address)
    assert.equal(PREFIX .. "/", address:sub(1, #PREFIX + 1))
    return srv:get(address:sub(#PREFIX + 1))
  end

  it("has a picture at a whole address, and the words of its page", function()
    local titles = {}
    for _, path in ipairs(WITH_CARD) do
      local card = card_of(srv:get(path).body)
      assert.equal(ORIGIN .. PREFIX .. path, card.url)
      assert.equal("Time Capsule", card.site_name)
      assert.is_true(#card.description > 20 and #card["image:alt"] > 20)
      titles[card.title] = true
      local picture = card.image:match("^" .. ORIGIN:gsub("%p", "%%%0") .. "(/.*%.jpg)$")
      local res = fetch(picture):expect({ status = 200,
        header = { ["content-type"] = "image/jpeg", ["cache-control"] = { has = "immutable" } } })
      assert.is_true(#res.body < 60000, #res.body .. " bytes")
    end
    assert.same({ ["Words for a later day"] = true, ["Write a capsule"] = true, ["About time capsules"] = true }, titles)
  end)

  it("speaks the language of the page", function()
    assert.equal("写一封", card_of(srv:get("/put", { ["Accept-Language"] = "zh-CN" }).body).title)
  end)

  it("is of no page that a capsule can be on, whatever its address", function()
    local key, done = capsules.put(srv)
    local early = srv:post("/open", { key = key }):expect({ status = 403 })
    srv:set_clock("2030-07-01T00:00:00Z")
    local opened = srv:post("/open", { key = key }):expect({ status = 200 })
    srv:set_clock(capsules.NOW)
    for _, res in ipairs({ done, early, opened, srv:get("/open"), srv:get("/privacy"), srv:get("/nowhere") }) do
      assert.same({}, card_of(res.body))
    end
  end)

  it("needs a public address: without one there is none", function()
    local unnamed <close> = server.start()
    for _, path in ipairs(WITH_CARD) do
      assert.same({}, card_of(unnamed:get(path).body))
    end
  end)

  it("may be fetched by whoever heeds robots.txt", function()
    srv:get("/robots.txt"):expect_body("Allow: /$", "Allow: /introduce", "Allow: /put$")
  end)

  it("a home screen shows the site's name in the page's language, its icons and colours", function()
    for lang, name in pairs({ en = "Time Capsule", ["zh-CN"] = "时间胶囊", ["zh-Hant"] = "時間膠囊" }) do
      for _, path in ipairs({ "/", "/open", "/nowhere" }) do
        local html = srv:get(path, { ["Accept-Language"] = lang }).body
        fetch(html:match('<link rel="apple%-touch%-icon" href="([^"]*)">')):expect({ status = 200,
          header = { ["content-type"] = "image/png", ["cache-control"] = { has = "immutable" } } })
        local address = html:match('<link rel="manifest" href="([^"]*)">')
        local res = fetch(address):expect({ status = 200, header = { ["content-type"] = "application/manifest+json",
          ["cache-control"] = "public, max-age=86400", ["content-security-policy"] = { has = "manifest-src 'self'" } } })
        local manifest = json.decode(res.body)
        assert.same({ lang, "ltr", name, PREFIX .. "/", PREFIX .. "/", "#f7f3ec" }, { manifest.lang, manifest.dir,
          manifest.name, manifest.start_url, manifest.scope, manifest.theme_color })
        for _, icon in ipairs(manifest.icons) do
          fetch(icon.src):expect({ status = 200, header = { ["content-type"] = icon.type } })
        end
      end
    end
    for _, lang in ipairs({ "fr", "zh-TW", "..%2f" }) do
      srv:get("/manifest/" .. lang):expect({ status = 404 })
    end
  end)
end)
