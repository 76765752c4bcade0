--- What is judged before a body has come: where it goes, how long it may be, who sends it.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local LONG = ("x"):rep(200000)

describe("a body", function()
  local srv

  setup(function()
    srv = server.start({ args = { "--trusted-proxy", "127.0.0.1", "--set", "opens_per_minute=2",
      "--set", "puts_per_minute=0", "--limit-fields", "12" } })
  end)
  teardown(function()
    srv:stop()
  end)

  it("is not kept for a path that is not there, nor for a page that takes none", function()
    srv:post("/nowhere", { name = LONG }):expect({ status = 404 })
    srv:post("/introduce", { name = LONG }):expect({ status = 405 })
    srv:post("/static/style.css", { name = LONG }):expect({ status = 404 })
  end)

  it("has at most what its page can need", function()
    srv:post("/open", { key = LONG }):expect({ status = 413 })
    srv:post("/confirm", { t = LONG }):expect({ status = 413 })
    srv:json("/api/v1/capsules/open", { key = LONG }):expect({ status = 413 })
    srv:json("/api/v1/capsules", { content = LONG }):expect({ status = 422 })
    srv:json("/api/v1/capsules", { content = LONG:rep(2) }):expect({ status = 413 })
  end)

  it("has room for a capsule whose fields are at their longest, in the widest spelling", function()
    local widest = utf8.char(0x1f30d)
    srv:post("/put", capsules.form({ name = widest:rep(50), content = widest:rep(5000), tips = widest:rep(1000) }))
      :expect({ status = 200 })
  end)

  it("is not shown again where it is far too long", function()
    local shown = srv:post("/put", capsules.form({ content = ('"'):rep(6000) })):expect({ status = 422 })
    assert.is_truthy(shown.body:find(("&quot;"):rep(6000), 1, true) or shown.body:find(("&#34;"):rep(6000), 1, true))
    local dropped = srv:post("/put", capsules.form({ name = ('"'):rep(5000), content = "kept" })):expect({ status = 422 })
    dropped:expect_body("far too long to be shown"):expect_body("kept")
    assert.is_true(#dropped.body < 80000, #dropped.body)
  end)

  it("has so many fields as the setting says", function()
    local form = {}
    for i = 1, 12 do
      form["f" .. i] = "x"
    end
    srv:post("/put", form):expect({ status = 422 })
    form.f13 = "x"
    srv:post("/put", form):expect({ status = 400 })
  end)

  it("of a client that asks too often is not kept, whatever it is", function()
    local client = { ["X-Forwarded-For"] = "203.0.113.9" }
    srv:post("/open", { key = "a" }, client):expect({ status = 404 })
    srv:post("/open", { key = "a" }, client):expect({ status = 404 })
    srv:post("/open", { key = LONG }, client):expect({ status = 429 })
  end)
end)
