--- What a site relies on: a name that a documented module has not is told, and a site is judged by the names of another
--- version before or after an upgrade.
local files = require("spec.support.files")
local server = require("spec.support.server")

--- A site that uses something of every kind, and calls things of its own by names that a version may take.
local SITE = {
  ["scripts/site.lua"] = [[
local clock = require("host.clock")
local config = require("host").config
local db = require("host.db")
local fields = require("capsule.fields")
local form = require("text.form")
local key = require("capsule.key")
local moment = require("text.moment")
local reply = require("web.reply")
local smtp = require("host.smtp")
local template = require("text.template")
local helper = require("site.helper")

fields.add({ name = "recipient", label = "site.recipient", max = 50 })
template.still("pages/wall", { "member" })

local function page(req)
  if config.years_max > 1 and key.parse(req.query.key) then
    return reply.error(req, 404, req.t("status.404_message"))
  end
  local row = db.one("capsule.known", { key_hash = key.hash("x") })
  return reply.html(req, "pages/wall", { when = moment.text(req.t, clock.now(), "UTC"), row = row ~= nil,
    values = form.check(req.form, {}), member = helper.member })
end

return function(app)
  app:on("capsule.put", function() smtp.send({ to = "a@b.example", subject = "s", text = "t" }) end)
  app:before(function() return nil end)
  app:get("site.wall", "/wall", page)
  app:group("/members", function(g)
    g:post("site.join", "/join", function(req)
      local done, message, kind = db.batch({ { "site.join", { name = "x" } }, { "capsule.insert_none" } })
      return done and reply.redirect(app:url("put")) or nil, message, kind
    end)
  end)
  require("web").check(function() end)
end
]],
  ["scripts/site/helper.lua"] = "return { member = true }\n",
  ["scripts/commands/wave.lua"] = 'return { help = "waves", run = function() end }\n',
  ["scripts/site_config.lua"] = 'return { { name = "site_word", type = "string", help = "a word" } }\n',
  ["scripts/locales/site/en.lua"] = 'return {\n  ["site.recipient"] = "To",\n  ["home.title"] = "Ours",\n}\n',
  ["scripts/locales/site/zh-CN.lua"] = 'return {\n  ["site.recipient"] = "给",\n}\n',
  ["sql/queries/site.sql"] = "-- name: site.join\nINSERT INTO site_member (name) VALUES (:name);\n",
  ["sql/migrations/0001_member.sql"] = "CREATE TABLE site_member (name VARCHAR(20));\n",
  ["static/css/ours.css"] = ":root { --accent: red; }\n",
  ["templates/partials/site_footer.html"] = "<p><%= t(\"nav.home\") %></p>\n",
  ["templates/pages/home.html"] = '<% layout("layouts/main") %><% block("title") %>x<% endblock() %>\n',
  ["templates/pages/wall.html"] = [[
<% layout("layouts/main") %><% block("title") %><%= t("put.title") %><% endblock() %>
<link rel="stylesheet" href="<%= asset("css/pages.css") %>">
<%# t("a.note") %>
<%- partial("partials/next") %><a href="<%= url("open") %>"><%= when %></a>
]],
}
SITE["scripts/site.lua"] = SITE["scripts/site.lua"]:gsub(', { "capsule.insert_none" }', "")

local VERSIONS = "scripts/contract/versions/"
local NAMES = files.read(VERSIONS .. "0.1.0.txt")

--- What a version is like that has not, or has besides, what a case says.
local function version(changes)
  local text = NAMES
  for _, line in ipairs(changes.without or {}) do
    local from, to = ("\n" .. text):find("\n" .. line .. "\t[^\n]*\n")
    assert(from, line)
    text = text:sub(1, from - 1) .. text:sub(to)
    text = text:gsub("^\n", "")
  end
  for _, line in ipairs(changes.with or {}) do
    text = text .. line .. "\t\n"
  end
  for from, to in pairs(changes.instead or {}) do
    text = text:gsub(from, to)
  end
  return text
end

local folder = files.folder(SITE)

local function judge(changes)
  local file = files.folder({ names = version(changes) }) .. "/names"
  local status, output = server.run({ args = { "site", "check", "--against", file, "--site", folder } })
  return status, output:gsub(file:gsub("%p", "%%%0"), "V"):gsub(folder:gsub("%p", "%%%0") .. "/", "")
end

local function removed(line, place)
  return { { without = { line } }, place }
end

local function taken(line, place)
  return { { with = { line } }, place }
end

--- Thirty changes of a version that this site would not survive, and where that is told.
local PLANTED = {
  removed("function\thost.clock.now", "scripts/site.lua:21: V has not 'host.clock.now'"),
  removed("function\tcapsule.key.parse", "scripts/site.lua:17: V has not 'capsule.key.parse'"),
  removed("function\tcapsule.key.hash", "scripts/site.lua:20: V has not 'capsule.key.hash'"),
  removed("function\thost.smtp.send", "scripts/site.lua:26: V has not 'host.smtp.send'"),
  removed("function\ttext.form.check", "scripts/site.lua:22: V has not 'text.form.check'"),
  removed("function\ttext.moment.text", "scripts/site.lua:21: V has not 'text.moment.text'"),
  removed("function\tcapsule.fields.add", "scripts/site.lua:13: V has not 'capsule.fields.add'"),
  removed("function\ttext.template.still", "scripts/site.lua:14: V has not 'text.template.still'"),
  removed("function\tweb.reply.html", "scripts/site.lua:21: V has not 'web.reply.html'"),
  removed("function\tweb.reply.redirect", "scripts/site.lua:32: V has not 'web.reply.redirect'"),
  removed("function\tweb.check", "scripts/site.lua:35: V has not 'web.check'"),
  removed("module\ttext.moment", "scripts/site.lua:7: V has not the module 'text.moment'"),
  removed("method\tapp:on", "scripts/site.lua:26: V has not 'app:on'"),
  removed("method\tapp:before", "scripts/site.lua:27: V has not 'app:before'"),
  removed("method\tgroup:post", "scripts/site.lua:30: V has not 'group:post'"),
  removed("event\tcapsule.put", "scripts/site.lua:26: V has not the event 'capsule.put'"),
  removed("setting\tyears_max", "scripts/site.lua:17: V has not the setting 'years_max'"),
  removed("statement\tcapsule.known", "scripts/site.lua:20: V has not the statement 'capsule.known'"),
  removed("route\tput", "scripts/site.lua:32: V has not the route 'put'"),
  removed("route\topen", "templates/pages/wall.html:4: V has not the route 'open'"),
  removed("key\tput.title", "templates/pages/wall.html:1: V has not the sentence 'put.title'"),
  removed("key\tstatus.404_message", "scripts/site.lua:18: V has not the sentence 'status.404_message'"),
  removed("key\thome.title", "scripts/locales/site/en.lua:3: V has not the sentence 'home.title', which yours replaces"),
  { { instead = { ["\nkey\thome%.title\t%x+"] = "\nkey\thome.title\t00000000" } },
    "scripts/locales/site/en.lua:3: V says something else for the sentence 'home.title', which yours replaces" },
  removed("template\tpartials/next", "templates/pages/wall.html:4: V has not the template 'partials/next'"),
  removed("asset\tcss/pages.css", "templates/pages/wall.html:2: V has not the file static/css/pages.css"),
  removed("path\ttemplates/pages/home.html",
    "templates/pages/home.html:1: V has not the file templates/pages/home.html, which yours replaces"),
  removed("slot\tpartials/site_footer", "partials/site_footer.html:1: V has not the slot 'partials/site_footer'"),
  taken("path\ttemplates/pages/wall.html",
    "templates/pages/wall.html:1: V has the file templates/pages/wall.html too: yours would win over it"),
  taken("address\tGET /wall", "scripts/site.lua:28: V has the address GET /wall too"),
  taken("path\tscripts/commands/wave.lua", "scripts/commands/wave.lua:1: V has the file scripts/commands/wave.lua too"),
  taken("statement\tsite.join", "sql/queries/site.sql:1: V has the statement 'site.join' too"),
  taken("key\tsite.recipient", "scripts/locales/site/en.lua:2: V has the sentence 'site.recipient' too"),
}

describe("site check --against", function()
  it("finds what another version would break, each with its line", function()
    assert.truthy(#PLANTED >= 30)
    for _, case in ipairs(PLANTED) do
      local status, output = judge(case[1])
      assert.equal(1, status, case[2])
      assert.truthy(output:find(case[2], 1, true), case[2] .. "\nis not in\n" .. output)
    end
  end)

  it("has no false alarm: this site, the starter, and a version that only adds", function()
    for _, site in ipairs({ folder, "starter" }) do
      local status, output = server.run({ args = { "site", "check", "--against", "0.1.0", "--site", site } })
      assert.equal(0, status, output)
      assert.equal("nothing would break\n", output)
    end
    local status, output = judge({ with = { "function\tweb.reply.more", "key\tmore.words", "route\tmore", "path\tmore.lua" },
      without = { "function\tweb.reply.problem", "key\tput.lead", "route\tintroduce", "statement\tcapsule.recall" } })
    assert.equal(0, status, output)
  end)

  it("takes no beginning of a longer expression for a name, and counts in words", function()
    local site = files.folder({ ["scripts/site.lua"] = [[
local reply = require("web.reply")
return function(app)
  app:get("site.x", "/x", function(req)
    local name = req.query.name or "x"
    return reply.text(req.t("wall.bad_" .. name) .. app:url("wall." .. name) .. require("site." .. name))
  end)
end
]], ["scripts/site/own.lua"] = 'local app = require("web").app()\nreturn function() return app:url("own") end\n' })
    assert.equal(0, (server.run({ args = { "check", "--site", site } })))
    local status, output = server.run({ args = { "site", "check", "--against", "0.1.0", "--site", site } })
    assert.equal(0, status, output)
    assert.equal("nothing would break\n", output)
    local _, one = judge({ without = { "function\thost.smtp.send" } })
    assert.truthy(one:find("\n1 thing would break\n", 1, true), one)
    local _, two = judge({ without = { "function\thost.smtp.send", "event\tcapsule.put" } })
    assert.truthy(two:find("\n2 things would break\n", 1, true), two)
  end)

  it("names the versions that there are", function()
    local status, output = server.run({ args = { "site", "check", "--against", "9.9.9", "--site", folder } })
    assert.equal(2, status)
    assert.truthy(output:find("there is no '9.9.9'; there are 0.1.0", 1, true), output)
  end)

  it("goes by names that this version still has: nothing documented is taken away", function()
    local _, now = server.run({ args = { "site", "check", "--names" } })
    local kinds = { module = true, ["function"] = true, method = true, event = true, slot = true, helper = true }
    for kind, name in NAMES:gmatch("([^\t\n]+)\t([^\t\n]+)\t[^\n]*") do
      if kinds[kind] and not (kind == "module" and name:find("^routes%.") or kind == "module" and name:find("^admin%.")) then
        assert.truthy(("\n" .. now):find("\n" .. kind .. "\t" .. name .. "\t", 1, true), kind .. " " .. name)
      end
    end
  end)
end)

describe("a name that a documented module has not", function()
  local SLIP = 'local reply = require("web.reply")\nreturn function(app)\n  app:get("site.x", "/x", function(req)\n'
    .. '    return reply.%s\n  end)\nend\n'

  it("is told by check, with the nearest one", function()
    local site = files.folder({ ["scripts/site.lua"] = SLIP:format('htlm(req, "pages/home")') })
    local status, output = server.run({ args = { "check", "--site", site } })
    assert.equal(1, status)
    assert.truthy(output:find(site .. "/scripts/site.lua:4: web.reply has no 'htlm'; did you mean 'html'?", 1, true), output)
  end)

  it("raises where it is not literal", function()
    local site = files.folder({ ["scripts/site.lua"] = (SLIP:gsub("reply%.%%s", 'reply["tex" .. "d"]("x")')) })
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1" } })
    srv:get("/x"):expect({ status = 500 })
    assert.truthy(srv:log():find("/scripts/site.lua:4: web.reply has no 'texd'; did you mean 'text'?", 1, true), "not told")
  end)
end)

describe("a site that says for which API it is written", function()
  local function check(script)
    local site = files.folder({ ["scripts/site.lua"] = script })
    return server.run({ args = { "check", "--site", site } })
  end

  it("is taken where that is ours, and refused with words where it is another", function()
    local route = 'function(app) app:get("site.x", "/x", function() return require("web.reply").text("x") end) end'
    assert.equal(0, (check("return { api = 1, " .. route .. " }\n")))
    local status, output = check("return { api = 2, " .. route .. " }\n")
    assert.equal(1, status)
    assert.truthy(output:find("scripts/site.lua:1: it is written for api 2, and this version speaks api 1", 1, true), output)
    status, output = check("return { api = 1 }\n")
    assert.equal(1, status)
    assert.truthy(output:find("scripts/site.lua:1: it returns { api = 1, function(app) … end }", 1, true), output)
  end)
end)
