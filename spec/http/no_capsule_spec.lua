--- Every key that opens nothing gets the same answer.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("a key that opens nothing", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("is answered the same whether unknown, malformed or deleted", function()
    local deleted, done = capsules.put(srv)
    srv:post("/put/undo", { key = deleted, token = done:field("token") }):expect({ status = 200 })
    local typed = {
      { key = "0123456789abcdef" },
      { key = "0123-4567-89ab-cdef-ghij" },
      { key = deleted },
      { key = "short" },
      { key = "not a key at all!" },
      { key = ("a"):rep(10000) },
      { key = "<script>" },
      { key = "" },
      {},
    }
    local expected
    for _, fields in ipairs(typed) do
      local res = srv:post("/open", fields)
        :expect({ status = 404, header = { ["cache-control"] = "no-store" } })
      local id = assert(res.body:match('request%-id">(%x+)<'))
      assert.equal(#(fields.key or "") <= 64 and fields.key or "", res:field("key"))
      res.headers.date, res.headers["content-length"] = nil, nil
      local body = res.body:gsub(id, ""):gsub('(name="key"[^>]*) value="[^"]*"', "%1")
        :gsub('<form[^>]*data%-keeps>.-</form>', ""):gsub('<nav class="languages.-</nav>', "") -- what sends it again
        :gsub("\n%s+", "\n")
      local answer = { headers = res.headers, body = body }
      expected = expected or answer
      assert.same(expected, answer)
    end
  end)

  it("is told about case and glyphs that are easily confused", function()
    srv:post("/open", { key = "0123456789abcdef" }):expect_body(
      "No capsule opens with this key.",
      "0 is the digit zero",
      "1 is the digit one",
      "Capital and small letters differ",
      '<form'
    )
  end)

  it("is no page of the site: an unknown address says so without that help", function()
    srv:get("/nothing")
      :expect({ status = 404 })
      :expect_body("There is no such page.")
      :expect_no_body("0 is the digit zero", "still in the form")
  end)
end)
