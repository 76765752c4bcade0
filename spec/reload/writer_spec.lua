-- Files that somebody is writing to while they are read: a reload takes up what was there before or all
-- that is there after, never a mix.
local http = require("spec.support.http")
local lfs = require("lfs")
local reload_app = require("spec.support.reload_app")
local socket = require("socket")

local SWAPS = os.getenv("SOAK") and 200 or 12
local PAUSE = 0.04 -- of a slow writer
local QUIET = 0.1  -- what has not changed for so long is at rest

--- Paths of the files below a tree, sorted.
local function paths(tree, below, into)
  below, into = below or "", into or {}
  for name in lfs.dir(tree .. "/" .. below) do
    local path = below == "" and name or below .. "/" .. name
    if name:sub(1, 1) ~= "." then
      if lfs.attributes(tree .. "/" .. path, "mode") == "directory" then
        paths(tree, path, into)
      else
        into[#into + 1] = path
      end
    end
  end
  table.sort(into)
  return into
end

--- Asks for a reload, does the work, and returns the answer.
local function reload_while(srv, work)
  local ask = http.connect({ path = srv.data .. "/control.sock" })
  ask:send("reload\n")
  work()
  local answer = ask:rest()
  ask:close()
  return answer
end

--- Runs shell commands in a folder again and again until the returned function is called.
local function meanwhile(folder, commands)
  local leash = assert(io.popen(([[
    cd '%s' || exit 1
    stop=$(mktemp -u)
    exec 3<&0
    { cat <&3 >/dev/null; : >"$stop"; } &
    while [ ! -e "$stop" ]; do %s; done
    rm -f "$stop"]]):format(folder, commands), "w"))
  return function()
    leash:close()
  end
end

--- Runs attempt(pace), which calls pace() at every write and returns what to expect, until its writer was never as slow
--- as one that has finished: on a busy machine it may get no processor for that long.
local function at_pace(attempt)
  for _ = 1, 40 do
    local before, longest = nil, 0
    local expect = attempt(function()
      local now = socket.gettime()
      longest = math.max(longest, now - (before or now))
      before = now
    end)
    if longest < QUIET then
      return expect()
    end
  end
  error("this machine is too busy for a writer of that pace")
end

local function expect_whole(srv, name)
  assert.equal(name, reload_app.version(srv:get("/page")))
  srv:get("/static/version.txt"):expect({ body = ("asset version=%s\n"):format(name) })
  srv:get("/of/" .. name):expect({ status = 200 })
end

describe("a reload", function()
  local app, srv

  before_each(function()
    app = reload_app.versions("A", "B")
    reload_app.tree(app.folder .. "/pristine", "A")
    srv = app:start()
  end)

  after_each(function()
    srv:stop()
  end)

  --- Writes a file anew; times: those it is to have.
  local function write(path, text, times)
    reload_app.write(path, text)
    if times then
      assert(lfs.touch(path, times, times))
    end
  end

  --- Makes tree A what it was, and current.
  local function start_again()
    for _, path in ipairs(paths(app.folder .. "/pristine")) do
      reload_app.write(app.folder .. "/A/" .. path, reload_app.read(app.folder .. "/pristine/" .. path))
    end
    srv:control("reload")
    return tonumber(srv:get("/generation").body)
  end

  it("waits for a writer that truncates and rewrites slowly", function()
    local path = app.folder .. "/A/templates/page.html"
    local text = reload_app.read(app.folder .. "/B/templates/page.html")
    at_pace(function(pace)
      local number = start_again()
      local file = assert(io.open(path, "wb"))
      file:setvbuf("no")
      pace()
      local steady = true
      local answer = reload_while(srv, function()
        for at = 1, #text, 20 do
          file:write(text:sub(at, at + 19))
          pace()
          socket.sleep(PAUSE)
          local _, seen = pcall(reload_app.version, srv:get("/page"))
          steady = steady and seen == "A"
        end
        pace()
        file:close()
      end)
      return function()
        assert.is_true(steady, "something else was shown while the writer wrote")
        assert.truthy(answer:find("^ok\ngeneration " .. number + 1 .. " [^\n]*\nchanged templates/page.html\n$"), answer)
        srv:get("/page"):expect_body(text:match("<p>template [^\n]*"), "</p>\n")
        assert.truthy(srv:get("/page").body:find("\n<p>asset [^\n]*</p>\n$"))
      end
    end)
  end)

  it("waits for all files of a copy, also of one that keeps the times of its files", function()
    app:add("C")
    local to = app.folder .. "/A/"
    for name, times in pairs({ B = false, C = os.time() - 2 * 86400 }) do
      local from = app.folder .. "/" .. name .. "/"
      local files = paths(from)
      at_pace(function(pace)
        start_again()
        write(to .. files[1], reload_app.read(from .. files[1]), times)
        pace()
        local answer = reload_while(srv, function()
          for i = 2, #files do
            write(to .. files[i], reload_app.read(from .. files[i]), times)
            pace()
            socket.sleep(PAUSE)
          end
        end)
        return function()
          assert.truthy(answer:find("^ok\ngeneration "), answer)
          expect_whole(srv, name)
        end
      end)
    end
  end)

  it("takes a file that is away for a moment as what it is after", function()
    local path = app.folder .. "/A/templates/page.html"
    at_pace(function(pace)
      local number = start_again()
      local text = reload_app.read(path)
      pace()
      os.remove(path)
      local answer = reload_while(srv, function()
        socket.sleep(PAUSE)
        reload_app.write(path, ("%s<p>more %d</p>\n"):format(text, number))
        pace()
      end)
      return function()
        assert.truthy(answer:find("changed templates/page.html", 1, true), answer)
        srv:get("/page"):expect_body(("<p>more %d</p>"):format(number))
      end
    end)
    at_pace(function(pace)
      srv:control("reload")
      pace()
      assert(os.rename(app.folder .. "/A/scripts/locales", app.folder .. "/locales"))
      local answer = reload_while(srv, function()
        socket.sleep(PAUSE)
        assert(os.rename(app.folder .. "/locales", app.folder .. "/A/scripts/locales"))
        pace()
      end)
      return function()
        assert.truthy(answer:find("^ok\nunchanged: "), answer)
      end
    end)
  end)

  it("of a tree that is swapped all the time is of one of the trees", function()
    finally(meanwhile(app.folder,
      "ln -s B .swap && mv -T .swap current && ln -s A .swap && mv -T .swap current"))
    local seen = {}
    local swaps = 0
    repeat
      reload_app.reload(srv)
      local name = reload_app.version(srv:get("/page"))
      expect_whole(srv, name)
      seen[name] = true
      swaps = swaps + 1
    until swaps >= SWAPS and seen.A and seen.B or swaps == 20 * SWAPS
    assert.is_true(seen.A and seen.B, "only one of the two was ever seen")
  end)

  if os.getenv("SOAK") then
    it("of a tree that never rests says which file, and changes nothing", function()
      -- Its time is a second ahead, so that it counts as new even where the writer waits for the processor.
      finally(meanwhile(app.folder .. "/A/static", "date >>restless.txt;"
        .. [[ touch -d "$(date -d '+1 second' '+%Y-%m-%d %H:%M:%S.%N')" restless.txt; sleep 0.02]]))
      reload_app.eventually("nobody writes", function()
        return lfs.attributes(app.folder .. "/A/static/restless.txt")
      end)
      local ok, output
      for _ = 1, 10 do -- where the writer gets no processor for so long, it does rest
        ok, output = srv:control("reload")
        if not ok then
          break
        end
      end
      assert.is_false(ok, output)
      assert.truthy(output:find("was not quiet for 5 seconds: static/restless.txt is still being written", 1, true), output)
      expect_whole(srv, "A")
    end)
  end
end)
