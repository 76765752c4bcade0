--- Methods, sizes and the small files of the root.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("the site", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("answers HEAD like GET without a body", function()
    for _, path in ipairs({ "/", "/introduce", "/open", "/favicon.ico", "/robots.txt" }) do
      local get, head = srv:get(path):expect({ status = 200 }), srv:head(path)
      assert.equal(200, head.status)
      assert.equal("", head.body)
      assert.equal(get.headers["content-length"], head.headers["content-length"])
      assert.equal(get.headers["content-type"], head.headers["content-type"])
    end
    srv:head("/put"):expect({ status = 200 })
    srv:head("/nothing"):expect({ status = 404 })
  end)

  it("says which methods a page takes", function()
    for _, path in ipairs({ "/put", "/put/", "/open", "/open/" }) do
      local allow = "GET, HEAD, POST, OPTIONS"
      srv:request({ method = "DELETE", path = path })
        :expect({ status = 405, header = { allow = allow } })
      srv:request({ method = "OPTIONS", path = path })
        :expect({ status = 204, header = { allow = allow } })
    end
    srv:post("/", {}):expect({ status = 405, header = { allow = "GET, HEAD, OPTIONS" } })
  end)

  it("answers 413 with a page to a form that is too long", function()
    srv:post("/put", capsules.form({ content = ("a"):rep(1100000) }))
      :expect({ status = 413 })
      :expect_body("shorten it", "What you typed is still in the form")
  end)

  it("answers 400 to a form with a NUL in it", function()
    srv:post("/put", "name=a%00b&content=c"):expect({ status = 400 })
  end)

  it("takes a form as multipart too", function()
    local parts = {}
    for name, value in pairs(capsules.form({ content = "many parts" })) do
      parts[#parts + 1] = ('--xyz\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n')
        :format(name, value)
    end
    local body = table.concat(parts) .. "--xyz--\r\n"
    local res = srv:post("/put", body, { ["Content-Type"] = "multipart/form-data; boundary=xyz" })
      :expect({ status = 200 })
    assert.is_truthy(res:field("key"))
  end)

  it("has an icon, and asks robots to leave keys alone", function()
    srv:get("/favicon.ico"):expect({ status = 200, header = { etag = true } })
    srv:get("/robots.txt"):expect({ status = 200 }):expect_body("User-agent")
  end)
end)
