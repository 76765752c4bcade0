-- A page that was fetched before a reload still finds what it names: the hashed URLs of three generations
-- before the current one answer with their own bytes.
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")

local function url_on_page(srv)
  return assert(srv:get("/page").body:match("/static/version%.%x+%.txt"))
end

describe("the hashed URLs of earlier generations", function()
  it("answer for three generations with the bytes that they name, from the fourth on with the current ones", function()
    local names = { "A", "B", "C", "D", "E", "F" }
    local app = reload_app.versions(table.unpack(names))
    local srv <close> = app:start()
    local urls = { url_on_page(srv) }
    for i = 2, #names do
      app:use(names[i])
      reload_app.reload(srv)
      urls[i] = url_on_page(srv)
      for k, url in ipairs(urls) do
        local res = srv:get(url)
        if i - k <= 3 then
          res:expect({ status = 200, body = ("asset version=%s\n"):format(names[k]),
            headers = { ["Cache-Control"] = { has = "immutable" } } })
        else
          res:expect({ status = 200, body = ("asset version=%s\n"):format(names[i]),
            headers = { ["Cache-Control"] = "no-cache" } })
        end
      end
      -- The plain URL is always the current one's.
      srv:get("/static/version.txt"):expect({ body = ("asset version=%s\n"):format(names[i]) })
    end
  end)

  it("answer after a restart too, wherever it comes between the reloads", function()
    local names = { "A", "B", "C", "D", "E", "F", "G" }
    local app, data = reload_app.versions(table.unpack(names)), server.folder()
    local srv = app:start({ data = data })
    finally(function()
      srv:stop()
    end)
    local urls = { url_on_page(srv) }
    local function expect_urls()
      for k, url in ipairs(urls) do
        srv:get(url):expect({ status = 200,
          body = ("asset version=%s\n"):format(names[#urls - k <= 3 and k or #urls]) })
      end
    end
    for i = 2, #names do
      app:use(names[i])
      if i % 3 == 0 then -- a start with other files, behind a reload and before one
        srv:kill(i == 3 and "TERM" or "KILL")
        srv:wait()
        srv:stop({ any = true })
        srv = app:start({ data = data })
      else
        reload_app.reload(srv)
      end
      urls[i] = url_on_page(srv)
      expect_urls()
    end
    srv:stop() -- with the same files
    srv = app:start({ data = data })
    expect_urls()
    local url = urls[#urls - 1]
    srv:get(url):expect({ headers = { ["Cache-Control"] = { has = "immutable" } } })
  end)

  it("count from the last generation that had the bytes", function()
    local app = reload_app.versions("A", "B", "C", "D", "E", "F")
    local srv <close> = app:start()
    -- same.txt stays the same for three generations, then goes.
    local same = "/static/same." .. srv:get("/static/same.txt").headers.etag:match("%x+"):sub(1, 12) .. ".txt"
    for _, name in ipairs({ "B", "C" }) do
      app:use(name)
      reload_app.reload(srv)
      srv:get(same):expect({ status = 200, body = "the same in every version\n" })
    end
    app:add("without", { ["static/same.txt"] = false })
    for _, name in ipairs({ "without", "D", "E", "F" }) do
      if name ~= "without" then
        reload_app.write(app.folder .. "/" .. name .. "/static/same.txt", "another\n")
      end
      app:use(name)
      reload_app.reload(srv)
      srv:get(same):expect({ status = 200, body = name == "F" and "another\n" or "the same in every version\n" })
    end
  end)

  it("answer for a file that was empty", function()
    local app = reload_app.versions("B", "C", "D", "E")
    app:add("A", { ["static/empty.txt"] = "" })
    app:use("A")
    local srv <close> = app:start()
    local url = "/static/empty." .. srv:get("/static/empty.txt").headers.etag:match("%x+"):sub(1, 12) .. ".txt"
    for _, name in ipairs({ "B", "C", "D", "E" }) do
      srv:get(url):expect({ status = 200, body = "" })
      app:use(name)
      reload_app.reload(srv)
    end
    srv:get(url):expect({ status = 404 })
  end)

  it("answer in the version that goes back to bytes of before", function()
    local app = reload_app.versions("A", "B")
    local srv <close> = app:start()
    local first = url_on_page(srv)
    for i = 1, 6 do
      app:use(i % 2 == 1 and "B" or "A")
      reload_app.reload(srv)
      srv:get(first):expect({ status = 200, body = "asset version=A\n" })
    end
    assert.equal(first, url_on_page(srv))
  end)

  it("keep their compressed form and their validators", function()
    local app = reload_app.versions("A")
    app:add("A1", { ["static/version.txt"] = ("version=A "):rep(500) })
    app:add("B1", { ["static/version.txt"] = ("version=B "):rep(500) })
    app:use("A1")
    local srv <close> = app:start()
    local url = url_on_page(srv)
    local before = srv:get(url, { ["Accept-Encoding"] = "gzip" }):expect({ headers = { ["Content-Encoding"] = "gzip" } })
    app:use("B1")
    reload_app.reload(srv)
    local after = srv:get(url, { ["Accept-Encoding"] = "gzip" })
    assert.equal(before.body, after.body)
    assert.equal(before.headers.etag, after.headers.etag)
    srv:get(url, { ["If-None-Match"] = before.headers.etag }):expect({ status = 304 })
  end)
end)
