--- `serve --watch`: whoever changes a file sees the change, without a word.
local files = require("spec.support.files")
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

local function page(text)
  return { ["scripts/site.lua"] = ('local reply = require("web.reply")\nreturn function(app)\n'
    .. '  app:get("site.word", "/word", function()\n    return reply.text("%s")\n  end)\nend\n'):format(text) }
end

--- Whether its word comes to be that.
local function says(srv, word)
  return process.wait_for(function()
    local res = srv:get("/word")
    return res.status == 200 and res.body == word
  end)
end

describe("a server with --watch", function()
  local site, srv

  local function generation()
    return tonumber(srv:get("/-/generation").body)
  end

  setup(function()
    site = files.folder(page("one"))
    srv = server.start({ args = { "--watch", "--site", site, "--workers", "1", "--log-level", "debug" } })
  end)

  teardown(function()
    srv:stop()
  end)

  it("warns that it shows sources", function()
    assert.truthy(srv:log():find("--watch: errors show sources", 1, true), srv:log())
  end)

  it("loads a changed file, once for changes that come together", function()
    assert.is_true(says(srv, "one"))
    local before, took
    local path = site .. "/scripts/site.lua"
    for try = 1, 20 do -- those between which the machine did something else did not come together
      local text = "two, try " .. try
      before = generation()
      local began = socket.gettime()
      for i = 1, 9 do
        local file = assert(io.open(path, "wb")) -- files.write() starts a program
        file:write(page(i < 9 and "step " .. i or text)["scripts/site.lua"]):close()
      end
      took = socket.gettime() - began
      assert.is_true(says(srv, text))
      if took < 0.1 then
        break
      end
    end
    assert.is_true(took < 0.1, "this machine never wrote nine files in time")
    assert.equal(before + 1, generation())
  end)

  it("loads new files in new folders, also those deep inside", function()
    files.write(site, { ["templates/pages/deep/er/new.html"] = '<% layout("layouts/main") %>\n'
      .. '<% block("title") %>x<% endblock() %>\n<p>first</p>\n',
      ["scripts/site/words.lua"] = 'return "three"\n' })
    files.write(site, { ["scripts/site.lua"] = [[
local reply = require("web.reply")
local word = require("site.words")
return function(app)
  app:get("site.word", "/word", function() return reply.text(word) end)
  app:get("site.deep", "/deep", function(req) return reply.html(req, "pages/deep/er/new", {}) end)
end
]] })
    assert.is_true(says(srv, "three"))
    srv:get("/deep"):expect_body("<p>first</p>")
    files.write(site, { ["scripts/site/words.lua"] = 'return "four"\n' })
    assert.is_true(says(srv, "four"))
    files.write(site, { ["templates/pages/deep/er/new.html"] = '<% layout("layouts/main") %>\n'
      .. '<% block("title") %>x<% endblock() %>\n<p>second</p>\n' })
    assert.truthy(process.wait_for(function()
      return srv:get("/deep").body:find("<p>second</p>", 1, true)
    end))
  end)

  it("shows each save of a template to a client that asks again", function()
    local before = files.read(site .. "/templates/pages/deep/er/new.html")
    for save = 1, 3 do
      local file = assert(io.open(site .. "/templates/pages/deep/er/new.html", "wb"))
      file:write((before:gsub("second", "save " .. save))):close()
      assert.truthy(process.wait_for(function()
        return srv:get("/deep").body:find("<p>save " .. save .. "</p>", 1, true)
      end))
    end
  end)

  it("sees files that are moved into their place, as editors do", function()
    files.write(site, { ["scripts/site/.words.lua.swp"] = 'return "five"\n' })
    assert(os.rename(site .. "/scripts/site/.words.lua.swp", site .. "/scripts/site/words.lua"))
    assert.is_true(says(srv, "five"))
  end)

  it("is not bothered by hidden files and editors' copies", function()
    local before = generation()
    files.write(site, { ["scripts/site/.words.lua.swp"] = "(", ["scripts/site/words.lua~"] = "(", ["notes.txt"] = "x" })
    socket.sleep(0.6)
    assert.equal(before, generation())
    assert.is_nil(srv:log():find("the reload failed", 1, true))
  end)

  it("goes on with what it has when the change is faulty, and recovers", function()
    files.write(site, { ["scripts/site/words.lua"] = "return (\n" })
    assert.truthy(process.wait_for(function()
      return srv:log():find("scripts/site/words.lua:", 1, true)
    end))
    assert.equal("five", srv:get("/word").body)
    files.write(site, { ["scripts/site/words.lua"] = 'return "six"\n' })
    assert.is_true(says(srv, "six"))
  end)

  it("follows a folder that is taken away and comes back", function()
    assert(os.execute(("mv '%s/scripts/site' '%s/aside' && rm '%s/scripts/site.lua'"):format(site, site, site)))
    assert.truthy(process.wait_for(function()
      return srv:get("/word").status == 404
    end))
    assert(os.execute(("mv '%s/aside' '%s/scripts/site'"):format(site, site)))
    files.write(site, page("seven"))
    assert.is_true(says(srv, "seven"))
    local elsewhere = site .. "-away"
    assert(os.rename(site, elsewhere))
    socket.sleep(0.5)
    assert(os.rename(elsewhere, site))
    files.write(site, page("eight"))
    assert.is_true(says(srv, "eight"))
  end)

  it("has pages that ask for the generation and fetch themselves again", function()
    local res = srv:get("/"):expect({ status = 200 })
    local url, number = res.body:match('<script type="module" src="([^"]+watch[^"]+)" data%-generation="(%d+)">')
    assert.equal(generation(), tonumber(number))
    srv:get(url):expect({ status = 200 }):expect_body('fetch(new URL("../../-/generation", import.meta.url)')
    local policy = res.headers["content-security-policy"]
    assert.truthy(policy:find("script-src 'self';", 1, true) and policy:find("connect-src 'self';", 1, true), policy)
    srv:get("/nowhere"):expect({ status = 404 }):expect_body("data-generation=")
    srv:post("/put", {}):expect({ status = 422 }):expect_no_body("data-generation=")
  end)
end)

describe("a server with --watch whose site has links:", function()
  local folder, site, srv

  --- Makes or switches a link in one step.
  local function link(target, path)
    assert(lfs.link(target, path .. ".new", true))
    assert(os.rename(path .. ".new", path))
  end

  local function word(text)
    return 'return "' .. text .. '"\n'
  end

  --- /current is the site, through a link of releases; its words lie in a volume as Kubernetes mounts one.
  setup(function()
    folder = files.folder({ ["away/words.lua"] = word("one"), ["volume/..1/words.lua"] = word("volume one"),
      ["volume/..2/words.lua"] = word("volume two") })
    for _, release in ipairs({ "a", "b" }) do
      files.write(folder, { ["releases/" .. release .. "/scripts/site.lua"] = ([[
local reply = require("web.reply")
return function(app)
  app:get("site.word", "/word", function() return reply.text(require("site.words")) end)
  app:get("site.release", "/release", function() return reply.text("%s") end)
end
]]):format(release), ["releases/" .. release .. "/scripts/site/.keep"] = "" })
      link("../../../../away/words.lua", folder .. "/releases/" .. release .. "/scripts/site/words.lua")
    end
    link("..1", folder .. "/volume/..data")
    link("..data/words.lua", folder .. "/volume/words.lua")
    link("releases", folder .. "/all")
    link("all/a", folder .. "/current")
    site = folder .. "/current"
    srv = server.start({ args = { "--watch", "--site", site, "--workers", "1" } })
  end)

  teardown(function()
    srv:stop()
  end)

  it("sees what a link leads to written, and put in its place", function()
    assert.is_true(says(srv, "one"))
    files.write(folder, { ["away/words.lua"] = word("two") })
    assert.is_true(says(srv, "two"))
    files.write(folder, { ["away/.new"] = word("three") })
    assert(os.rename(folder .. "/away/.new", folder .. "/away/words.lua"))
    assert.is_true(says(srv, "three"))
  end)

  it("sees a link switched, and a folder under another link swapped", function()
    link(folder .. "/volume/words.lua", site .. "/scripts/site/words.lua")
    assert.is_true(says(srv, "volume one"))
    link("..2", folder .. "/volume/..data")
    assert.is_true(says(srv, "volume two"))
    files.write(folder, { ["volume/..2/words.lua"] = word("volume three") })
    assert.is_true(says(srv, "volume three"))
  end)

  it("sees the site's own link switched, and one on its way", function()
    link("all/b", site)
    assert.is_true(says(srv, "three"))
    srv:get("/release"):expect_body("b")
    files.write(folder, { ["away/words.lua"] = word("four") })
    assert.is_true(says(srv, "four"))
    files.write(folder, { ["others/b/scripts/site.lua"] = page("another tree")["scripts/site.lua"] })
    link("others", folder .. "/all")
    assert.is_true(says(srv, "another tree"))
    files.write(folder, { ["others/b/scripts/site.lua"] = page("written")["scripts/site.lua"] })
    assert.is_true(says(srv, "written"))
  end)

  it("is not bothered by what lies beside", function()
    local before = srv:get("/-/generation").body
    files.write(folder, { ["x.lua"] = "(", ["away/y.lua"] = "(", ["volume/..2/z.lua"] = "(", ["releases/c/w.lua"] = "(" })
    socket.sleep(0.6)
    assert.equal(before, srv:get("/-/generation").body)
  end)
end)

describe("a failed reload of a server with --watch", function()
  it("is told to a browser on this machine until the files are good, and to nobody else", function()
    local site = files.folder(page("one"))
    local srv <close> = server.start({ args = { "--watch", "--site", site, "--workers", "2" } })
    local function told(headers)
      return srv:get("/-/generation", headers).body
    end
    assert.equal("1\n", told())
    files.write(site, { ["scripts/site.lua"] = "return (\n" })
    assert(process.wait_for(function()
      return told():find("^1\n.*scripts/site.lua:2: unexpected symbol near <eof>.*1 fault; nothing was changed")
    end), told())
    assert.equal("1\n", told({ ["X-Forwarded-For"] = "203.0.113.7" }))
    files.write(site, page("one"))
    assert(process.wait_for(function()
      return told() == "1\n"
    end), told())
  end)

  it("is tried again when the database has been migrated", function()
    local site, data = files.folder(page("one")), server.folder()
    local srv <close> = server.start({ args = { "--watch", "--site", site, "--workers", "1" }, data = data })
    files.write(site, { ["sql/migrations/0001_word.sql"] = "CREATE TABLE site_word (word TEXT);\n",
      ["scripts/site.lua"] = page("two")["scripts/site.lua"] })
    assert(process.wait_for(function()
      return srv:log():find("the reload failed", 1, true)
    end), srv:log())
    assert.matches("timecapsule migrate", srv:get("/-/generation").body)
    local status, output = server.run({ args = { "migrate", "--site", site, "--data", data } })
    assert.equal(0, status, output)
    assert.matches("the running server has loaded its files: .*generation 2 ", output) -- "unchanged", where it came first
    assert.equal("two", srv:get("/word").body)
  end)
end)

describe("a server without --watch", function()
  it("changes nothing by itself and knows nothing of it", function()
    local site = files.folder(page("one"))
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1" } })
    files.write(site, page("two"))
    socket.sleep(0.6)
    assert.equal("one", srv:get("/word").body)
    srv:get("/-/generation"):expect({ status = 404 })
    srv:get("/"):expect({ status = 200 }):expect_no_body("watch", "data-generation")
    for name in lfs.dir("/proc/" .. srv.pid .. "/fd") do
      local target = lfs.symlinkattributes("/proc/" .. srv.pid .. "/fd/" .. name, "target")
      assert.is_nil(tostring(target):find("inotify", 1, true))
    end
  end)
end)
