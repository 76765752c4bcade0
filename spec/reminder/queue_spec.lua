--- Rows of letters: sealed, bound to their row, readable under an older secret.
local stand_in = require("spec.support.stand_in")

describe("reminder.queue", function()
  local queue, sealed, crypto

  before_each(function()
    crypto = stand_in.crypto()
    queue, sealed = stand_in.load({ ["host.crypto"] = crypto, ["host.db"] = stand_in.db() },
      "reminder.queue", "reminder.sealed")
  end)

  local function order(changes)
    local made = {
      key = "0123456789abcdef",
      key_hash = ("h"):rep(32),
      opens_at = 2000,
      created_at = 1000,
      mailbox = "alice@example.org",
      mail_key = true,
      lang = "zh-CN",
      zone = "Asia/Shanghai",
    }
    for name, value in pairs(changes or {}) do
      made[name] = value
    end
    return made
  end

  local function row(changes)
    local calls = queue.calls(order(changes))
    assert.equal(2, #calls)
    assert.equal("mailbox.remember", calls[1][1])
    assert.equal("reminder.insert", calls[2][1])
    assert.equal(calls[1][2].address_hash, calls[2][2].address_hash)
    return calls[2][2]
  end

  it("is due at the opening time, for the capsule of the key", function()
    local made = row()
    assert.equal("opening", made.letter)
    assert.equal(2000, made.due_at)
    assert.equal(("h"):rep(32), made.key_hash)
    assert.matches("^<[%x-]+@[%w.-]+>$", made.message_id)
    assert.not_equal(made.message_id, row().message_id)
  end)

  it("shows neither mailbox nor key", function()
    for name, value in pairs(row()) do
      assert.is_nil(tostring(value):find("alice", 1, true), name)
      assert.is_nil(tostring(value):find("0123456789abcdef", 1, true), name)
    end
  end)

  it("knows a mailbox by a hash, whatever its case", function()
    local hash = row().address_hash
    assert.equal(32, #hash)
    assert.equal(hash, row({ mailbox = "Alice@Example.ORG" }).address_hash)
    assert.not_equal(hash, row({ mailbox = "bob@example.org" }).address_hash)
  end)

  it("holds what the letter needs", function()
    assert.same({
      mailbox = "alice@example.org",
      lang = "zh-CN",
      zone = "Asia/Shanghai",
      key = "0123456789abcdef",
    }, sealed.open(row()))
  end)

  it("leaves the key out where the person unticked it", function()
    assert.is_nil(sealed.open(row({ mail_key = false })).key)
  end)

  it("does not open in another row", function()
    local one, other = row(), row()
    for _, changed in ipairs({
      { message_id = other.message_id, letter = one.letter, sealed = one.sealed },
      { message_id = one.message_id, letter = "week", sealed = one.sealed },
    }) do
      local contents, _, kind = sealed.open(changed)
      assert.is_nil(contents)
      assert.equal("state", kind)
    end
  end)

  it("opens under a previous secret", function()
    local made = row()
    local before = crypto.secret("reminder")
    crypto.secrets = function(context)
      return { require("host.crypto").derive("newer", context), before }
    end
    assert.equal("alice@example.org", sealed.open(made).mailbox)
  end)

  it("is nothing once it has been wiped", function()
    assert.is_nil(sealed.open({ message_id = "<a@b>", letter = "opening" }))
  end)
end)
