--- What is erased is gone, what is another's stays.
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

describe("timecapsule erase", function()
  local sink, srv

  before_each(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = { "--public-url", "https://capsule.example" } })
    srv:set_clock(letters.NOW)
  end)
  after_each(function()
    srv:stop()
    sink:stop()
  end)

  local function erase(...)
    return letters.run(srv, "erase", ...)
  end

  local function count(of)
    return tonumber((srv:sql("SELECT count(*) FROM " .. of)))
  end

  it("--key deletes a capsule and its letters, and no other", function()
    local key, other = letters.put(srv, "ada@example.org"), letters.put(srv, "bob@example.org")
    local status, output = erase("--key", key)
    assert.equal(0, status, output)
    assert.truthy(output:find("Backups that were made before still hold it", 1, true), output)
    srv:json("/api/v1/capsules/open", { key = key }):expect({ status = 404 })
    srv:json("/api/v1/capsules/open", { key = other }):expect({ status = 403 })
    assert.equal(1, count("capsule"))
    assert.equal(1, count("reminder"))
    assert.equal(1, count("mail_log WHERE outcome = 'erased'"))
    assert.equal(0, count(("mail_log WHERE text LIKE '%%%s%%'"):format(key)))
    status, output = erase("--key", key)
    assert.equal(1, status, output)
    srv:set_clock(letters.OPENS)
    assert.same({ "bob@example.org" }, sink:envelope(1).to)
  end)

  it("--mailbox deletes letters that wait, in whichever spelling, and what it has said", function()
    letters.put(srv, "ada@bücher.example")
    letters.put(srv, "rcpt-450@example.org")
    letters.put(srv, "Ada@xn--bcher-kva.example")
    local status, output = erase("--mailbox", "ADA@BÜCHER.example")
    assert.equal(0, status, output)
    assert.truthy(output:find("2 letters that waited for it are erased", 1, true), output)
    assert.equal(3, count("capsule"))
    assert.equal(1, count("reminder"))
    assert.equal(1, count("mailbox"))
    srv:set_clock(letters.OPENS)
    assert.is_truthy(process.wait_for(function()
      return count("mail_log WHERE outcome = 'later'") > 0
    end))
    assert.equal(0, (erase("--mailbox", "rcpt-450@example.org")))
    assert.equal(0, count("reminder"))
    assert.equal(0, count("mail_log WHERE reminder_id IS NOT NULL"))
    assert.equal(1, (erase("--mailbox", "nobody@example.org")))
    assert.equal(0, sink:letters())
  end)

  it("does nothing without being told what", function()
    for _, case in ipairs({ { {}, "one of --key KEY and --mailbox ADDRESS" }, { { "--key", "x" }, "this is no capsule key" },
      { { "--mailbox", "x" }, "this is no address" } }) do
      local status, output = erase(table.unpack(case[1]))
      assert.equal(2, status, output)
      assert.truthy(output:find(case[2], 1, true), output)
    end
  end)
end)
