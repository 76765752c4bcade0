--- Who may speak for an address, and what an older secret still says.
local stand_in = require("spec.support.stand_in")

describe("reminder.mailbox", function()
  local mailbox, crypto, rows

  local function load_it()
    mailbox = stand_in.load({
      ["host.crypto"] = crypto,
      ["host.db"] = {
        one = function(_, args)
          return rows[args.address_hash]
        end,
      },
    }, "reminder.mailbox")
  end

  before_each(function()
    crypto, rows = stand_in.crypto(), {}
    load_it()
  end)

  it("gives a token that speaks for its address alone", function()
    local token = mailbox.token("alice@example.org")
    assert.equal(mailbox.hash("alice@example.org"), mailbox.read_token(token))
    assert.equal(mailbox.hash("Alice@Example.Org"), mailbox.read_token(token))
    assert.not_equal(mailbox.hash("bob@example.org"), mailbox.read_token(token))
    assert.matches("^[%w_-]+$", token)
    assert.is_nil(token:find("alice", 1, true))
  end)

  it("takes no token that was changed in one place", function()
    local token = mailbox.token("alice@example.org")
    for at = 1, #token do
      local other = token:sub(at, at) == "A" and "B" or "A"
      local changed = token:sub(1, at - 1) .. other .. token:sub(at + 1)
      assert.is_nil(mailbox.read_token(changed), at)
    end
  end)

  it("takes nothing that is none", function()
    local token = mailbox.token("alice@example.org")
    for _, text in ipairs({ "", "x", token .. "A", token:sub(1, -2), ("A"):rep(64), ("A"):rep(10000) }) do
      assert.is_nil(mailbox.read_token(text), #text)
    end
    assert.is_nil(mailbox.read_token(nil))
    assert.is_nil(mailbox.read_token(42))
  end)

  it("takes a token of an older secret, and of no other", function()
    local token = mailbox.token("alice@example.org")
    local before = { mailbox = crypto.secret("mailbox"), confirm = crypto.secret("confirm") }
    crypto.secrets = function(context)
      return { require("host.crypto").derive("newer", context), before[context] }
    end
    assert.is_truthy(mailbox.read_token(token))
    crypto.secrets = function(context)
      return { require("host.crypto").derive("newer", context) }
    end
    assert.is_nil(mailbox.read_token(token))
  end)

  it("knows nothing of an address that never came", function()
    assert.same({ state = "unconfirmed", mails_today = 0 }, mailbox.find("nobody@example.org"))
  end)

  local cases = {
    { "no to an older secret", nil, "stopped", "stopped" },
    { "no to an older secret, and nothing since", "unconfirmed", "stopped", "stopped" },
    { "yes to an older secret", "unconfirmed", "confirmed", "confirmed" },
    { "yes again since", "confirmed", "stopped", "confirmed", 1 },
    { "no since", "stopped", "confirmed", "stopped", 1 },
    { "no by an older letter, after its yes", "confirmed", "stopped", "stopped", 3 },
    { "yes by an older letter, after its no", "stopped", "confirmed", "confirmed", 3 },
    { "yes and no in one second", "confirmed", "stopped", "stopped", 2 },
  }
  for _, case in ipairs(cases) do
    local name, new, old, state, said_at = table.unpack(case)
    it("remembers who said " .. name, function()
      rows[mailbox.hash("alice@example.org")] = new and { id = 2, state = new, said_at = 2 } or nil
      local older = crypto.hmac(crypto.secrets("mailbox")[2], "alice@example.org")
      rows[older] = { id = 1, state = old, said_at = said_at or 1 }
      local found = mailbox.find("alice@example.org")
      assert.equal(state, found.state)
      assert.equal(new and 2 or nil, found.id)
      assert.equal(state ~= new and (said_at or 1) or nil, found.older)
    end)
  end

  it("says when the database does not answer", function()
    mailbox = stand_in.load({
      ["host.crypto"] = crypto,
      ["host.db"] = {
        one = function()
          return nil, "away", "io"
        end,
      },
    }, "reminder.mailbox")
    local found, message, kind = mailbox.find("alice@example.org")
    assert.is_nil(found)
    assert.equal("away", message)
    assert.equal("io", kind)
  end)
end)
