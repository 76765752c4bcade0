--- Whose fault a refusal is, whichever step of a letter's way it answers: the recipient's, for whom it has
--- failed for good, or ours and the rules', for which no letter is lost (RFC 3463).
local smtp = require("spec.support.smtp")

-- `permanent` is about the recipient or the letter; `policy` about the sender, the system, the rules.
local ABOUT_RECIPIENT = {
  "550 5.1.1 <{}>: Recipient address rejected: User unknown",
  "550 5.1.2 no such domain",
  "553 5.1.3 bad syntax",
  "551 5.1.6 <{}> has moved",
  "556 5.1.10 takes no mail",
  "550 5.2.1 mailbox disabled",
  "552 5.2.2 mailbox full",
  "550 <{}> is unknown here",
}
local ABOUT_US = {
  "553 5.7.1 <c@sender.example>: Sender address rejected: not owned by user bot@site.example",
  "554 5.7.1 <{}>: Relay access denied",
  "550 5.4.5 Daily user sending quota exceeded",
  "550 5.7.26 unauthenticated mail is prohibited",
  "554 Message rejected: Email address is not verified.",
  "550 5.1.7 bad sender",
  "550 5.1.8 the sender's domain does not exist",
  "554 5.3.0 not today",
  "552 5.3.4 larger than we take",
  "550 5.4.1 no answer from host",
  "550 5.7.0 refused by our rules",
}

describe("a refusal", function()
  local sink, srv

  lazy_setup(function()
    sink = smtp.start()
    srv = smtp.app({ "--mail", sink:url() })
  end)
  lazy_teardown(function()
    srv:stop()
    sink:stop()
  end)

  local function answered(stage, words)
    sink:reply(stage, words)
    local out = smtp.send(srv, { to = "ada@example.org" })
    sink:reply(stage, nil)
    assert.truthy(out.message, ("%s at %s was no refusal"):format(words, stage))
    return out.kind
  end

  for _, stage in ipairs({ "mail", "rcpt", "data", "end" }) do
    -- At MAIL nobody but the sender has been named yet.
    local recipients = stage == "mail" and "policy" or "permanent"

    it("with a recipient's code is " .. recipients .. " at " .. stage, function()
      for _, words in ipairs(ABOUT_RECIPIENT) do
        assert.equal(recipients, answered(stage, words), words)
      end
      assert.truthy(smtp.send(srv, {}).receipt)
    end)

    it("with a code about us or the rules is policy at " .. stage, function()
      for _, words in ipairs(ABOUT_US) do
        assert.equal("policy", answered(stage, words), words)
      end
      assert.truthy(smtp.send(srv, {}).receipt)
    end)
  end
end)
