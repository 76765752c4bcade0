--- Who may put, and while there is room: codes, a floor of free disk, capsules a day; opening is free for all.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local server = require("spec.support.server")

local PUT = "/api/v1/capsules"

local function body(changes)
  local fields = { name = "Ada", content = "words", opens_at = "2030-06-01T12:00:00Z" }
  for name, value in pairs(changes or {}) do
    fields[name] = value
  end
  return fields
end

describe("where codes are asked for", function()
  local srv, folder, path

  local function write(text)
    files.write(folder, { codes = text })
  end

  setup(function()
    folder = server.folder()
    path = folder .. "/codes"
    write("# friends\n  red lantern \r\n\n#blue\ngreen\n")
    srv = server.start({ args = { "--set", "put_code_file=" .. path } })
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("the form asks for one, and takes those of the file alone", function()
    srv:get("/put"):expect({ status = 200 }):expect_body('name="code"'):expect_body("given a code")
    srv:get("/put", { ["Accept-Language"] = "zh-CN" }):expect_body("口令码")
    srv:post("/put", capsules.form()):expect({ status = 422 }):expect_body("Enter the code")
    for _, wrong in ipairs({ "blue", "#blue", "# friends", "red", "GREEN", "x" }) do
      local res = srv:post("/put", capsules.form({ code = wrong })):expect({ status = 422 })
      res:expect_body("not one of this site")
      assert.equal(wrong, res:field("code"))
    end
    for _, right in ipairs({ "red lantern", "green", " green " }) do
      capsules.put(srv, { code = right })
    end
  end)

  it("the API does the same; opening is free", function()
    local problem = srv:json(PUT, body()):expect({ status = 422 }):json()
    assert.is_string(problem.errors.code)
    assert.is_string(srv:json(PUT, body({ code = "red" })):expect({ status = 422 }):json().errors.code)
    srv:json(PUT, body({ code = 5 })):expect({ status = 422 })
    local made = srv:json(PUT, body({ code = "green" })):expect({ status = 201 }):json()
    srv:post("/open", { key = made.key }):expect({ status = 403 })
    srv:json(PUT .. "/open", { key = made.key }):expect({ status = 403 })
  end)

  it("the file counts as it is, without a reload", function()
    write("new\n")
    capsules.put(srv, { code = "new" })
    srv:post("/put", capsules.form({ code = "green" })):expect({ status = 422 })
    os.remove(path)
    srv:post("/put", capsules.form({ code = "new" })):expect({ status = 503 })
    write("green\n")
  end)

  it("a file that is not there is told at the start", function()
    local _, out = server.refused({ args = { "--set", "put_code_file=/nowhere/codes" } })
    assert.is_truthy(out:find("put_code_file: ", 1, true), out)
  end)
end)

describe("where nobody asks for a code", function()
  it("there is no such field", function()
    local srv <close> = server.start()
    assert.is_nil(srv:get("/put").body:find('name="code"', 1, true))
    assert.is_string(srv:json(PUT, body({ code = "x" })):expect({ status = 422 }):json().errors.code)
  end)
end)

describe("puts are answered 503", function()
  it("once so many were put today, until the next day", function()
    local srv <close> = server.start({ args = { "--set", "puts_per_day=2" } })
    srv:set_clock("2030-01-01T23:00:00Z")
    local key = capsules.put(srv)
    srv:post("/put", capsules.form({ name = "" })):expect({ status = 422 }) -- none was put
    srv:json(PUT, body()):expect({ status = 201 })
    local res = srv:post("/put", capsules.form({ content = "kept" })):expect({ status = 503 })
    res:expect_body("Come back at 2 January 2030, 00:00 (UTC). What you typed is still here"):expect_no_body("seconds")
    assert.matches("kept$", res:field("content"))
    local wait = tonumber(res.headers["retry-after"])
    assert.is_true(wait > 3000 and wait <= 3600, wait)
    local problem = srv:json(PUT, body())
      :expect({ status = 503, header = { ["content-type"] = "application/problem+json" } }):json()
    assert.matches("in a day. Come back at 2 January 2030", problem.detail, 1, true)
    assert.equal("2030-01-02T00:00:00Z", problem.back_at)
    srv:post("/put", capsules.form({ name = "" })):expect({ status = 422 })
    srv:post("/open", { key = key }):expect({ status = 403 })
    assert.is_truthy(srv:log():find("puts_per_day", 1, true))
    srv:set_clock("2030-01-02T00:00:01Z")
    capsules.put(srv)
  end)

  it("while less is free on the disk than the floor", function()
    local srv <close> = server.start({ args = { "--set", "disk_free_mib=1000000" } }) -- a terabyte
    srv:post("/put", capsules.form()):expect({ status = 503 }):expect_body("Try again later."):expect_no_body("seconds")
    assert.is_truthy(srv:log():find("disk_free_mib", 1, true))
    srv:get("/put"):expect({ status = 200 })
  end)
end)

describe("an Idempotency-Key", function()
  it("is each client's own", function()
    local srv <close> = server.start({ args = { "--trusted-proxy", "127.0.0.1" } })
    srv:set_clock(capsules.NOW)
    local function put(client)
      return srv:json(PUT, body(), { ["Idempotency-Key"] = "order-1", ["X-Forwarded-For"] = client })
        :expect({ status = 201 }):json().key
    end
    local first = put("203.0.113.1")
    assert.equal(first, put("203.0.113.1"))
    assert.not_equal(first, put("203.0.113.2"))
  end)
end)
