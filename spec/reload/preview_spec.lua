--- `reload --preview`: a candidate beside the generation that runs, for the browser that follows its link.
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")
local socket = require("socket")

local function version(srv, headers)
  return reload_app.version(srv:get("/page", headers))
end

local function status(srv)
  return select(2, srv:control("status"))
end

--- A server that runs A while the files are of B.
local function start(options, ...)
  local app = reload_app.versions("A", "B", ...)
  local srv = app:start(options)
  app:use("B")
  return app, srv
end

--- Asks for a preview: the path of its link, its digest, the answer.
local function preview(srv)
  local ok, text = srv:control("reload --preview")
  assert.is_true(ok, text)
  local path = text:match("\nlink " .. srv.url:gsub("%p", "%%%0") .. "(/%?preview=%w+)\n")
  return assert(path, text), assert(text:match("^preview: generation %d+ %((%x+)%)\n"), text), text
end

--- Follows a link: the headers that its browser sends from then on.
local function follow(srv, path)
  local response = srv:get(path)
  response:expect({ status = 303, header = { location = "./", ["cache-control"] = "no-store" } })
  local cookie = response.headers["set-cookie"]
  assert.matches("^tc_preview=%w+; HttpOnly; SameSite=Lax$", cookie)
  return { Cookie = "lang=en; " .. cookie:match("^[^;]+") .. "; x=y" }
end

describe("`timecapsule reload --preview`", function()
  it("shows the candidate to the browser that follows its link, and to nobody else", function()
    local _, srv <close> = start()
    local path, digest, text = preview(srv)
    assert.matches("^preview: generation 2 %(%x+%)\nchanged scripts/", text)
    assert.truthy(text:find("once, in the next 1800 s", 1, true), text)
    assert.equal("A", version(srv))
    local pinned = follow(srv, path)
    for _ = 1, 8 do -- on whichever worker
      assert.equal("B", version(srv, pinned))
      assert.equal("A", version(srv))
    end
    srv:get("/generation", pinned):expect({ body = "2" })
    srv:get("/of/B", pinned):expect({ status = 200 })
    srv:get("/of/B"):expect({ status = 404 })
    srv:get("/static/version.txt", pinned):expect({ body = "asset version=B\n" })
    srv:get("/preview", pinned):expect({ body = "true" })
    srv:get("/preview"):expect({ body = "false" })
    assert.equal("A", reload_app.version(srv.admin:get("/page", pinned)))
    -- It is live, and counted.
    local shown = status(srv)
    assert.truthy(shown:find("\ngeneration   1 (", 1, true), shown)
    assert.truthy(shown:find("\nlive         2 generations\n", 1, true), shown)
    assert.truthy(shown:find(("\npreview      generation 2 (%s), "):format(digest), 1, true), shown)
    assert.is_true(tonumber(shown:match("\nloaded       ([%d.]+) MB\n")) > 0.1, shown)
  end)

  it("has a link that works once, for a browser that asks for the page", function()
    local _, srv <close> = start()
    local path = preview(srv)
    for _, request in ipairs({ { method = "HEAD", path = path }, { method = "POST", path = path },
      { method = "GET", path = path .. "x" }, { method = "GET", path = (path:gsub("/%?", "/page?")) },
      { method = "GET", path = "/?preview=" } }) do
      assert.is_nil(srv:request(request).headers["set-cookie"])
    end
    assert.is_nil(srv.admin:get(path).headers["set-cookie"])
    follow(srv, path)
    assert.is_nil(srv:get(path).headers["set-cookie"])
    for _, value in ipairs({ "", "x", path:match("=(.*)") }) do -- nor is the link's word the cookie's
      assert.equal("A", version(srv, { Cookie = "tc_preview=" .. value }))
    end
  end)

  it("can be left", function()
    local _, srv <close> = start()
    local pinned = follow(srv, (preview(srv)))
    local response = srv:get("/?preview=off", pinned)
    response:expect({ status = 303, header = { ["set-cookie"] = "tc_preview=; HttpOnly; SameSite=Lax; Max-Age=0" } })
    assert.is_nil(srv:get("/?preview=off").headers["set-cookie"])
  end)

  it("runs no timer of the candidate's", function()
    local _, srv <close> = start()
    local pinned = follow(srv, (preview(srv)))
    local before = #srv:get("/ticks", pinned).body
    reload_app.eventually("no timer runs at all", function()
      return #srv:get("/ticks", pinned).body > before + 100
    end)
    for generation in srv:get("/ticks", pinned).body:gmatch("%S+ (%d+) %S+") do
      assert.equal("1", generation)
    end
  end)

  it("switches to exactly those bytes with --accept, whatever the files are by then", function()
    local app, srv = start(nil, "C")
    finally(function()
      srv:stop()
    end)
    local path, digest = preview(srv)
    local pinned = follow(srv, path)
    app:use("C")
    local code, output = server.run({ args = { "reload", "--accept", "--digest", digest, "--data", srv.data } })
    assert.equal(0, code, output)
    assert.equal(("generation 2 (%s)\n"):format(digest), output:match("^[^\n]+\n"))
    assert.equal("B", version(srv))
    assert.equal("B", version(srv, pinned))
    srv:get("/preview", pinned):expect({ body = "false" }) -- the cookie is nobody's now
    assert.falsy(status(srv):find("\npreview", 1, true))
    reload_app.eventually("its timers do not run", function()
      return srv:get("/ticks").body:find(" 2 ", 1, true)
    end)
    assert.equal("A", (function()
      reload_app.reload(srv, "rollback")
      return version(srv)
    end)())
  end)

  it("goes with --discard, and so do its cookies; its place is free again", function()
    local _, srv <close> = start()
    for round = 1, 6 do
      local path, digest = preview(srv)
      local pinned = follow(srv, path)
      assert.equal("B", version(srv, pinned))
      local ok, text = srv:control("reload --discard --digest " .. digest)
      assert.is_true(ok, text)
      assert.truthy(text:find(("generation %d (%s) was in preview, and is dropped\n"):format(round + 1, digest), 1, true),
        text)
      assert.equal("A", version(srv, pinned))
      assert.is_nil(srv:get(path).headers["set-cookie"])
    end
    reload_app.eventually("candidates stay", function()
      return status(srv):find("live         1 generation\n", 1, true)
    end)
  end)

  it("is one at a time: another takes its place, a rollback drops it, a reload waits for a decision", function()
    local app, srv = start(nil, "C")
    finally(function()
      srv:stop()
    end)
    reload_app.reload(srv) -- B
    app:use("A")
    local pinned = follow(srv, (preview(srv)))
    app:use("C")
    local again = follow(srv, (preview(srv)))
    assert.equal("B", version(srv, pinned))
    assert.equal("C", version(srv, again))
    local ok, text = srv:control("reload")
    assert.is_false(ok)
    assert.matches("^generation 4 %(%x+%) is in preview, for %d+ s more: `timecapsule reload %-%-accept` switches to it", text)
    ok, text = srv:control("rollback")
    assert.is_true(ok, text)
    assert.matches("generation 4 %(%x+%) was in preview, and is dropped", text)
    assert.equal("A", version(srv))
    assert.equal("A", version(srv, again))
    assert.equal(6, (reload_app.reload(srv)))
    assert.equal("C", version(srv))
  end)

  it("expires", function()
    local _, srv <close> = start({ env = { TIMECAPSULE_PREVIEW_MS = "300" } })
    local pinned = follow(srv, (preview(srv)))
    reload_app.eventually("it does not end", function()
      return srv:log():find("generation 2 was in preview and is dropped", 1, true) and version(srv, pinned) == "A"
    end)
    reload_app.reload(srv)
    assert.equal("B", version(srv))
  end)

  it("may be accepted on trial", function()
    local _, srv <close> = start()
    preview(srv)
    local ok, text = srv:control("reload --accept --confirm 1")
    assert.is_true(ok, text)
    assert.truthy(text:find("on trial for 1 s", 1, true), text)
    assert.equal("B", version(srv))
    reload_app.eventually("it stays", function()
      return version(srv) == "A"
    end)
  end)

  it("is refused with every fault, and alarms nobody; nothing new is no candidate", function()
    local app, srv = start()
    finally(function()
      srv:stop()
    end)
    app:add("broken", { ["scripts/x.lua"] = "return = 1\n" })
    app:use("broken")
    local ok, text = srv:control("reload --preview")
    assert.is_false(ok)
    assert.truthy(text:find("scripts/x.lua:1: unexpected symbol near '='\n    1 | return = 1\n", 1, true), text)
    assert.falsy(status(srv):find("failed", 1, true))
    app:use("A")
    ok, text = srv:control("reload --preview")
    assert.is_true(ok)
    assert.matches("^unchanged: generation 1 ", text)
    ok, text = srv:control("reload --discard")
    assert.is_false(ok)
    assert.truthy(text:find("there is nothing to discard", 1, true), text)
  end)

  it("ends with its server: neither a restart nor an upgrade has it", function()
    local app, data = reload_app.versions("A", "B"), server.folder()
    local srv = app:start({ data = data })
    app:use("B")
    preview(srv)
    app:use("A")
    srv:stop()
    srv = app:start({ data = data })
    finally(function()
      srv:stop()
    end)
    assert.equal("A", version(srv))
    srv:get("/generation"):expect({ body = "1" })
  end)

  it("stays while requests are under way, which end where they began", function()
    local _, srv <close> = start()
    local pinned = follow(srv, (preview(srv)))
    local slow = srv:connect()
    slow:send("GET /slow?s=1 HTTP/1.1\r\nHost: x\r\nCookie: " .. pinned.Cookie .. "\r\n\r\n")
    socket.sleep(0.3)
    assert(srv:control("reload --discard"))
    assert.equal("B", reload_app.version(slow:response()))
    slow:close()
  end)
end)

describe("an act that carries the digest that its admin saw", function()
  local function refused(srv, words)
    local ok, text = srv:control(words)
    assert.is_false(ok, text)
    assert.truthy(text:find("somebody was faster", 1, true), text)
  end

  it("is refused when another is true by then", function()
    local _, srv <close> = start()
    local seen = status(srv):match("generation   1 %((%x+)%)")
    assert.equal(2, (reload_app.reload(srv, "reload --digest " .. seen)))
    for _, words in ipairs({ "reload", "reload --confirm 9", "reload --preview", "rollback", "upgrade" }) do
      refused(srv, words .. " --digest " .. seen)
    end
    local code, output = server.run({ args = { "rollback", "--digest=" .. seen, "--data", srv.data } })
    assert.equal(1, code)
    assert.truthy(output:find("somebody was faster", 1, true), output)
    assert.equal("B", version(srv))
    assert.equal(3, (reload_app.reload(srv, "rollback --digest " .. status(srv):match("generation   2 %((%x+)%)"):sub(1, 8))))
  end)

  it("is about the candidate, or what is on trial, where it decides on that", function()
    local app, srv = start(nil, "C")
    finally(function()
      srv:stop()
    end)
    local current = status(srv):match("generation   1 %((%x+)%)")
    local _, first = preview(srv)
    app:use("C")
    preview(srv)
    for _, digest in ipairs({ current, first }) do
      refused(srv, "reload --accept --digest " .. digest)
      refused(srv, "reload --discard --digest " .. digest)
    end
    assert(srv:control("reload --accept --confirm 60"))
    refused(srv, "reload --accept --digest " .. current)
    assert.is_true((srv:control("reload --accept --digest " .. status(srv):match("generation   3 %((%x+)%)"))))
  end)

  it("lets one of two who ask at the same time through, and the other wait and be told", function()
    local app, srv = start(nil, "C")
    finally(function()
      srv:stop()
    end)
    local seen = status(srv):match("generation   1 %((%x+)%)")
    local one = server.begin({ args = { "reload", "--confirm", "60", "--digest", seen, "--data", srv.data } })
    local two = server.begin({ args = { "reload", "--confirm", "60", "--digest", seen, "--data", srv.data } })
    local first, text_one = one()
    local second, text_two = two()
    assert.same({ 0, 1 }, first < second and { first, second } or { second, first })
    assert.truthy((text_one .. text_two):find("somebody was faster", 1, true), text_one .. text_two)
    app:use("A")
  end)
end)
