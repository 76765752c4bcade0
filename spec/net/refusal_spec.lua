--- Whose fault a refusal is, whichever step of a letter's way it answers: the recipient's, for whom it has
--- failed for good, or ours and the rules', for which no letter is lost (RFC 3463).
local refusals = require("spec.support.refusals")
local smtp = require("spec.support.smtp")

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

  for _, stage in ipairs(refusals.STAGES) do
    -- At MAIL nobody but the sender has been named yet.
    local recipients = stage == "mail" and "policy" or "permanent"

    it("with a recipient's code is " .. recipients .. " at " .. stage, function()
      for _, words in ipairs(refusals.ABOUT_RECIPIENT) do
        assert.equal(recipients, answered(stage, words), words)
      end
      assert.truthy(smtp.send(srv, {}).receipt)
    end)

    it("with a code about us or the rules is policy at " .. stage, function()
      for _, words in ipairs(refusals.ABOUT_US) do
        assert.equal("policy", answered(stage, words), words)
      end
      assert.truthy(smtp.send(srv, {}).receipt)
    end)
  end
end)
