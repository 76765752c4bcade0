--- `timecapsule site`: a new one runs at once; what is overridden is known, and whether the
--- shipped file has changed since.
local files = require("spec.support.files")
local lfs = require("lfs")
local server = require("spec.support.server")

local function site(...)
  return server.run({ args = { "site", ... } })
end

describe("site new", function()
  local folder = server.folder() .. "/new"

  it("writes a site that is in order and runs at once", function()
    local status, output = site("new", folder)
    assert.equal(0, status, output)
    assert.truthy(output:find("timecapsule check --site " .. folder, 1, true), output)
    status, output = server.run({ args = { "check", "--site", folder } })
    assert.equal(0, status, output)

    local srv <close> = server.start({ args = { "--site", folder, "--set", "site_motto=Mine & yours" } })
    srv:get("/hello"):expect({ status = 200 })
      :expect_body("<h1>Hello</h1>", "Mine &amp; yours", "templates/pages/hello.html", "Kept with care.")
    srv:get("/hello?lang=zh-CN"):expect_body("<h1>你好</h1>")
    status, output = server.run({ args = { "test", "--site", folder } })
    assert.equal(0, status, output)
    assert.truthy(files.read(folder .. "/.gitignore"):find(".shipped", 1, true))
    srv:get("/"):expect({ status = 200 }):expect_body("Kept with care.")
  end)

  it("has self-tests, which refuse what makes no sense", function()
    local config = folder .. "/scripts/site_config.lua"
    local before = files.read(config)
    files.write(folder, { ["scripts/site_config.lua"] = before:gsub('"Words keep."', '""') })
    local status, output = server.run({ args = { "check", "--site", folder } })
    files.write(folder, { ["scripts/site_config.lua"] = before })
    assert.equal(1, status)
    assert.matches("new/scripts/site%.lua:%d+: site_motto is empty\n    %d+ |     assert%(", output)
  end)

  it("explains every file", function()
    local readme = files.read(folder .. "/README.md")
    for name in io.popen(("cd '%s' && find . -type f -not -path './.*'"):format(folder)):lines() do
      local path = name:sub(3)
      assert.truthy(path == "README.md" or readme:find(path:match("[^/]+$"), 1, true), path)
    end
  end)

  it("refuses a folder with something in it, and needs a name", function()
    local status, output = site("new", folder)
    assert.equal(1, status)
    assert.truthy(output:find(folder .. " is there and not empty", 1, true), output)
    assert.equal(2, (site("new")))
    assert.equal(2, (site("dance")))
    local empty = server.folder()
    assert.equal(0, (site("new", empty)))
  end)
end)

describe("site add", function()
  local folder = server.folder() .. "/grown"

  local function run(word)
    local status, output = server.run({ args = { word, "--site", folder } })
    assert.equal(0, status, output)
    return output
  end

  setup(function()
    assert.equal(0, (site("new", folder)))
  end)

  it("writes a page with sentences and a spec, and a table for both databases, which are in order", function()
    local status, output = site("add", "page", "guest_book", "--site", folder)
    assert.equal(0, status, output)
    assert.truthy(output:find("wrote   templates/pages/guest_book.html\n", 1, true), output)
    assert.truthy(output:find("changed scripts/site.lua\n", 1, true), output)
    assert.truthy(output:find("scripts/locales/guest_book/zh-CN.lua", 1, true), output)
    assert.equal(0, (site("add", "migration", "visit", "--site", folder)))
    assert.truthy(files.read(folder .. "/sql/migrations/0002_visit.sqlite.sql"):find("CREATE TABLE site_visit", 1, true))
    assert.truthy(files.read(folder .. "/sql/migrations/0002_visit.mariadb.sql"):find("nopad_bin", 1, true))
    assert.truthy(run("check"):find("no faults", 1, true))
    assert.truthy(run("test"):find("2 successes / 0 failures / 0 errors", 1, true))
  end)

  it("writes a page's sentences in each language that the site has", function()
    local spoken = files.folder({ ["scripts/locales/site/zh-Hant.lua"] = "return {}\n",
      ["scripts/locales/other/fr.lua"] = "return {}\n", ["scripts/locales/fr.lua"] = files.read(
        "docs/examples/french/scripts/locales/fr.lua") })
    local status, output = site("add", "page", "wall", "--site", spoken)
    assert.equal(0, status, output)
    for language, word in pairs({ en = "stands", fr = "stands", ["zh-CN"] = "这里", ["zh-Hant"] = "这里" }) do
      local path = ("scripts/locales/wall/%s.lua"):format(language)
      assert.truthy(files.read(spoken .. "/" .. path):find(word, 1, true), path)
      assert.truthy(output:find(("wrote   %s\n"):format(path), 1, true), output)
    end
    status, output = server.run({ args = { "check", "--site", spoken } })
    assert.equal(0, status, output)
  end)

  it("replaces nothing, of the site's or the application's, and then writes nothing at all", function()
    assert.equal(0, (site("add", "page", "twice", "--site", folder)))
    local before = files.read(folder .. "/scripts/site.lua")
    for name, words in pairs({ twice = "the site has ", home = "the application has templates/pages/home.html itself" }) do
      local status, output = site("add", "page", name, "--site", folder)
      assert.equal(1, status)
      assert.truthy(output:find(words, 1, true), output)
    end
    assert.is_nil(lfs.attributes(folder .. "/spec/home_spec.lua"))
    assert.equal(before, files.read(folder .. "/scripts/site.lua"))
  end)

  it("takes a page or a migration with a name", function()
    for _, words in ipairs({ { "page" }, { "page", "Guest" }, { "page", "../x" }, { "page", ("x"):rep(41) },
      { "table", "x" }, { "page", "a", "b" } }) do
      local status, output = site("add", "--site", folder, table.unpack(words))
      assert.equal(2, status, output)
    end
    assert.truthy(select(2, site("add", "page", "a-b", "--site", folder)):find("'a-b' is no name", 1, true))
  end)

  it("says what to call where site.lua is not the usual one", function()
    local other = files.folder({ ["scripts/site.lua"] = "local function extend() end\nreturn extend\n" })
    local status, output = site("add", "page", "wall", "--site", other)
    assert.equal(0, status)
    assert.truthy(output:find('call it there:\n  require("site.wall")(app)\n', 1, true), output)
    local large = ("-"):rep(4 * 1024 * 1024 + 1)
    local full = files.folder({ ["scripts/site.lua"] = large })
    status, output = site("add", "page", "wall", "--site", full)
    assert.equal(1, status, output)
    assert.truthy(output:find("has more than 4194304 bytes", 1, true), output)
    assert.equal(#large, lfs.attributes(full .. "/scripts/site.lua", "size"))
    local bare = server.folder()
    assert.equal(0, (site("add", "page", "wall", "--site", bare)))
    status, output = server.run({ args = { "check", "--site", bare } })
    assert.equal(0, status, output)
  end)
end)

describe("site diff", function()
  local app, folder

  local function diff(...)
    return site("diff", "--app", app, "--site", folder, ...)
  end

  before_each(function()
    app = files.app()
    folder = server.folder() .. "/s"
    assert.equal(0, (site("new", folder, "--app", app)))
  end)

  it("needs a site", function()
    local status, output = site("diff")
    assert.equal(2, status)
    assert.truthy(output:find("--site DIR", 1, true), output)
  end)

  it("lists what is added and what is overridden", function()
    local status, output = diff()
    assert.equal(0, status)
    assert.matches("adds +scripts/site%.lua\n", output)
    assert.matches("overrides +templates/partials/site_footer%.html\n", output)
    assert.matches("adds +sql/migrations/0001_hello", output)
    assert.is_nil(output:find("README", 1, true))
  end)

  it("tells when the shipped file has changed since it was copied, until that is accepted", function()
    local path = "templates/pages/introduce.html"
    assert.equal(0, (site("copy", path, "--app", app, "--site", folder)))
    assert.equal(files.read(app .. "/" .. path), files.read(folder .. "/" .. path))
    assert.matches("overrides +templates/pages/introduce%.html\n", select(2, diff()))

    files.write(app, { [path] = files.read(path) .. "<p>new upstream</p>\n" })
    local status, output = diff()
    assert.equal(1, status)
    assert.matches("CHANGED +templates/pages/introduce%.html\n", output)
    local command = output:match("(diff %-u [^\n]+introduce%.html)")
    local pipe = io.popen(command)
    assert.matches("%+<p>new upstream</p>", pipe:read("a"))
    pipe:close()
    status, output = server.run({ args = { "check", "--app", app, "--site", folder } })
    assert.equal(0, status)
    assert.truthy(output:find("warning: " .. folder .. "/" .. path, 1, true), output)

    assert.equal(0, (site("accept", path, "--app", app, "--site", folder)))
    status, output = diff()
    assert.equal(0, status)
    assert.matches("overrides +templates/pages/introduce%.html\n", output)
  end)

  it("knows what was copied by hand, and what is no longer shipped", function()
    files.write(folder, { ["static/robots.txt"] = "x" })
    local status, output = diff()
    assert.equal(0, status)
    assert.matches("unknown +static/robots%.txt\n +made without `site copy`: compare it", output)
    assert.matches("accepted +static/robots%.txt", select(2, site("accept", "--app", app, "--site", folder)))
    assert.matches("overrides +static/robots%.txt\n", select(2, diff()))

    files.write(app, { ["static/robots.txt"] = false })
    status, output = diff()
    assert.equal(1, status)
    assert.matches("GONE +static/robots%.txt\n", output)
  end)

  it("copies nothing that is there, that is not shipped, or that lies elsewhere", function()
    for _, path in ipairs({ "templates/partials/site_footer.html", "templates/nothing.html", "../secret", "/etc/passwd",
      "templates/../../secret", "sql/migrations/0001_tables.sqlite.sql", "README.md" }) do
      local status = site("copy", path, "--app", app, "--site", folder)
      assert.equal(1, status, path)
    end
    assert.is_nil(lfs.attributes(folder .. "/README.md.new"))
  end)
end)
