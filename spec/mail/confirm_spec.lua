--- What the reader of a letter may say: the page /confirm, and the setting that asks first.
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local server = require("spec.support.server")
local smtp = require("spec.support.smtp")

--- The token in a letter.
local function token_of(letter)
  return assert(letter.headers["list-unsubscribe"]:match("/confirm%?t=([%w_-]+)>$"))
end

describe("/confirm", function()
  local sink, srv, token

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = { "--public-url", "https://capsule.example" } })
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    srv:set_clock(letters.OPENS)
    token = token_of(sink:letter(1))
  end)
  before_each(function()
    srv:sql("DELETE FROM reminder")
    srv:sql("UPDATE mailbox SET state = 'unconfirmed'")
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
  end)
  lazy_teardown(function()
    assert.is_nil(srv:log():find(token, 1, true), "the token is in the log")
    assert.is_nil(srv:log():find(token:sub(1, 20), 1, true), "half of the token is in the log")
    srv:stop()
    sink:stop()
  end)

  local function state()
    return srv:sql("SELECT state FROM mailbox")
  end

  it("shows both answers and does nothing, whoever looks", function()
    for _, request in ipairs({ "get", "head", "get" }) do
      local res = srv[request](srv, "/confirm?t=" .. token):expect({ status = 200,
        headers = { ["Cache-Control"] = "no-store", ["Referrer-Policy"] = "no-referrer" } })
      if request == "get" then
        res:expect_body('name="do" value="stop"', 'name="do" value="confirm"', 'value="' .. token .. '"')
      end
    end
    assert.equal("unconfirmed", state())
    assert.same({ pending = 1 }, letters.states(srv))
  end)

  it("keeps the token when the language is changed", function()
    local res = srv:get("/confirm?t=" .. token):expect({ status = 200 })
    local link = assert(res.body:match('href="(%?[^"]*lang=zh%-CN)"')):gsub("&amp;", "&")
    srv:get("/confirm" .. link):expect({ status = 200 }):expect_body("邮件提醒", token)
  end)

  it("stops letters", function()
    local res = srv:post("/confirm", { t = token, ["do"] = "stop" }):expect({ status = 200,
      headers = { ["Cache-Control"] = "no-store" } })
    res:expect_body("No more emails will come to this address.")
    assert.equal("stopped", state())
    assert.same({ cancelled = 1 }, letters.states(srv))
    assert.equal("0", srv:sql("SELECT count(*) FROM reminder WHERE sealed IS NOT NULL"))
    letters.put(srv, "ADA@example.org")
    assert.same({ cancelled = 2 }, letters.states(srv))
  end)

  it("stops letters by one click, with the token in the address", function()
    srv:post("/confirm?t=" .. token, { ["List-Unsubscribe"] = "One-Click" }):expect({ status = 200 })
    assert.equal("stopped", state())
  end)

  it("stops letters by one click from wherever it comes, and does nothing else from there", function()
    local elsewhere = { Origin = "https://mail.example", ["Sec-Fetch-Site"] = "cross-site" }
    srv:post("/confirm", { t = token, ["do"] = "stop" }, elsewhere):expect({ status = 403 })
    assert.not_equal("stopped", state())
    srv:post("/confirm?t=" .. token, { ["List-Unsubscribe"] = "One-Click" }, elsewhere):expect({ status = 200 })
    assert.equal("stopped", state())
  end)

  it("stops letters by one click sent as multipart", function()
    srv:post("/confirm?t=" .. token, '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
      .. "One-Click\r\n--x--\r\n", { ["Content-Type"] = "multipart/form-data; boundary=x" })
      :expect({ status = 200 })
    assert.equal("stopped", state())
  end)

  it("allows letters, also again", function()
    srv:post("/confirm", { t = token, ["do"] = "stop" }):expect({ status = 200 })
    srv:post("/confirm", { t = token, ["do"] = "confirm" }):expect({ status = 200 })
      :expect_body("Reminders will be sent to this address.")
    assert.equal("confirmed", state())
    letters.put(srv, "ada@example.org")
    assert.same({ cancelled = 1, pending = 1 }, letters.states(srv))
  end)

  it("says the same when the answer was given before", function()
    for _ = 1, 2 do
      srv:post("/confirm", { t = token, ["do"] = "stop" }):expect({ status = 200 })
    end
    assert.equal("stopped", state())
  end)

  it("asks again where the answer is neither", function()
    for _, form in ipairs({ { t = token }, { t = token, ["do"] = "maybe" },
      { t = token, ["List-Unsubscribe"] = "Two-Clicks" } }) do
      srv:post("/confirm", form):expect({ status = 422 }):expect_body('value="stop"')
    end
    assert.equal("unconfirmed", state())
  end)

  it("does nothing without a good token", function()
    local other = token:sub(1, 10) .. (token:sub(11, 11) == "A" and "B" or "A") .. token:sub(12)
    for _, bad in ipairs({ "", "x", other, token .. "A", token:sub(1, -2), ("A"):rep(5000) }) do
      srv:get("/confirm?t=" .. bad):expect({ status = 404 })
      srv:post("/confirm", { t = bad, ["do"] = "stop" }):expect({ status = 404 })
      srv:post("/confirm?t=" .. bad, { ["List-Unsubscribe"] = "One-Click" }):expect({ status = 404 })
    end
    srv:get("/confirm"):expect({ status = 200 }):expect_body('name="t"')
    srv:post("/confirm", { ["do"] = "stop" }):expect({ status = 404 })
    assert.equal("unconfirmed", state())
    assert.same({ pending = 1 }, letters.states(srv))
  end)
end)

describe("the setting confirm_addresses", function()
  local sink, srv, count

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = { "--public-url", "https://capsule.example", "--set",
      "confirm_addresses=true" } })
    count = 0
  end)
  before_each(function()
    srv:sql("DELETE FROM reminder")
    srv:sql("DELETE FROM mailbox")
    srv:set_clock(letters.NOW)
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  local function next_letter()
    count = count + 1
    return sink:letter(count)
  end

  it("asks at once, without the key, and sends the reminder after a yes", function()
    local res = srv:post("/put", capsules.form({ email = "ada@example.org" })):expect({ status = 200 })
    res:expect_body("We first ask at this address whether reminders are welcome.")
    local key = res:field("key")
    local question = next_letter()
    assert.equal("May a time capsule write to you?", question.headers.subject)
    assert.is_nil(question.parts[1].text:find(capsules.groups(key), 1, true))
    letters.await(srv, "sent", 1)
    assert.same({ sent = 1, unconfirmed = 1 }, letters.states(srv))

    srv:set_clock(letters.OPENS)
    srv:tick("reminder.send")
    assert.equal(count, sink:letters())
    srv:post("/confirm", { t = token_of(question), ["do"] = "confirm" }):expect({ status = 200 })
    local reminder = next_letter()
    assert.truthy(reminder.parts[1].text:find(capsules.groups(key), 1, true))
    letters.await(srv, "sent", 2)
  end)

  it("does not ask who has said yes, and asks nobody twice a day", function()
    letters.put(srv, "ada@example.org")
    letters.put(srv, "ada@example.org")
    local question = next_letter()
    letters.await(srv, "cancelled", 1)
    assert.same({ sent = 1, cancelled = 1, unconfirmed = 2 }, letters.states(srv))
    srv:post("/confirm", { t = token_of(question), ["do"] = "confirm" }):expect({ status = 200 })
    letters.put(srv, "ada@example.org")
    assert.same({ sent = 1, cancelled = 1, pending = 3 }, letters.states(srv))
  end)

  it("sends nothing after a no, and keeps nothing", function()
    letters.put(srv, "ada@example.org")
    local question = next_letter()
    letters.await(srv, "sent", 1)
    srv:post("/confirm", { t = token_of(question), ["do"] = "stop" }):expect({ status = 200 })
    assert.same({ sent = 1, cancelled = 1 }, letters.states(srv))
    assert.equal("0", srv:sql("SELECT count(*) FROM reminder WHERE sealed IS NOT NULL"))
  end)
end)

describe("a server that should ask but has no public address", function()
  it("says so and does not start", function()
    local status, log = server.refused({ args = { "--set", "confirm_addresses=true" } })
    assert.equal(1, status)
    assert.truthy(log:find("the setting confirm_addresses needs --public-url", 1, true))
  end)
end)
