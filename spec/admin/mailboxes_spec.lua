--- The page of mailboxes: whether one address is stopped; no list, and no address in logs or audit.
local admin = require("spec.support.admin")
local letters = require("spec.support.letters")
local process = require("spec.support.process")

local ADDRESS = "ada.lovelace@example.org"

describe("the page of mailboxes", function()
  local srv, browser

  lazy_setup(function()
    srv = letters.server("file:" .. process.folder())
    browser = admin.sign_in(srv)
    letters.put(srv, ADDRESS)
  end)
  lazy_teardown(function()
    srv:stop()
  end)

  local function ask(typed)
    return browser:post("/mailboxes/ask", { mailbox = typed or ADDRESS })
  end

  it("says that there is no list", function()
    browser:get("/mailboxes"):expect({ status = 200 }):expect_body("There is no list of them"):expect_no_body("lovelace")
    assert.same({ states = { unconfirmed = 1, confirmed = 0, stopped = 0 } }, browser:json("/mailboxes"))
  end)

  it("tells of one address, stops it and allows it", function()
    ask():expect({ status = 200 }):expect_body("has said neither yes nor no. 1 letters wait")
    browser:post("/mailboxes/stop", { mailbox = ADDRESS }):expect({ status = 200 })
      :expect_body("a***@example.org is stopped; 1 letters")
    ask(ADDRESS:upper()):expect({ status = 200 }):expect_body("is stopped: no letter goes there")
    assert.equal("cancelled", srv:sql("SELECT state FROM reminder"))
    local status, output = letters.run(srv, "mailboxes", "--address", ADDRESS)
    assert.equal(0, status)
    assert.truthy(output:find("a***@example.org is stopped: no letter goes there.", 1, true), output)
    assert.equal(0, (letters.run(srv, "mailboxes", "--address", ADDRESS, "--allow")))
    ask():expect_body("has said yes to letters")
    browser:post("/mailboxes/erase", { mailbox = ADDRESS }):expect({ status = 200 })
    ask():expect({ status = 200 }):expect_body("Nothing is known of")
    ask("nobody"):expect({ status = 422 }):expect_body("This is no address")
  end)

  it("writes no address down", function()
    assert.is_nil(srv:log():find("lovelace", 1, true))
    assert.equal("0", srv:sql("SELECT count(*) FROM audit WHERE detail LIKE '%lovelace%' OR outcome LIKE '%lovelace%'"))
    assert.equal("a***@example.org", srv:sql("SELECT detail FROM audit WHERE act = 'mailboxes_stop'"))
  end)
end)
