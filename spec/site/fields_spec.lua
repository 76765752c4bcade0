--- Fields that a site adds to a capsule: one declaration feeds the form, the checks, the API, a repeated put, what is
--- sealed, taking it back, and the page of an opened capsule.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local server = require("spec.support.server")

local FIELDS = [[
local fields = require("capsule.fields")
fields.add({ name = "recipient", label = "site.recipient", help = "site.recipient_help", max = 20, one_line = true })
fields.add({ name = "story", label = "site.story", max = 2000 })

return function(app)
  app:on("capsule.putting", function(capsule)
    if capsule.fields.recipient == "nobody" then
      return { recipient = "That is nobody." }
    end
  end)
end
]]

local function site_of(script)
  return files.folder({
    ["scripts/site.lua"] = script,
    ["scripts/locales/site/en.lua"] = 'return {\n  ["site.recipient"] = "To",\n'
      .. '  ["site.recipient_help"] = "For <whom>",\n  ["site.story"] = "Story",\n}\n',
    ["scripts/locales/site/zh-CN.lua"] = 'return {\n  ["site.recipient"] = "写给",\n'
      .. '  ["site.recipient_help"] = "给谁",\n  ["site.story"] = "故事",\n}\n',
  })
end

local function start(script)
  local srv = server.start({ args = { "--workers", "1", "--rate-limits", "off", "--site", site_of(script or FIELDS) } })
  srv:set_clock(capsules.NOW)
  return srv
end

local OPENED = "2030-06-01T12:00:00Z"

describe("a field of a site", function()
  it("is in the form, in the reader's language, behind the name", function()
    local srv <close> = start()
    local page = srv:get("/put"):expect_body('<label for="recipient">To <span class="optional">(optional)</span></label>',
      '<p class="help" id="recipient-help">For &lt;whom&gt;</p>', '<textarea class="control" name="story" id="story"',
      'data-max="20"', 'data-long="To: {count} characters; at most 20 fit."').body
    assert.truthy(page:find('id="name"', 1, true) < page:find('id="recipient"', 1, true))
    assert.truthy(page:find('id="story"', 1, true) < page:find('id="content"', 1, true))
    srv:get("/put", { ["Accept-Language"] = "zh" }):expect_body("写给", "给谁", "故事")
  end)

  it("is judged, and shown again as it was typed", function()
    local srv <close> = start()
    local page = srv:post("/put", capsules.form({ recipient = ("é"):rep(21), story = "a\r\n<b>", content = "" }))
    page:expect({ status = 422 }):expect_body('<a href="#recipient">To: 21 characters; at most 20 fit.</a>',
      'id="recipient-error">To: 21 characters; at most 20 fit.<')
    assert.equal(("é"):rep(21), page:field("recipient"))
    assert.equal("a\n&lt;b&gt;", page.body:match('id="story"[^>]*>\n(.-)</textarea>'))
    assert.truthy(page.body:find("#recipient", 1, true) < page.body:find("#content", 1, true))
    srv:post("/put", capsules.form({ recipient = "a\tb" })):expect({ status = 422 })
      :expect_body("To: one line, without control characters.")
    srv:post("/put", capsules.form({ recipient = "nobody" })):expect({ status = 422 })
      :expect_body('id="recipient-error">That is nobody.<')
  end)

  it("is sealed with the message, and shown and told once that opens", function()
    local srv <close> = start()
    local key = capsules.put(srv, { recipient = "Bo & Co", story = "one\r\ntwo" })
    assert.falsy(srv:sql("SELECT hex(body) || hex(note) FROM capsule"):find("426F202620436F", 1, true)) -- "Bo & Co"
    srv:post("/open", { key = key }):expect({ status = 403 }):expect_no_body("Bo &amp; Co")
    srv:set_clock(OPENED)
    srv:post("/open", { key = key }):expect({ status = 200 })
      :expect_body('<dt>To</dt><dd dir="auto">Bo &amp; Co</dd>', '<dt>Story</dt><dd dir="auto">one\ntwo</dd>')
    local told = srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 200 }):json()
    assert.equal("Bo & Co", told.recipient)
    assert.equal("one\ntwo", told.story)
    key = capsules.put(srv, { time = "2031-01-01 00:00" })
    srv:set_clock("2031-01-01T00:00:00Z")
    srv:post("/open", { key = key }):expect_no_body("<dt>To</dt>")
    assert.equal("", srv:json("/api/v1/capsules/open", { key = key }):json().recipient)
  end)

  it("is a member of the API", function()
    local srv <close> = start()
    local capsule = { name = "B", content = "c", opens_at = OPENED, recipient = ("x"):rep(21), story = 5 }
    assert.same({ recipient = "To: 21 characters; at most 20 fit.", story = "This must be text." },
      srv:json("/api/v1/capsules", capsule):expect({ status = 422 }):json().errors)
    capsule.recipient, capsule.story = "Cy", nil
    local key = srv:json("/api/v1/capsules", capsule):expect({ status = 201 }):json().key
    srv:set_clock(OPENED)
    assert.equal("Cy", srv:json("/api/v1/capsules/open", { key = key }):json().recipient)
  end)

  it("comes back when the capsule is taken back", function()
    local srv <close> = start()
    local key, page = capsules.put(srv, { recipient = "Bo", story = "once" })
    local form = srv:post("/put/undo", { key = key, token = page:field("token") }):expect({ status = 200 })
    assert.equal("Bo", form:field("recipient"))
    assert.equal("once", capsules.textarea(form, "story"))
  end)

  it("makes another post of one that is sent once more", function()
    local srv <close> = start()
    local form = capsules.form({ once = srv:get("/put"):field("once"), recipient = "Bo" })
    local key = srv:post("/put", form):field("key")
    assert.equal(key, srv:post("/put", form):field("key"))
    form.recipient = "Cy"
    assert.not_equal(key, srv:post("/put", form):field("key"))
  end)

  it("makes room for itself in what a form may have", function()
    local srv <close> = start((FIELDS:gsub("max = 2000", "max = 10000")))
    local long = ("🌍"):rep(10000)
    capsules.put(srv, { story = long, content = ("🌍"):rep(5000), tips = ("🌍"):rep(1000), name = ("🌍"):rep(50) })
  end)

  it("that is required is asked for", function()
    local srv <close> = start((FIELDS:gsub("one_line = true", "%0, required = true")))
    srv:get("/put"):expect_body('data-missing="Fill in: To."')
    srv:post("/put", capsules.form({ recipient = " " })):expect({ status = 422 }):expect_body("Fill in: To.")
  end)
end)

describe("a field that makes no sense is told with its line:", function()
  local cases = {
    ['{ name = "content", label = "site.story", max = 5 }'] = "cannot be called 'content': that name is taken",
    ['{ name = "to", label = "site.story", max = 5 }'] = "cannot be called 'to': that name is taken",
    ['{ name = "Big", label = "site.story", max = 5 }'] = "needs a name of at most 40 characters: a-z, 0-9 and _",
    ['{ name = "x", max = 5 }'] = "needs a label: the key of a sentence",
    ['{ name = "x", label = "site.story" }'] = "needs max, its longest length: 1 to 10000 characters",
    ['{ name = "x", label = "site.story", max = 5, oneline = true }'] = "has no 'oneline'; did you mean 'one_line'?",
    ['{ name = "x", label = "site.story", max = "5" }'] = "has a string for its max, not a number",
    ['"x"'] = "is a table",
  }
  for given, want in pairs(cases) do
    it(given, function()
      local site = site_of('local fields = require("capsule.fields")\nfields.add(' .. given
        .. ")\nreturn function() end\n")
      local status, output = server.run({ args = { "check", "--site", site } })
      assert.equal(1, status)
      assert.truthy(output:find(site .. "/scripts/site.lua:2: a field that is added " .. want, 1, true), output)
    end)
  end

  it("a label that is no sentence, and one that comes too late", function()
    local site = site_of('require("capsule.fields").add({ name = "x", label = "site.nothing", max = 5 })\n'
      .. "return function() end\n")
    local status, output = server.run({ args = { "check", "--site", site } })
    assert.equal(1, status)
    assert.truthy(output:find("the locale 'en' has no key 'site.nothing'", 1, true), output)
    local srv <close> = start([[
return function(app)
  app:get("site.late", "/late", function()
    require("capsule.fields").add({ name = "x", label = "site.story", max = 5 })
  end)
end
]])
    srv:get("/late"):expect({ status = 500 })
    assert.truthy(srv:log():find("scripts/site.lua:3: a field that is added is added while loading", 1, true), srv:log())
  end)
end)
