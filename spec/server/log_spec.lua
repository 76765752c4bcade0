--- What a server writes: JSON that is JSON, where it listens and what runs, and lines of requests by themselves.
local files = require("spec.support.files")
local json = require("host.json")
local process = require("spec.support.process")
local server = require("spec.support.server")

local srv

local function start(args)
  srv = server.start({ args = args })
  return srv
end

--- The records of a log of JSON; raises at a line that is none.
local function records(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = assert(json.decode(line), line)
  end
  return list
end

local function find(list, message)
  for _, record in ipairs(list) do
    if record.message:find(message) then
      return record
    end
  end
end

local function waits_for(text, file)
  assert.is_truthy(process.wait_for(function()
    return (files.read(file) or ""):find(text)
  end), "no line " .. text .. " in " .. file)
  return files.read(file)
end

describe("the log", function()
  after_each(function()
    srv:stop()
  end)

  it("is JSON in every line, with numbers as numbers", function()
    start({ "--log-format", "json" })
    srv:get("/put"):expect({ status = 200 })
    assert.is_truthy(process.wait_for(function()
      return srv:log():find('"message":"request"', 1, true)
    end))
    local list = records(srv:log())
    local request = find(list, "^request$")
    assert.equal("put", request.route)
    assert.equal(200, request.status)
    assert.equal("number", type(request.ms))
    assert.is_true(request.bytes > 500)
    assert.equal(1, request.generation)
    assert.equal("string", type(request.request))
    assert.equal(srv.url, find(list, "^listening on http").url)
    assert.equal(srv.admin.url, find(list, "^admin listening on http").url)
  end)

  it("says what has started: version, generation, database and its host", function()
    for _, format in ipairs({ "text", "json" }) do
      start({ "--log-format", format })
      local log = srv:log()
      if format == "json" then
        local started = find(records(log), "^started$")
        assert.matches("^%d+%.%d+%.%d+$", started.version)
        assert.equal(1, started.generation)
        assert.matches("^%x+$", started.digest)
        assert.is_truthy(started.database == "sqlite" and started.database_host:find("/capsules.db", 1, true)
          or started.database_host:find("127.0.0.1:%d+"))
        assert.equal("number", type(started.workers))
        srv:stop()
      else
        assert.matches("info started version=%S+ generation=1 digest=%x+ database=%l+ database_host=%S+ workers=%d+\n", log)
        assert.matches("\nlistening on http", "\n" .. log)
        srv:stop()
      end
    end
    start()
  end)

  it("has why nothing was started as JSON, too", function()
    start()
    local _, other = server.refused({ args = { "--log-format", "json", "--listen", (srv.url:gsub("^http://", "")) } })
    local last
    for line in other:gmatch("[^\n]+") do
      last = json.decode(line)
    end
    assert.equal("error", last.level)
    assert.matches("in use", last.message)
  end)

  it("has lines of requests at a level of their own, or none", function()
    start({ "--access-log", "debug" })
    srv:get("/put")
    srv:stop()
    assert.is_nil(srv:log():find(" request request=", 1, true))
    start({ "--access-log", "debug", "--log-level", "debug" })
    srv:get("/put")
    srv:stop()
    assert.matches("debug request request=", srv:log())
    start({ "--access-log", "off", "--log-level", "debug" })
    srv:get("/put")
    srv:stop()
    assert.is_nil(srv:log():find(" request request=", 1, true))
  end)

  it("has lines of requests in a file, which a reload begins anew where it was moved away", function()
    local folder = server.folder()
    local file = folder .. "/requests.log"
    start({ "--access-log", file, "--log-level", "warn" })
    srv:get("/put")
    waits_for("info request request=%x+ method=GET route=put status=200 ", file)
    assert.is_nil(srv:log():find("route=put", 1, true))
    assert(os.rename(file, file .. ".1"))
    assert(srv:control("reload"))
    srv:get("/open")
    assert.is_nil(waits_for("route=open ", file):find("route=put ", 1, true))
  end)

  it("is refused a file that cannot be opened, and a word that is none", function()
    start()
    local _, text = server.refused({ args = { "--access-log", "/nowhere/requests.log" } })
    assert.matches("cannot open '/nowhere/requests.log' for the lines of requests", text)
    _, text = server.refused({ args = { "--access-log", "sometimes" } })
    assert.matches("'sometimes' is no level, no file %(give one with a slash: ./sometimes%) and not off", text)
  end)
end)
