--- What holds across nodes: two servers on one MariaDB, with the same secret, are one site.
--- Letters and their caps: spec/mail/caps_spec.lua; timers: spec/server/turn_spec.lua.
local admin = require("spec.support.admin")
local letters = require("spec.support.letters")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")

describe("two servers on one database", function()
  local first, second

  lazy_setup(function()
    local base = mariadb.shared():create()
    first = server.start({ database = base })
    second = server.start({ database = base, args = { "--secret-file", first.data .. "/secret" } })
    for _, srv in ipairs({ first, second }) do
      srv:set_clock(letters.NOW)
    end
  end)
  lazy_teardown(function()
    first:stop()
    second:stop()
  end)

  local function put(srv, headers)
    return srv:json("/api/v1/capsules", { name = "Ann", content = "words", opens_at = letters.OPENS }, headers)
  end

  it("open each other's capsules", function()
    local key = put(first):expect({ status = 201 }):json().key
    second:json("/api/v1/capsules/open", { key = key }):expect({ status = 403 })
  end)

  it("give a put that is repeated at the other one the same key, and make no second capsule", function()
    local headers = { ["Idempotency-Key"] = "order-17" }
    local before = tonumber(first:sql("SELECT count(*) FROM capsule"))
    local key = put(first, headers):expect({ status = 201 }):json().key
    assert.equal(key, put(second, headers):expect({ status = 201 }):json().key)
    assert.equal(before + 1, tonumber(first:sql("SELECT count(*) FROM capsule")))
  end)

  it("know who has signed in at the other one", function()
    local token = admin.token(first, "--for", "Ada")
    local res = admin.browser(first, ""):submit("/sign-in", { token = token }):expect({ status = 303 })
    admin.browser(second, "admin_session=" .. res:cookie("admin_session")):get("/"):expect({ status = 200 })
      :expect_body("Signed in as Ada")
  end)

  it("go into maintenance together, and come out of it", function()
    local function set(mode)
      local status, output = letters.run(first, "maintenance", mode)
      assert.equal(0, status, output)
    end
    local function both_answer(code)
      return process.wait_for(function()
        return put(first).status == code and put(second).status == code
      end)
    end
    set("read-only")
    assert.is_truthy(both_answer(503))
    set("open")
    assert.is_truthy(both_answer(201))
  end)
end)
