--- The page of capsules: one at a time, never what is in it; disabled, enabled and erased with a reason.
local admin = require("spec.support.admin")
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local process = require("spec.support.process")

describe("the page of capsules", function()
  local srv, browser, reader, key

  lazy_setup(function()
    srv = letters.server("file:" .. process.folder())
    browser, reader = admin.sign_in(srv), admin.sign_in(srv, "reader")
    key = letters.put(srv, "ada@example.org", { name = "Adalbert", content = "a secret for later", tips = "patience" })
  end)
  lazy_teardown(function()
    srv:stop()
  end)

  local function opens()
    return srv:post("/open", { key = key }).status
  end

  it("shows one by number or key, to readers by number, and nothing of what is in it", function()
    for _, res in ipairs({ browser:get("/capsules?number=1"), reader:get("/capsules?number=1"),
      browser:post("/capsules/find", { key = "1" }), browser:post("/capsules/find", { key = key }) }) do
      res:expect({ status = 200 }):expect_body("Capsule 1", "sealed"):expect_no_body("Adalbert", "a secret", "patience",
        "ada@example.org", key)
    end
    local capsule = browser:json("/capsules", "?number=1").capsule
    assert.same({ 1, "sealed", "pending" }, { capsule.id, capsule.state, capsule.letters[1].state })
    assert.is_nil(capsule.body or capsule.note or capsule.key_hash)
    browser:get("/capsules?number=77"):expect({ status = 200 }):expect_body("There is no such capsule")
    browser:post("/capsules/find", { key = "no key at all" }):expect({ status = 422 })
    browser:post("/capsules/find", { key = ("0"):rep(16) }):expect({ status = 404 })
  end)

  it("shows how many letters others have added, and no word of them, whose they are or the code", function()
    local begun = srv:json("/api/v1/capsules", { name = "Class", opens_at = letters.OPENS, gather = { most = 9 } })
      :expect({ status = 201 }):json()
    srv:json("/api/v1/letters", { code = begun.code, name = "Beatrix", content = "hidden words" }):expect({ status = 201 })
    browser:post("/capsules/find", { key = begun.key }):expect({ status = 200 }):expect_body("1 of at most 9")
      :expect_no_body("Beatrix", "hidden words", begun.code)
    local _, output = letters.run(srv, "capsules", "--number", srv:sql("SELECT max(id) FROM capsule"))
    assert.truthy(output:find("letters  1 of others, of at most 9, until", 1, true), output)
  end)

  it("disables one, which answers like an unknown, and enables it again", function()
    assert.equal(403, opens())
    browser:post("/capsules/disable", { number = "1" }):expect({ status = 422 }):expect_body("Say why")
    browser:post("/capsules/disable", { number = "1", why = "a court's order" }):expect({ status = 200 })
      :expect_body("Capsule 1 is disabled", "a court")
    assert.equal(404, opens())
    browser:post("/capsules/disable", { number = "1", why = "again" }):expect({ status = 409 })
    local status, output = letters.run(srv, "capsules", "--number", "1")
    assert.equal(0, status)
    assert.truthy(output:find("capsule 1: disabled", 1, true), output)
    assert.truthy(output:find("capsules_disable\tcapsule 1: a court's order", 1, true), output)
    status, output = letters.run(srv, "capsules", "--number", "1", "--enable", "--why", "a mistake")
    assert.equal(0, status, output)
    assert.equal(403, opens())
  end)

  it("erases one with its letters, by page and by command", function()
    local other = capsules.put(srv)
    local number = srv:sql("SELECT max(id) FROM capsule")
    assert.equal(0, (letters.run(srv, "capsules", "--number", number, "--erase", "--why", "asked for")))
    srv:post("/open", { key = other }):expect({ status = 404 })
    browser:post("/capsules/erase", { number = "1", why = "asked for" }):expect({ status = 200 })
    assert.equal(404, opens())
    assert.equal("0", srv:sql("SELECT count(*) FROM reminder"))
    assert.equal(1, (letters.run(srv, "capsules", "--number", "1", "--erase", "--why", "asked for")))
  end)

  it("leaves all of it in the audit, without a key", function()
    local acts = browser:json("/audit").acts
    local seen = {}
    for _, act in ipairs(acts) do
      seen[#seen + 1] = ("%s %s %s %s"):format(act.via, act.act, act.detail, act.outcome)
    end
    local all = table.concat(seen, "\n")
    for _, line in ipairs({ "page capsules_find by a key done", "page capsules_disable capsule 1: a court's order done",
      "page capsules_disable capsule 1: again There is no capsule 1, or it is disabled already.",
      "command capsules_enable capsule 1: a mistake done", "page capsules_erase capsule 1: asked for done" }) do
      assert.truthy(all:find(line, 1, true), line .. "\nis not in\n" .. all)
    end
    assert.is_nil(all:find(key, 1, true))
    assert.is_nil(srv:log():find(key, 1, true))
  end)
end)
