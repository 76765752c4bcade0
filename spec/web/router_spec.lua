local router = require("web.router")

local lines = 0

local function route(method, paths, name)
  lines = lines + 1
  paths = type(paths) == "table" and paths or { paths }
  return { name = name or method .. paths[1], method = method, paths = paths, file = "scripts/r.lua", line = lines }
end

--- A router with routes from "METHOD path" lines; each is named by its line.
local function with(...)
  local r = router.new()
  for _, line in ipairs({ ... }) do
    local method, path = line:match("^(%S+) (%S+)$")
    assert.same({}, r:add(route(method, path, line)))
  end
  return r
end

describe("a router", function()
  local r = with("GET /", "GET /put", "POST /put", "POST /only", "GET /c/new", "GET /c/:id", "DELETE /c/:id",
    "GET /c/:id/log/:line", "GET /docs/*rest", "GET /c/*rest", "GET /docs")

  local found = {
    { "GET", "/", "GET /" },
    { "GET", "/put", "GET /put" },
    { "HEAD", "/put", "GET /put" },
    { "POST", "/put", "POST /put" },
    { "GET", "/c/new", "GET /c/new" },
    { "GET", "/c/7", "GET /c/:id", { id = "7" } },
    { "HEAD", "/c/7", "GET /c/:id", { id = "7" } },
    { "DELETE", "/c/new", "DELETE /c/:id", { id = "new" } },
    { "GET", "/c/7/log/9", "GET /c/:id/log/:line", { id = "7", line = "9" } },
    { "GET", "/c/7/other", "GET /c/*rest", { rest = "7/other" } },
    { "GET", "/c/", "GET /c/*rest", { rest = "" } },
    { "GET", "/docs/a/b", "GET /docs/*rest", { rest = "a/b" } },
    { "GET", "/docs/", "GET /docs/*rest", { rest = "" } },
    { "GET", "/docs", "GET /docs" },
  }
  for _, case in ipairs(found) do
    it(("answers %s %s by %s"):format(case[1], case[2], case[3]), function()
      local at, params, allow = r:find(case[1], case[2])
      assert.equal(case[3], at and at.name)
      assert.same(case[4], params)
      assert.is_nil(allow)
    end)
  end

  --- The target as it was sent, and the route of its decoded path.
  local escaped = {
    { "/c/a%2Fb", "GET /c/:id", { id = "a/b" } },
    { "/c/a%2fb%20c%25?x=/", "GET /c/:id", { id = "a/b c%" } },
    { "/c/%2F/log/%2F%2F", "GET /c/:id/log/:line", { id = "/", line = "//" } },
    { "/docs/a%2Fb/c", "GET /docs/*rest", { rest = "a/b/c" } },
    { "/c%2Fnew", nil },
    { "/%2Fput", nil },
    { "/put?x=%2F", "GET /put" },
    { "/%70ut", "GET /put" },
  }
  for _, case in ipairs(escaped) do
    it("keeps an escaped slash in its segment: " .. case[1], function()
      local path = case[1]:match("^[^?]*"):gsub("%%(%x%x)", function(digits)
        return string.char(tonumber(digits, 16))
      end)
      local at, params = r:find("GET", path, case[1])
      assert.equal(case[2], at and at.name)
      assert.same(case[3], params)
    end)
  end

  it("finds what it made an address of", function()
    local url = r:url("GET /c/:id", { id = "a/b?c%2F" })
    assert.equal("/c/a%2Fb%3Fc%252F", url)
    local at, params = r:find("GET", "/c/a/b?c%2F", url)
    assert.equal("GET /c/:id", at.name)
    assert.same({ id = "a/b?c%2F" }, params)
  end)

  it("makes no address that browsers take for another", function()
    local BAD = {
      { "GET /c/:id", { id = ".." }, "the parameter 'id' of the route 'GET /c/:id' cannot be '..'" },
      { "GET /c/:id", { id = "." }, "the parameter 'id' of the route 'GET /c/:id' cannot be '.'" },
      { "GET /docs/*rest", { rest = "a/../b" }, "the parameter 'rest' of the route 'GET /docs/*rest' cannot be 'a/../b'" },
      { "GET /docs/*rest", { rest = "." }, "cannot be '.'" },
    }
    for _, case in ipairs(BAD) do
      local ok, message = pcall(r.url, r, case[1], case[2])
      assert.is_false(ok)
      assert.truthy(message:find(case[3], 1, true), message)
    end
    assert.equal("/c/...", r:url("GET /c/:id", { id = "..." }))
    assert.equal("/c/..%2F..", r:url("GET /c/:id", { id = "../.." }))
    assert.equal("/docs/a..b/.c/d.", r:url("GET /docs/*rest", { rest = "a..b/.c/d." }))
  end)

  local refused = {
    { "DELETE", "/put", "GET, HEAD, POST, OPTIONS" },
    { "GET", "/only", "POST, OPTIONS" },
    { "HEAD", "/only", "POST, OPTIONS" },
    { "POST", "/c/7", "GET, HEAD, DELETE, OPTIONS" },
    { "BREW", "/", "GET, HEAD, OPTIONS" },
    { "GET", "/nowhere", nil },
    { "GET", "/put/", nil },
    { "GET", "/c", nil },
    { "GET", "", nil },
    { "GET", "//", nil },
    { "GET", "xc/7", nil },
  }
  for _, case in ipairs(refused) do
    it(("refuses %s %s, allowing %s"):format(case[1], case[2], tostring(case[3])), function()
      local at, _, allow = r:find(case[1], case[2])
      assert.is_nil(at)
      assert.equal(case[3], allow)
    end)
  end

  it("takes several spellings of a path", function()
    local two = router.new()
    assert.same({}, two:add(route("GET", { "/put", "/put/" }, "put")))
    assert.equal("put", two:find("GET", "/put/").name)
    assert.equal("/put", two:url("put"))
  end)

  local conflicts = {
    { "the same path", "/a", "/a" },
    { "the same parameter under another name", "/a/:x", "/a/:y" },
    { "the same rest", "/a/*x", "/a/*y" },
  }
  for _, case in ipairs(conflicts) do
    it("names both places of " .. case[1], function()
      local two = router.new()
      local first, second = route("GET", case[2], "first"), route("GET", case[3], "second")
      two:add(first)
      assert.same({ ("scripts/r.lua:%d: GET %s is taken by the route 'first' (scripts/r.lua:%d)"):format(
        second.line, case[3], first.line) }, two:add(second))
    end)
  end

  it("refuses one name for two paths, and allows it for two methods", function()
    local two = router.new()
    two:add(route("GET", "/a", "same"))
    assert.same({}, two:add(route("POST", "/a", "same")))
    assert.matches("the name 'same' is taken by /a %(scripts/r.lua:%d+%)", two:add(route("GET", "/b", "same"))[1])
  end)

  for _, path in ipairs({ "", "a", "/a/:", "/a/x:id", "/:a/:a", "/*rest/more", "/:a-b" }) do
    it(("refuses the malformed path '%s'"):format(path), function()
      assert.equal(1, #router.new():add(route("GET", path)))
    end)
  end
end)

describe("url", function()
  local r = with("GET /", "GET /c/:id", "GET /docs/*rest")

  it("fills in and encodes parameters", function()
    assert.equal("/", r:url("GET /"))
    assert.equal("/c/7", r:url("GET /c/:id", { id = 7 }))
    assert.equal("/c/a%2F%20%C3%A9", r:url("GET /c/:id", { id = "a/ é" }))
    assert.equal("/docs/a/b%3F", r:url("GET /docs/*rest", { rest = "a/b?" }))
  end)

  local wrong = {
    { "an unknown route", "nothing", nil, "there is no route 'nothing'" },
    { "a missing parameter", "GET /c/:id", nil, "the route 'GET /c/:id' needs the parameter 'id'" },
    { "an empty parameter", "GET /c/:id", { id = "" }, "needs the parameter 'id'" },
    { "an unknown parameter", "GET /", { id = 1 }, "the route 'GET /' has no parameter 'id'" },
  }
  for _, case in ipairs(wrong) do
    it("raises at " .. case[1], function()
      local ok, message = pcall(r.url, r, case[2], case[3])
      assert.is_false(ok)
      assert.is_truthy(message:find(case[4], 1, true), message)
    end)
  end
end)
