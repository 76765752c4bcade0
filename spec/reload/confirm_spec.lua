--- `reload --confirm SECONDS`: the new generation is on trial; unless it is accepted in time the one before serves
--- again, as it does after a kill.  What lies on disk decides.
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")
local http = require("spec.support.http")
local lfs = require("lfs")
local socket = require("socket")

local TRIALS = os.getenv("SOAK") and 100 or 5

local function version(srv)
  return reload_app.version(srv:get("/page"))
end

local function status(srv)
  return select(2, srv:control("status"))
end

--- A server that runs A while the files are of B.
local function start(...)
  local app = reload_app.versions("A", "B", ...)
  local data = server.folder()
  local srv = app:start({ data = data })
  app:use("B")
  return app, srv, data
end

local function expect_version(srv, name)
  reload_app.eventually("it is not " .. name, function()
    return version(srv) == name
  end)
end

describe("`timecapsule reload --confirm SECONDS`", function()
  it("goes back when nobody accepts it in time, to what served before, and a restart does not take the files",
    function()
      local app, srv, data = start("C")
      finally(function()
        srv:stop()
      end)
      local code, output = server.run({ args = { "reload", "--confirm", "1", "--data", data } })
      assert.equal(0, code, output)
      assert.matches("^generation 2 %(%x+%)\nchanged [^\n]+", output)
      assert.matches("\non trial for 1 s: `timecapsule reload %-%-accept` keeps it, else generation 1 %(%x+%) serves again\n$",
        output)
      assert.equal("B", version(srv))
      expect_version(srv, "A")
      srv:get("/generation"):expect({ body = "1" })
      reload_app.eventually("the trial has no end", function()
        return srv:log():find("generation 2 was on trial and is not accepted: generation 1 again", 1, true)
      end)
      assert.truthy(status(srv):find("trial        was not accepted", 1, true), status(srv))

      srv:stop()
      srv = app:start({ data = data })
      assert.equal("A", version(srv))
      assert.truthy(srv:log():find("A GENERATION WAS ON TRIAL", 1, true), srv:log())
      assert.truthy(status(srv):find("trial        was not accepted", 1, true), status(srv))

      -- A reload that is good takes the files, for good; its number is its own.
      app:use("C")
      assert.equal(3, (reload_app.reload(srv)))
      assert.falsy(status(srv):find("\ntrial ", 1, true), status(srv))
      srv:stop()
      app:use("B")
      srv = app:start({ data = data })
      assert.equal("B", version(srv))
    end)

  it("keeps what is accepted, also over a restart, and lets the one before drain", function()
    local app, srv, data = start("C")
    finally(function()
      srv:stop()
    end)
    local slow = srv:connect()
    slow:send("GET /slow?s=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert(srv:control("reload --confirm 30"))
    assert.matches("\ntrial        %d+ s are left, then generation 1 %(%x+%) serves again\n", status(srv))
    local ok, text = srv:control("reload --accept")
    assert.is_true(ok, text)
    assert.matches("^accepted: generation 2 %(%x+%)\n$", text)
    assert.equal("A", reload_app.version(slow:response()))
    slow:close()
    assert.falsy(status(srv):find("\ntrial ", 1, true), status(srv))
    reload_app.eventually("the one before does not go", function()
      return status(srv):find("live         1 generation\n", 1, true)
    end)
    assert.equal("B", version(srv))
    srv:stop()
    app:use("C")
    srv = app:start({ data = data })
    assert.equal("C", version(srv)) -- nothing is in doubt: a start takes the files
  end)

  it("is left by `rollback` and by `reload --discard` at once, and lets nothing else in", function()
    local app, srv = start("C")
    finally(function()
      srv:stop()
    end)
    for _, word in ipairs({ "rollback", "reload --discard" }) do
      assert(srv:control("reload --confirm 60"))
      assert.equal("B", version(srv))
      for _, other in ipairs({ "reload", "reload --confirm 9", "reload --preview", "reload --accept --confirm 9",
        "upgrade" }) do
        local ok, text = srv:control(other)
        assert.is_false(ok)
        assert.truthy(text:find("is on trial, for", 1, true), other .. ": " .. text)
      end
      srv:kill("HUP")
      reload_app.eventually("SIGHUP is not refused", function()
        return srv:log():find("a reload is refused: generation %d+ %(%x+%) is on trial")
      end)
      local ok, text = srv:control(word)
      assert.is_true(ok, text)
      assert.matches("^generation 1 %(%x+%)\nchanged ", text)
      assert.equal("A", version(srv))
    end
    local ok, text = srv:control("reload --accept")
    assert.is_false(ok)
    assert.truthy(text:find("there is nothing to accept", 1, true), text)
    -- What is done then is as it was ever.
    app:use("C")
    reload_app.reload(srv)
    assert.equal("C", version(srv))
    reload_app.reload(srv, "rollback")
    assert.equal("A", version(srv))
    assert.is_false((srv:control("rollback")))
  end)

  it("refuses what it cannot go back from", function()
    local _, srv, data = start()
    finally(function()
      srv:stop()
    end)
    assert(os.execute(("rm -r %s/generations && touch %s/generations"):format(data, data)))
    local ok, text = srv:control("reload --confirm 9")
    assert.is_false(ok)
    assert.truthy(text:find("not put on trial, since nobody could go back", 1, true), text)
    assert.equal("A", version(srv))
  end)

  it("with files that are those that run leaves nothing in doubt", function()
    local app, srv, data = start()
    finally(function()
      srv:stop()
    end)
    assert(srv:control("reload --confirm 60"))
    assert(srv:control("rollback"))
    app:use("A")
    local ok, text = srv:control("reload --confirm 60")
    assert.is_true(ok, text)
    assert.matches("^unchanged: generation 1 ", text)
    assert.is_nil(lfs.attributes(data .. "/generations/trial"))
  end)

  it("serves the generation before after a kill at each step, and whichever was accepted after one in accepting it",
    function()
      local app, data = reload_app.versions("A", "B"), server.folder()
      local function die(point, words)
        app:use("A")
        os.remove(data .. "/generations/trial")
        local srv = app:start({ data = data, env = { TIMECAPSULE_FAIL_POINT = point } })
        finally(function()
          srv:stop()
        end)
        assert.equal("A", version(srv))
        app:use("B")
        local answered
        for _, line in ipairs(words) do
          answered = pcall(srv.control, srv, line)
        end
        assert.is_false(answered, point .. ": it has not died")
        assert.equal(128 + 9, srv:wait())
        srv:stop()
        srv = app:start({ data = data })
        local found = version(srv)
        srv:stop()
        return found
      end
      -- Until it is on trial, the files are what a start takes, as ever.
      for _, point in ipairs({ "read", "build", "save", "before" }) do
        assert.equal("B", die(point, { "reload --confirm 60" }), point)
      end
      for _, point in ipairs({ "switch", "switched", "answer" }) do
        assert.equal("A", die(point, { "reload --confirm 60" }), point)
      end
      -- `stored` is in accepting it: the bytes that were tried are the last good ones by then.
      assert.equal("B", die("stored", { "reload --confirm 60", "reload --accept" }))
    end)

  it(("serves the generation before after %d trials that end by time or by SIGKILL at any moment"):format(TRIALS), function()
    local app, srv, data = start()
    finally(function()
      srv:stop()
    end)
    for i = 1, TRIALS do
      if i % 2 == 1 then -- killed
        assert(srv:control("reload --confirm 60"))
        assert.equal("B", version(srv), "trial " .. i)
        socket.sleep(0.2 * i / TRIALS)
        srv:kill("KILL")
        assert.equal(128 + 9, srv:wait())
        srv:stop()
        srv = app:start({ data = data })
      else -- nobody says anything; or it is killed at the end of the time
        assert(srv:control("reload --confirm 1"))
        socket.sleep(i % 4 == 0 and 1 or 0)
        if i % 4 == 0 then
          srv:kill("KILL")
          srv:wait()
          srv:stop()
          srv = app:start({ data = data })
        end
      end
      expect_version(srv, "A")
    end
  end)

  it("a kill in the middle of asking leaves a server that starts", function()
    local app, data = reload_app.versions("A", "B"), server.folder()
    for i = 1, TRIALS do
      local srv = app:start({ data = data })
      app:use(i % 2 == 1 and "B" or "A")
      local ask = http.connect({ path = data .. "/control.sock" })
      ask:send("reload --confirm 60\n")
      socket.sleep(0.1 * (i - 1) / TRIALS)
      srv:kill("KILL")
      ask:close()
      assert.equal(128 + 9, srv:wait())
      srv:stop()
    end
    app:start({ data = data }):stop()
  end)

  it("says what it takes", function()
    local _, srv <close> = start()
    for words, why in pairs({ ["--confirm"] = "--confirm takes the seconds of a trial, 1 to 86400",
      ["--confirm 0"] = "--confirm takes the seconds", ["--confirm=x"] = "--confirm takes the seconds",
      ["--preview --confirm 9"] = "--confirm belongs to", ["--accept --discard"] = "reload takes one of",
      ["--digest xyz"] = "--digest takes the 6 to 16 hex digits", now = "reload takes one of" }) do
      local ok, text = srv:control("reload " .. words)
      assert.is_false(ok, words)
      assert.truthy(text:find(why, 1, true), text)
      local list = { "reload", "--data", srv.data }
      for word in words:gmatch("%S+") do
        list[#list + 1] = word
      end
      local code, output = server.run({ args = list })
      assert.equal(2, code, output)
      assert.truthy(output:find(why, 1, true), output)
    end
    local ok, text = srv:control("rollback --confirm 9")
    assert.is_false(ok)
    assert.truthy(text:find("rollback takes --digest alone", 1, true), text)
  end)
end)
