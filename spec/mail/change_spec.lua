--- "What if my address changes?": on the not-yet page whoever holds the key adds, changes or stops the reminder.
local letters = require("spec.support.letters")
local smtp = require("spec.support.smtp")

describe("the reminder of a capsule that waits", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = { "--public-url", "https://capsule.example", "--set", "confirm_addresses=on" } })
  end)
  before_each(function()
    srv:sql("DELETE FROM reminder")
    srv:set_clock(letters.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  local function page(key)
    return srv:post("/open", { key = key }):expect({ status = 403 }).body
  end

  local function change(key, fields)
    fields.key = key
    return srv:post("/open/reminder", fields)
  end

  --- Says yes by the link of letter n.
  local function say_yes(n)
    local letter = sink:letter(n)
    local token = letter.parts[1].text:match("/confirm%?t=([%w_-]+)")
    assert.is_truthy(token, letter.parts[1].text)
    srv:post("/confirm", { t = token, ["do"] = "confirm" }):expect({ status = 200 })
    return letter
  end

  it("shows of the address what its owner knows anyway, and that a yes is owed", function()
    local key = letters.put(srv, "ada.lovelace@example.org")
    local body = page(key)
    assert.truthy(body:find("a…@example.org", 1, true))
    assert.is_nil(body:find("lovelace", 1, true))
    assert.truthy(body:find("only after a yes", 1, true))
    say_yes(sink:letters() == 0 and 1 or sink:letters())
    assert.truthy(page(key):find("a letter goes to a…@example.org", 1, true))
  end)

  it("goes to another mailbox, which is asked first, and no more to the old one", function()
    local before = sink:letters()
    local key = letters.put(srv, "first@example.org")
    assert.is_truthy(sink:envelope(before + 1))
    say_yes(before + 1)
    local res = change(key, { email = " second@example.org ", mail_key = "on", ["do"] = "set" }):expect({ status = 200 })
    assert.truthy(res.body:find("s…@example.org", 1, true))
    assert.truthy(res.body:find("only after a yes", 1, true))
    assert.same({ "second@example.org" }, sink:envelope(before + 2).to)
    say_yes(before + 2)
    srv:set_clock(letters.OPENS)
    assert.same({ "second@example.org" }, sink:envelope(before + 3).to)
    assert.truthy(sink:letter(before + 3).parts[1].text:find(key:sub(1, 4), 1, true))
    assert.equal(before + 3, sink:letters())
  end)

  it("is added where there was none, without the key where that is wished", function()
    local before = sink:letters()
    local key = srv:json("/api/v1/capsules", { name = "n", content = "c", opens_at = letters.OPENS }):json().key
    assert.truthy(page(key):find("No letter will announce", 1, true))
    change(key, { email = "new@example.org", mail_key = "off", ["do"] = "set" }):expect({ status = 200 })
    assert.is_truthy(sink:envelope(before + 1))
    say_yes(before + 1)
    srv:set_clock(letters.OPENS)
    local letter = sink:letter(before + 2)
    assert.same({ "new@example.org" }, sink:envelope(before + 2).to)
    assert.is_nil(letter.parts[1].text:find(key:sub(1, 4), 1, true))
  end)

  it("is stopped for this capsule alone", function()
    local before = sink:letters()
    local key = letters.put(srv, "bob@example.org")
    local other = letters.put(srv, "bob@example.org")
    assert.is_truthy(sink:envelope(before + 1))
    say_yes(before + 1)
    change(key, { ["do"] = "stop" }):expect({ status = 200 })
    assert.truthy(page(key):find("No letter will announce", 1, true))
    assert.truthy(page(other):find("b…@example.org", 1, true))
  end)

  it("asks again, once a day", function()
    local before = sink:letters()
    local key = letters.put(srv, "eve@example.org")
    assert.is_truthy(sink:envelope(before + 1))
    change(key, { ["do"] = "ask" }):expect({ status = 200 })
    srv:set_clock(letters.NOW + 86400 + 60)
    change(key, { ["do"] = "ask" }):expect({ status = 200 })
    assert.same({ "eve@example.org" }, sink:envelope(before + 2).to)
    assert.equal(before + 2, sink:letters())
  end)

  it("refuses what is no address, and a key that is none", function()
    local key = letters.put(srv, "ada@example.org")
    local res = change(key, { email = "nobody", ["do"] = "set" }):expect({ status = 422 })
    assert.truthy(res.body:find('id="email-error"', 1, true))
    assert.truthy(page(key):find("a…@example.org", 1, true))
    change("wrongwrongwrong1", { email = "x@example.org" }):expect({ status = 404 })
    srv:set_clock(letters.OPENS)
    change(key, { email = "x@example.org" }):expect({ status = 409 })
  end)
end)
