--- A capsule that many write into, by the pages: without a script, as a visitor finds them.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("the pages of a gathering", function()
  local srv

  lazy_setup(function()
    srv = server.start({ args = { "--rate-limits", "off", "--public-url", "https://capsule.example" } })
  end)
  before_each(function()
    srv:set_clock(capsules.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
  end)

  local function begin(changes)
    local fields = { gather = "on", gather_until = "", gather_most = "100" }
    for name, value in pairs(changes or {}) do
      fields[name] = value
    end
    local key, page = capsules.put(srv, fields)
    return key, page.body:match('href="https://capsule%.example/add#(%w+)"'), page
  end

  local function add(code, changes)
    local fields = { code = code, name = "Ada", content = "words of Ada" }
    for name, value in pairs(changes or {}) do
      fields[name] = value
    end
    return srv:post("/add/letter", fields)
  end

  it("begin one on the form, folded, and show the link for the others with its code as a picture", function()
    local form = srv:get("/put"):expect({ status = 200 })
    form:expect_body('<input type="checkbox" name="gather" id="gather" value="on"')
    assert.is_nil(form.body:match('<textarea[^>]*id="content"[^>]* required'))
    local key, code, page = begin({ content = false })
    assert.equal(16, #code)
    page:expect_body("QR code of the link for the others"):expect_body("add a letter and read nothing")
    local again = srv:post("/put/done?lang=zh-CN", { key = key, token = page:field("token"), tz = "UTC" })
      :expect({ status = 200 })
    again:expect_body("/add#" .. code)
    local _, plain = capsules.put(srv, {})
    assert.is_nil(plain.body:find("/add#", 1, true))
  end)

  it("refuse what is wrong beside its field, and keep what was typed", function()
    for field, changes in pairs({
      gather_until = { gather_until = "2030-06-01T12:01" },
      gather_most = { gather_most = "501" },
      gather = { content = capsules.sealed() },
    }) do
      changes.gather = "on"
      local res = srv:post("/put", capsules.form(changes)):expect({ status = 422 })
      res:expect_body(('id="%s-error"'):format(field)):expect_body('value="on" checked')
    end
    srv:post("/put", capsules.form({ gather = "on", gather_until = "2029-01-01T00:00" })):expect({ status = 422 })
    srv:post("/put", capsules.form({ gather = "on", gather_until = "soon" })):expect({ status = 422 })
      :expect_body('value="soon"')
    srv:post("/put", capsules.form({ content = "" })):expect({ status = 422 })
  end)

  it("show whose it is by the code alone, take a letter once, and take it back", function()
    local key, code = begin({ gather_until = "2030-05-01T00:00" })
    srv:get("/add"):expect({ status = 200 })
    local form = srv:post("/add/letter", { code = capsules.groups(code) })
      :expect({ status = 200, header = { ["cache-control"] = "no-store" } })
    form:expect_body("Begun by Alice."):expect_body("Letters so far: 0."):expect_body("until 1 May 2030, 00:00 (UTC)")
    local once = form:field("once")
    local added = add(code, { once = once }):expect({ status = 200 }):expect_body("Your letter is in")
    assert.equal(added.body, add(code, { once = once }).body)
    srv:post("/add/letter", { code = code }):expect_body("Letters so far: 1.")
    srv:post("/open", { key = key }):expect({ status = 403 }):expect_body("Letters so far: 1."):expect_body("/add#" .. code)
      :expect_no_body("words of Ada")
    srv:post("/add/added?lang=zh-Hant", { code = code, token = added:field("token") }):expect({ status = 200 })
      :expect_body(added:field("token"))
    srv:post("/add/undo", { code = code, token = added:field("token"):sub(2) }):expect({ status = 409 })
    srv:post("/add/undo", { code = code, token = added:field("token") }):expect({ status = 200 })
      :expect_body("Taken back"):expect_body("Letters so far: 0.")
    srv:post("/add/undo", { code = code, token = added:field("token") }):expect({ status = 409 })
    local late = add(code)
    srv:set_clock("2030-01-01T00:20:00Z")
    srv:post("/add/undo", { code = code, token = late:field("token") }):expect({ status = 409 })
  end)

  it("say what is wrong with a letter, and keep it", function()
    local _, code = begin()
    local res = add(code, { name = "<b>", content = "" }):expect({ status = 422 })
    res:expect_body('id="content-error"'):expect_body('value="&lt;b&gt;"')
    add(code, { content = ("x"):rep(5001) }):expect({ status = 422 }):expect_body(("x"):rep(5001))
    local other = srv:post("/add/letter?lang=zh-CN", { code = code, name = "n", content = "kept", ["do"] = "language" })
    other:expect({ status = 200 }):expect_body("kept")
  end)

  it("tell closed and full to who has the code, and nobody anything else", function()
    local _, code = begin({ gather_until = "2030-02-01T00:00", gather_most = "1" })
    add(code):expect({ status = 200 })
    add(code, { content = "one too many" }):expect({ status = 409 }):expect_body("is full"):expect_no_body("<textarea")
    srv:set_clock("2030-02-01T00:00:00Z")
    srv:post("/add/letter", { code = code }):expect({ status = 200 }):expect_body("takes no more letters")
    local function answer_of(typed)
      local res = srv:post("/add/letter", { code = typed }):expect({ status = 404 })
      return (res.body:gsub('request%-id">%x+', ""):gsub('value="' .. typed .. '"', ""))
    end
    assert.equal(answer_of("abcdefghijklmnop"), answer_of("no code"))
    srv:sql("UPDATE capsule SET disabled_at = 1")
    assert.equal(answer_of("abcdefghijklmnop"), answer_of(code))
    srv:sql("UPDATE capsule SET disabled_at = NULL")
  end)

  it("open all letters with the capsule, as text and not as markup", function()
    local key, code = begin({ content = false, name = "Class" })
    add(code, { name = "<i>Bea</i>", content = "a\r\n<b>b</b>" }):expect({ status = 200 })
    add(code, { name = "Ada", content = "second" }):expect({ status = 200 })
    srv:set_clock("2030-06-01T12:00:00Z")
    local res = srv:post("/open", { key = key }):expect({ status = 200 })
    res:expect_body("&lt;i&gt;Bea&lt;/i&gt;"):expect_body("a\n&lt;b&gt;b&lt;/b&gt;"):expect_body("1 January 2030")
    assert.is_true(res.body:find("Bea", 1, true) < res.body:find("second", 1, true))
    assert.is_nil(res.body:find('id="capsule-content"', 1, true))
    assert.is_nil(res.body:find("more-letters", 1, true))
  end)

  it("give 60 letters in two parts", function()
    local key, code = begin()
    for i = 1, 60 do
      add(code, { content = ("letter %d."):format(i) }):expect({ status = 200 })
    end
    srv:set_clock("2030-06-01T12:00:00Z")
    local first = srv:post("/open", { key = key }):expect({ status = 200 }):expect_body("letter 50.")
    first:expect_no_body("letter 51.")
    srv:post("/open", { key = key, after = first:field("after") }):expect({ status = 200 }):expect_body("letter 51.")
      :expect_body("letter 60."):expect_no_body("letter 50.")
  end)

  it("fill the form again when the capsule is taken back, and take its letters along", function()
    local key, code, page = begin({ gather_until = "2030-05-01T00:00", gather_most = "7" })
    add(code):expect({ status = 200 })
    local form = srv:post("/put/undo", { key = key, token = page:field("token") }):expect({ status = 200 })
    assert.equal("2030-05-01T00:00", form:field("gather_until"))
    assert.equal("7", form:field("gather_most"))
    form:expect_body('value="on" checked')
    add(code):expect({ status = 404 })
    assert.equal("0", srv:sql("SELECT count(*) FROM gathering_letter WHERE gathering_id NOT IN (SELECT id FROM gathering)"))
  end)

  it("offer no form that nobody may send while the site is read-only", function()
    local quiet <close> = server.start({ args = { "--set", "maintenance=read-only" } })
    quiet:get("/add"):expect({ status = 503 }):expect_no_body("<form")
    quiet:post("/add/letter", { code = "abcdefghijklmnop" }):expect({ status = 503 })
  end)
end)
