--- Through a mail server that people use, into a mailbox: only in `make soak`, because it fetches Postfix.
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

if not os.getenv("SOAK") then
  return
end

describe("Postfix delivers", function()
  local postfix, mta

  lazy_setup(function()
    postfix = require("spec.support.postfix")
    mta = postfix.start({ "example.org", "xn--fsqu00a.example" })
  end)
  lazy_teardown(function()
    mta:stop()
  end)

  it("every reminder once, whole and readable", function()
    local srv <close> = letters.server(mta:url(), { args = { "--public-url", "https://capsule.example" } })
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 99, function(i)
      return ("reader%d@example.org"):format(i)
    end)
    local key = srv:post("/put", capsules.form({ email = "wang@例子.example", tz = "Asia/Shanghai" }),
      { ["Accept-Language"] = "zh" }):expect({ status = 200 }):field("key")
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 100)
    local ids, chinese = {}, nil
    for _, path in ipairs(mta:mails(100)) do
      local mail = smtp.parse(path)
      assert.same({}, mail.defects)
      assert.is_nil(ids[mail.headers["message-id"]])
      ids[mail.headers["message-id"]] = true
      chinese = mail.to[1].address == "wang@xn--fsqu00a.example" and mail or chinese
    end
    assert.equal("一个时间胶囊打开了", chinese.headers.subject)
    assert.truthy(chinese.parts[1].text:find(capsules.groups(key), 1, true))
    assert.truthy(chinese.parts[1].text:find("https://capsule.example/open#" .. key, 1, true))
  end)

  it("names in Chinese, long subjects, lines of a single dot, an IDN", function()
    local srv <close> = smtp.app({ "--mail", mta:url(), "--mail-from", "capsule@example.org" })
    local before = #mta:mails(0)
    local subject, text = ("很长的主题"):rep(40), ".\n..\n.\nFrom here\n" .. ("x"):rep(3000) .. "\n."
    local out = smtp.send(srv, { to = { address = "ada@例子.example", name = "王小明" }, subject = subject, text = text })
    assert.is_truthy(out.receipt, out.message)
    for _, path in ipairs(mta:mails(before + 1)) do
      local mail = smtp.parse(path)
      if mail.headers["message-id"] == out.receipt.id then
        assert.same({}, mail.defects)
        assert.equal(subject, mail.headers.subject)
        assert.same({ { name = "王小明", address = "ada@xn--fsqu00a.example" } }, mail.to)
        assert.equal((text:gsub("\n", "\r\n")), (mail.parts[1].text:gsub("\r?\n", "\r\n"):gsub("\r\n$", "")))
        return
      end
    end
    error("the letter is in no mailbox\n" .. mta:log())
  end)

  it("nothing to where it does not relay: the letter stays whole, and others do not wait behind it", function()
    local before = #mta:mails(0)
    local srv <close> = letters.server(mta:url())
    srv:set_clock(letters.NOW)
    letters.put(srv, "ada@elsewhere.example")
    srv:set_clock(letters.OPENS)
    assert.is_truthy(process.wait_for(function()
      return letters.metric(srv, "tc_reminders_paused") == 1
    end))
    assert.truthy(srv:sql("SELECT text FROM mail_log"):find("a***@elsewhere.example", 1, true))
    assert.truthy(srv:sql("SELECT text FROM mail_log"):find("554 5.7.1", 1, true))
    srv:set_clock(letters.NOW)
    letters.put(srv, "bob@example.org")
    srv:set_clock(letters.OPENS + 61)
    letters.await(srv, "sent", 1)
    assert.equal(before + 1, #mta:mails(before + 1))
    assert.same({ sent = 1, pending = 1 }, letters.states(srv))
  end)

  it("every letter once, after it had refused our sender for a while", function()
    local before = #mta:mails(0)
    local srv <close> = letters.server(mta:url())
    mta:refuse_senders(true)
    srv:set_clock(letters.NOW)
    letters.put_many(srv, 30, function(i)
      return ("owned%d@example.org"):format(i)
    end)
    srv:set_clock(letters.OPENS)
    assert.is_truthy(process.wait_for(function()
      return letters.metric(srv, "tc_reminders_paused") == 1
    end), srv:log():sub(-3000) .. mta:log():sub(-3000))
    assert.same({ pending = 30 }, letters.states(srv))
    assert.equal("30", srv:sql("SELECT count(*) FROM reminder WHERE length(sealed) > 0"))
    mta:refuse_senders(false)
    srv:set_clock(letters.OPENS + 61)
    letters.await(srv, "sent", 30)
    local seen = {}
    for _, path in ipairs(mta:mails(before + 30)) do
      local id = smtp.parse(path).headers["message-id"]
      assert.is_nil(seen[id])
      seen[id] = true
    end
    assert.equal(before + 30, #mta:mails(before + 30))
  end)
end)
