--- Headers that keep a key holder safe, and a log that knows no secret.
local capsules = require("spec.support.capsules")
local process = require("spec.support.process")
local server = require("spec.support.server")

--- The log, once it has that text: a request's line is written after its answer.
local function log_with(srv, text)
  return process.wait_for(function()
    local log = srv:log()
    return log:find(text, 1, true) and log
  end) or error("the log never had " .. text)
end

describe("every answer", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("carries the security headers", function()
    local answers = {
      srv:get("/"),
      srv:get("/put"),
      srv:get("/nothing"),
      srv:get("/robots.txt"),
      srv:get("/healthz"),
      srv:post("/put", {}),
      srv:post("/put", capsules.form()),
      srv:post("/open", { key = "x" }),
      srv:request({ method = "DELETE", path = "/put" }),
      srv:request({ method = "OPTIONS", path = "/put" }),
      srv:json("/api/v1/capsules", {}),
      srv:post("/put", ("a"):rep(1100000)),
      srv.admin:get("/metrics"),
    }
    for _, res in ipairs(answers) do
      res:expect({
        header = {
          ["content-security-policy"] = { has = "default-src 'none'" },
          ["x-content-type-options"] = "nosniff",
          ["referrer-policy"] = (res.headers["content-type"] or ""):find("^text/html") and "same-origin" or "no-referrer",
          ["permissions-policy"] = true,
          ["cross-origin-opener-policy"] = "same-origin",
          ["cross-origin-resource-policy"] = "same-origin",
          server = false,
        },
      })
      local policy = res.headers["content-security-policy"]
      assert.is_nil(policy:find("unsafe", 1, true))
      assert.is_truthy(policy:find("frame-ancestors 'none'", 1, true))
      assert.is_truthy(policy:find("base-uri 'none'", 1, true))
      assert.is_truthy(policy:find("worker-src 'self'", 1, true))
      assert.is_truthy(policy:find("require-trusted-types-for 'script'; trusted-types tc", 1, true))
    end
  end)

  --- Who sends a form, by what its browser says, and what becomes of it.
  local senders = {
    { "a form of ours", { Origin = "http://here.example:8080", ["Sec-Fetch-Site"] = "same-origin" }, 200 },
    { "a form of ours in a browser without Sec-Fetch, over plain http", { Origin = "http://HERE.example" }, 200 },
    { "a program, which says nothing", {}, 200 },
    { "a browser that was told not to say", { Origin = "null", ["Sec-Fetch-Site"] = "same-origin" }, 200 },
    { "a form on another site", { Origin = "https://evil.example", ["Sec-Fetch-Site"] = "cross-site" }, 403 },
    { "a form on another origin, without Sec-Fetch", { Origin = "http://evil.example" }, 403 },
    { "a form in a frame of another site", { Origin = "null", ["Sec-Fetch-Site"] = "cross-site" }, 403 },
    { "a form on a site whose name begins with ours", { Origin = "http://here.example.evil.example" }, 403 },
  }
  for _, case in ipairs(senders) do
    it("takes or refuses what acts: " .. case[1], function()
      local headers = { Host = "here.example:8080" }
      for name, value in pairs(case[2]) do
        headers[name] = value
      end
      local put = srv:post("/put", capsules.form(), headers):expect({ status = case[3] })
      local json = srv:json("/api/v1/capsules/open", { key = "x" }, headers)
      assert.equal(case[3] == 403, json.status == 403)
      if case[3] == 403 then
        put:expect_body("A page of another site sent this")
        srv:get("/put", headers):expect({ status = 200 })
      end
    end)
  end

  it("fetches nothing from elsewhere and runs nothing inline", function()
    local key, done = capsules.put(srv)
    local pages = { srv:get("/"), srv:get("/put"), srv:get("/introduce"), done,
      srv:post("/open", { key = key }) }
    for _, res in ipairs(pages) do
      for attribute, target in res.body:gmatch('(%w+)="(https?:[^"]*)"') do
        assert.equal("xmlns", attribute, target)
      end
      assert.is_nil(res.body:match("<script>"))
      assert.is_nil(res.body:match('%son%w+="'))
      assert.is_nil(res.body:match('%sstyle="'))
    end
  end)

  it("is told apart in the log by its request id, and the log knows no secret", function()
    local key, done = capsules.put(srv, {
      name = "Nameless-7261",
      email = "mailbox-7261@example.org",
      content = "content-7261",
      tips = "note-7261",
    })
    local token = done:field("token")
    srv:post("/open", { key = key })
    srv:post("/open?key=" .. key, { key = key })
    srv:get("/open?query-7261=" .. key)
    srv:post("/put/calendar", { key = key })
    srv:json("/api/v1/capsules/open", { key = key })
    srv:json("/api/v1/capsules", { name = "Nameless-7261", content = "content-7261" })
    srv:post("/put", capsules.form({ email = "mailbox-7261", content = "content-7261" }))
    srv:get("/" .. key)
    srv:set_clock("2030-06-01T12:00:00Z")
    srv:post("/open", { key = key }):expect_body("content-7261")
    local missing = srv:post("/open", { key = "x" })
    srv:set_clock(capsules.NOW)

    local id = missing.body:match('request%-id">(%x+)<')
    local log = log_with(srv, "request=" .. id)
    assert.is_truthy(log:find("route=open.submit", 1, true))
    for _, secret in ipairs({ key, capsules.groups(key), token, "Nameless-7261", "mailbox-7261",
      "content-7261", "note-7261", "query-7261" }) do
      assert.is_nil(log:find(secret, 1, true), secret)
    end
    srv.admin:get("/metrics"):expect_no_body(key, "-7261")
  end)

  it("keeps no secret in the files of the database", function()
    local key, done = capsules.put(srv, {
      name = "Nameless-9437",
      email = "mailbox-9437@example.org",
      content = "content-9437",
      tips = "note-9437",
      once = srv:get("/put"):field("once"),
    })
    local found = 0
    for path in io.popen("find '" .. srv.data .. "' -type f"):lines() do
      local bytes = assert(io.open(path, "rb")):read("a")
      found = found + #bytes
      for _, secret in ipairs({ key, done:field("token"), "-9437" }) do
        assert.is_nil(bytes:find(secret, 1, true), path)
      end
    end
    assert.is_true(found > 4096)
  end)
end)
