--- The support bundle: what somebody who helps wants to know, and none of thirty secrets that were planted where they
--- could get into it.
local admin = require("spec.support.admin")
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local server = require("spec.support.server")

--- What a careless script says in its errors, and what must not be seen of it.
local CARELESS = {
  { "no capsule opens with abC4efGh1jkLmnoP", "abC4efGh1jkLmnoP" },
  { "no capsule opens with qrS5-uvwX-yz12-3aBc", "qrS5-uvwX-yz12-3aBc" },
  { "the key Zy9xWv8uTs7rQp6oNm5l of the original", "Zy9xWv8uTs7rQp6oNm5l" },
  { "cannot write to ada.lovelace+tag@example.org", "ada.lovelace" },
  { "login as bob@mail.example failed", "bob@mail" },
  { "smtp://carol:winter99@mail.example refused", "winter99" },
  { "postgres://dave:summer@db/x", "summer" },
  { "password=hunter2 was wrong", "hunter2" },
  { 'answer {"token": "tiny1"}', "tiny1" },
  { "api_key: small2", "small2" },
  { "SECRET = 'little3'", "little3" },
  { "Authorization: Basic dTpw", "dTpw" },
  { "sent bearer shortone", "shortone" },
  { "Cookie: tc_admin=abc; other=def", "tc_admin=abc" },
  { "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "dozjgNryP4J3jVmNHl0w5N" },
  { "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE" },
  { "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI" },
  { "hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "9f86d081884c7d65" },
  { "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "MIIE" },
  { "the code open-sesame is good", "open-sesame" },
  { "the shelf is called plum", "plum" }, -- the value of a setting whose name says that it is secret
}

local SITE = {
  ["scripts/site.lua"] = [[
    local careless = require("careless")
    return function(app)
      app:get("site.careless", "/careless/:n", function(req)
        error(careless[tonumber(req.params.n)])
      end)
    end
  ]],
  ["scripts/site_config.lua"] = [[
    return {
      { name = "site_api_key", type = "string", help = "of a service" },
      { name = "site_mail_password", type = "string", help = "of a box" },
      { name = "site_shelf_token", type = "string", help = "a shelf" },
      { name = "site_hook", type = "string", help = "where events go" },
    }
  ]],
}

local function site()
  local list = {}
  for i, pair in ipairs(CARELESS) do
    list[i] = ("%q"):format(pair[1])
  end
  SITE["scripts/careless.lua"] = "return { " .. table.concat(list, ", ") .. " }"
  return files.folder(SITE)
end

describe("the support bundle", function()
  local srv, browser, planted

  setup(function()
    local folder = files.folder({ ["codes"] = "open-sesame\n", ["metrics"] = "metricstoken7metrics\n" })
    srv = server.start({
      args = { "--site", site(), "--mail", "smtp://me:lily-of-the-valley@127.0.0.1:1", "--metrics-token-file",
        folder .. "/metrics", "--set", "put_code_file=" .. folder .. "/codes", "--set", "site_api_key=daisy",
        "--set", "site_hook=https://hooks.example/T0000AAAA/B0000BBBB/x9Yz8Wv7Ut6Sr5Qp4", "--set", "site_shelf_token=plum" },
      env = { TIMECAPSULE_SITE_MAIL_PASSWORD = "rosemary", TIMECAPSULE_MAIL_PASSWORD = "thyme-and-sage" },
    })
    browser = admin.sign_in(srv)
    planted = { "lily-of-the-valley", "metricstoken7metrics", "daisy", "x9Yz8Wv7Ut6Sr5Qp4", "rosemary", "thyme-and-sage",
      process.read_file(srv.data .. "/secret"):match("%x+"), (admin.token(srv)), (browser.cookie:match("=(.+)")),
      (capsules.put(srv, { code = "open-sesame", name = "Grace Hopper", content = "the moth in the relay" })), "Grace Hopper",
      "the moth in the relay" }
    for i, pair in ipairs(CARELESS) do
      srv:get("/careless/" .. i)
      planted[#planted + 1] = pair[2]
    end
  end)
  teardown(function()
    srv:stop()
  end)

  local function expect_none(text, where)
    for _, secret in ipairs(planted) do
      assert.is_nil(text:find(secret, 1, true), where .. " has " .. secret)
    end
  end

  it("has none of thirty planted secrets, on the page, as JSON and by the command", function()
    assert.is_true(#planted >= 30, tostring(#planted))
    expect_none(browser:get("/support"):expect({ status = 200 }).body, "the page")
    expect_none(browser:get("/support.json"):expect({ status = 200 }).body, "the JSON")
    for _, words in ipairs({ {}, { "--json" } }) do
      local status, output = letters.run(srv, "support", table.unpack(words))
      assert.equal(0, status, output)
      expect_none(output, "the command")
    end
  end)

  it("would have had them: what is taken out was there", function()
    local text = browser:get("/errors.json").body
    for _, pair in ipairs(CARELESS) do
      assert.is_truthy(text:find(pair[2], 1, true) or text:find((pair[2]:gsub("/", "\\/")), 1, true), pair[2])
    end
  end)

  it("tells what somebody who helps asks first", function()
    local bundle = browser:json("/support")
    assert.matches("^%d+%.%d+%.%d+$", bundle.runs.version)
    assert.matches("libmicrohttpd %d", bundle.runs.build)
    local by_name = {}
    for _, setting in ipairs(bundle.settings) do
      by_name[setting.name] = setting
    end
    assert.equal("--set", by_name.site_api_key.origin)
    assert.equal("…", by_name.site_api_key.value)
    assert.is_truthy(by_name.mail.value:find("127.0.0.1:1", 1, true))
    assert.is_truthy(bundle.doctor[1].verdict)
    assert.equal(#CARELESS, #bundle.errors)
    assert.equal("site.careless", bundle.errors[1].route)
    assert.is_truthy(bundle.errors[1].error:find("careless", 1, true) or bundle.errors[1].error:find("site.lua", 1, true))
    local _, output = letters.run(srv, "support")
    assert.matches("Time Capsule %d", output)
    assert.matches("\nDOCTOR\n", output)
    assert.matches("\nERRORS", output)
  end)
end)
