--- What a later version takes of a site's names, what it says otherwise, and what it is going to take away, is told by
--- `check` and `site diff` with its place.
local files = require("spec.support.files")
local server = require("spec.support.server")
local warnings = require("contract.warnings")

local VERSIONS = "scripts/contract/versions/0.1.0.txt"

local SITE = {
  ["scripts/site.lua"] = [[
local reply = require("web.reply")
local moment = require("text.moment")
return function(app)
  app:get("site.wall", "/wall", function(req)
    return reply.text(moment.text(req.t, 0, "UTC") .. req.t("put.title"))
  end)
end
]],
  ["scripts/commands/wave.lua"] = 'return { help = "waves", run = function() end }\n',
  ["scripts/locales/site/en.lua"] = 'return {\n  ["wall.title"] = "Wall",\n  ["home.title"] = "Ours",\n}\n',
  ["sql/queries/wall.sql"] = "-- name: site.wall\nSELECT 1 AS one;\n",
  ["templates/pages/wall.html"] = "<p><%= t(\"wall.title\") %></p>\n",
}

describe("a site and a later version", function()
  local folder

  --- The application with these files, as a version of its own that knows its names.
  local function version(changes)
    local app = files.app(changes)
    local status, names = server.run({ args = { "site", "check", "--names", "--app", app } })
    assert.equal(0, status, names)
    files.write(app, { [VERSIONS] = names })
    return app
  end

  local function say(app, ...)
    return server.run({ args = { ..., "--app", app, "--site", folder } })
  end

  local function diff(app)
    return server.run({ args = { "site", "diff", "--app", app, "--site", folder } })
  end

  before_each(function()
    folder = server.folder() .. "/s"
    assert.equal(0, (server.run({ args = { "site", "new", folder } })))
    for _, path in ipairs({ "spec/hello_spec.lua", "templates/pages/hello.html", "templates/partials/site_footer.html",
      "scripts/locales/site/zh-CN.lua", "scripts/commands/hello.lua", "sql/queries/hello.sql" }) do
      files.write(folder, { [path] = false })
    end
    files.write(folder, SITE)
  end)

  local function both(app, lines, checked)
    local status, output = say(app, "check")
    assert.equal(checked or 0, status, output)
    local changed, listed = diff(app)
    assert.equal(1, changed, listed)
    assert.is_nil(listed:find("warn", 1, true), listed)
    for _, line in ipairs(lines) do
      line = folder .. "/" .. line
      assert.truthy(output:find(line, 1, true), line .. "\nis not in\n" .. output)
      assert.truthy(listed:find(line, 1, true), line .. "\nis not in\n" .. listed)
    end
  end

  it("that has taken none of its names has nothing to say", function()
    assert.equal(0, (diff(".")))
    local status, output = say(".", "check")
    assert.equal(0, status, output)
    assert.is_nil(output:find("warn", 1, true), output)
  end)

  it("that has a file, a command or a sentence of that name, or says another one otherwise", function()
    local app = version({
      ["templates/pages/wall.html"] = "<p>ours</p>\n",
      ["scripts/commands/wave.lua"] = 'return { help = "ours", run = function() end }\n',
      ["scripts/locales/wall/en.lua"] = 'return { ["wall.title"] = "Our wall" }\n',
      ["scripts/locales/wall/zh-CN.lua"] = 'return { ["wall.title"] = "墙" }\n',
      ["scripts/locales/wall/zh-Hant.lua"] = 'return { ["wall.title"] = "牆" }\n',
      ["scripts/locales/en.lua"] = files.read("scripts/locales/en.lua"):gsub('(%["home%.title"%] = ")', "%1New: "),
    })
    both(app, {
      "templates/pages/wall.html:1: this version has the file templates/pages/wall.html too: yours would win over it",
      "scripts/commands/wave.lua:1: this version has the file scripts/commands/wave.lua too",
      "scripts/locales/site/en.lua:2: this version has the sentence 'wall.title' too",
      "scripts/locales/site/en.lua:3: this version says something else for the sentence 'home.title', which yours",
    })
    assert.equal(0, (server.run({ args = { "site", "accept", "--app", app, "--site", folder } })))
    local status, output = diff(app)
    assert.equal(0, status, output)
    assert.is_nil(select(2, say(app, "check")):find("warn", 1, true))
  end)

  it("that has a route, an address or a statement of that name, which cannot stand beside each other", function()
    local app = version({
      ["sql/queries/walls.sql"] = "-- name: site.wall\nSELECT 2 AS two;\n",
    })
    local status, output = say(app, "check")
    assert.equal(1, status)
    assert.truthy(output:find("wall.sql:1: ", 1, true) and output:find("'site.wall'", 1, true), output)
    assert.equal(1, (diff(app)))
    for _, path in ipairs({ "/wall", "/walls" }) do
      local pages = files.read("scripts/routes/pages.lua"):gsub("return function%(app%)\n",
        ('return function(app)\n  app:get("site.wall%s", "%s", function() end)\n'):format(path == "/wall" and "s" or "", path))
      app = version({ ["scripts/routes/pages.lua"] = pages })
      status, output = say(app, "check")
      assert.equal(1, status)
      assert.truthy(output:find(folder .. "/scripts/site.lua:4: ", 1, true), output)
      assert.truthy(output:find("scripts/routes/pages.lua:", 1, true), output)
      assert.equal(1, (diff(app)))
    end
  end)

  it("that deprecates a name is told once, at each place, with advice, and works as before", function()
    local app = files.app({ ["scripts/contract/deprecated.lua"] = [[
return {
  { kind = "function", name = "web.reply.text", since = "0.2.0", gone = "0.4.0", instead = "write reply.plain" },
  { kind = "key", name = "put.title", since = "0.2.0", gone = "0.4.0", instead = "write put.headline" },
  { kind = "key", name = "wall.title", since = "0.2.0", gone = "0.4.0", instead = "it is the site's own" },
  { kind = "method", name = "app:get", since = "0.2.0", gone = "1.0.0", instead = "write app:route" },
  { kind = "function", name = "web.reply.json", since = "0.2.0", gone = "0.4.0", instead = "nobody uses it" },
}
]] })
    local lines = {
      "scripts/site.lua:5: 'web.reply.text' is deprecated since 0.2.0 and goes with 0.4.0: write reply.plain",
      "scripts/site.lua:5: the sentence 'put.title' is deprecated since 0.2.0 and goes with 0.4.0: write put.headline",
      "scripts/site.lua:4: 'app:get' is deprecated since 0.2.0 and goes with 1.0.0: write app:route",
    }
    both(app, lines)
    local srv <close> = server.start({ args = { "--app", app, "--site", folder, "--workers", "2" } })
    srv:get("/wall"):expect({ status = 200 })
    for _, line in ipairs(lines) do
      assert.equal(1, select(2, srv:log():gsub(line:gsub("%p", "%%%0"), "")), line)
    end
    assert.is_nil(srv:log():find("own", 1, true))
  end)
end)

describe("a removal", function()
  local before = { ["function"] = { ["web.reply.old"] = "", ["web.reply.html"] = "" }, key = { old = "" } }
  local after = { ["function"] = { ["web.reply.html"] = "" }, key = {} }
  local kinds = { ["function"] = true }

  local function judged(since, version)
    return warnings.unannounced(before, after, version, since and { { kind = "function", name = "web.reply.old",
      since = since, gone = version, instead = "" } } or {}, kinds)
  end

  it("is announced two minor versions before", function()
    local fault = "function web.reply.old went with %s and was not deprecated for two minor versions"
    assert.same({ fault:format("0.4.0") }, judged(nil, "0.4.0"))
    assert.same({ fault:format("0.4.0") }, judged("0.3.0", "0.4.0"))
    assert.same({}, judged("0.2.0", "0.4.0"))
    assert.same({}, judged("0.9.0", "1.0.0"))
  end)

  it("has been, of every version that is shipped", function()
    local surface = require("contract.surface")
    local promised = { module = true, ["function"] = true, method = true, event = true, slot = true, helper = true }
    local _, versions = surface.shipped("")
    for i = 2, #versions do
      local old, new = surface.read((surface.shipped(versions[i - 1]))), surface.read((surface.shipped(versions[i])))
      assert.same({}, warnings.unannounced(old, new, versions[i], require("contract.deprecated"), promised))
    end
    assert.truthy(versions[1])
  end)
end)
