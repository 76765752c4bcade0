--- One mailbox has many spellings and many tags: who says no says it for all of them, and bounds count them together.
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

local PUBLIC = { "--public-url", "https://capsule.example" }

describe("a stop", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = PUBLIC })
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  --- Has a letter sent, stops by its link, and returns the number of letters so far.
  local function stop(address)
    local before = sink:letters()
    srv:set_clock(letters.NOW)
    letters.put(srv, address)
    srv:set_clock(letters.OPENS)
    assert.is_truthy(sink:envelope(before + 1))
    local token = sink:letter(before + 1).headers["list-unsubscribe"]:match("t=([%w_-]+)")
    srv:post("/confirm?t=" .. token, { ["List-Unsubscribe"] = "One-Click" }):expect({ status = 200 })
    return before + 1
  end

  for _, case in ipairs({
    { "stop4@example.com", "stop4@ｅｘａｍｐｌｅ.com", "STOP4@Example.COM", "stop4@example。com", "\u{200b}stop4@example.com " },
    { "ann@bücher.example", "ann@BÜCHER.example", "ann@xn--bcher-kva.example", "Ann@XN--BCHER-KVA.example" },
  }) do
    it("of " .. case[1] .. " holds for every spelling", function()
      local before = stop(case[1])
      srv:set_clock(letters.NOW)
      for i = 2, #case do
        srv:post("/put", { name = "n", time = "2030-06-01 20:00", tz = "Asia/Shanghai", content = "c", email = case[i] })
          :expect({ status = 200 })
      end
      letters.put(srv, "last@example.org")
      srv:set_clock(letters.OPENS)
      assert.same({ "last@example.org" }, sink:envelope(before + 1).to)
      assert.equal(before + 1, sink:letters())
    end)
  end

  it("said under the form that an older program hashed holds, and becomes today's word", function()
    srv:set_clock(letters.NOW)
    letters.put(srv, "old@bücher.example")
    local hash = srv:sql("SELECT hex(address_hash) FROM mailbox ORDER BY id DESC LIMIT 1")
    local secret = assert(io.open(srv.data .. "/secret")):read("l")
    local crypto = require("host.crypto")
    local raw = crypto.hmac(crypto.derive(crypto.from_hex(secret), "mailbox"), "old@bücher.example")
    srv:sql(("INSERT INTO mailbox (address_hash, state, created_at) VALUES (x'%s', 'stopped', 1)"):format(crypto.hex(raw)))
    local before = sink:letters()
    letters.put(srv, "young@example.org")
    srv:set_clock(letters.OPENS)
    assert.same({ "young@example.org" }, sink:envelope(before + 1).to)
    assert.is_truthy(process.wait_for(function()
      return srv:sql(("SELECT state FROM mailbox WHERE address_hash = x'%s'"):format(hash)) == "stopped"
    end))
  end)
end)

describe("bounds", function()
  it("count an address and its tags together, in a day and waiting", function()
    local sink = smtp.start()
    local srv = letters.server(sink, { args = { "--set", "mails_per_address=3", "--set", "mails_waiting=5" } })
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.NOW)
    for i = 1, 5 do
      letters.put(srv, ("victim+%d@example.org"):format(i))
    end
    srv:json("/api/v1/capsules", { name = "n", content = "c", opens_at = letters.OPENS, email = "victim+x@example.org" })
      :expect({ status = 422 })
    local page = srv:post("/put", { name = "n", time = "2030-06-01 20:00", tz = "Asia/Shanghai", content = "c",
      email = "Victim@example.org" }):expect({ status = 422 })
    assert.truthy(page.body:find("Already 5 letters wait", 1, true))
    letters.put(srv, "other+1@example.org")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 4)
    assert.is_truthy(process.wait_for(function()
      return srv:sql("SELECT count(*) FROM reminder WHERE state = 'pending' AND next_attempt_at >= "
        .. (letters.OPENS // 86400 + 1) * 86400) == "2"
    end))
    assert.equal(4, sink:letters())
  end)
end)

describe("letters that wait for a yes", function()
  it("fill nothing: the oldest give way, and who has said yes gets a further one", function()
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, { args = { "--public-url", "https://capsule.example",
      "--set", "confirm_addresses=on", "--set", "mails_waiting=3" } })
    srv:set_clock(letters.NOW)
    for i = 1, 5 do
      letters.put(srv, ("victim+%d@example.org"):format(i))
    end
    local function states()
      return srv:sql("SELECT state FROM reminder WHERE letter = 'opening' ORDER BY id"):gsub("\n", " ")
    end
    assert.equal("cancelled cancelled unconfirmed unconfirmed unconfirmed", states())
    assert.equal("2", srv:sql("SELECT count(*) FROM reminder WHERE letter = 'opening' AND sealed IS NULL"))
    local token = sink:letter(1).parts[1].text:match("t=([%w_-]+)")
    srv:post("/confirm", { t = token, ["do"] = "confirm" }):expect({ status = 200 })
    letters.put(srv, sink:envelope(1).to[1])
    assert.equal("cancelled cancelled unconfirmed unconfirmed unconfirmed pending", states())
  end)
end)

describe("a letter without a public address", function()
  it("carries a code that stops further ones", function()
    local sink = smtp.start()
    local srv = letters.server(sink)
    finally(function()
      srv:stop()
      sink:stop()
    end)
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    srv:set_clock(letters.OPENS)
    local letter = sink:letter(1)
    local code = letter.parts[1].text:match("enter this code:%s+([%w_-]+)")
    assert.is_truthy(code, letter.parts[1].text)
    assert.truthy(letter.parts[2].text:find(code, 1, true))
    assert.truthy(srv:get("/confirm").body:find('name="t"', 1, true))
    srv:post("/confirm", { t = " " .. code .. "\r\n", ["do"] = "look" }):expect({ status = 200 }):expect_body('value="stop"')
    srv:post("/confirm", { t = code, ["do"] = "stop" }):expect({ status = 200 })
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@example.org")
    assert.equal("cancelled", letters.row(srv).state)
  end)
end)
