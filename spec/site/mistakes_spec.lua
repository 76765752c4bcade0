--- Thirty mistakes that are made in a site, and what each is told: what is wrong, where, and what to do.  Most are told
--- by `check` before anything is served; the others in the log, at the line of whoever made them.
local files = require("spec.support.files")
local server = require("spec.support.server")

local HEAD = 'local reply = require("web.reply")\nreturn function(app)\n  '
local PAGE = '<%% layout("layouts/main") %%>\n<%% block("title") %%>x<%% endblock() %%>\n%s\n'

local function site(code)
  return { ["scripts/site.lua"] = HEAD .. code .. "\nend\n" }
end

local function handler(code)
  return site(('app:get("site.x", "/x", function(req) %s end)'):format(code))
end

local function page(text)
  return { ["templates/pages/x.html"] = PAGE:format(text) }
end

--- { mistake, files, what `check` says }
local CHECKED = {
  { "a misspelt helper", handler('return reply.htlm(req, "pages/home")'),
    "scripts/site.lua:3: web.reply has no 'htlm'; did you mean 'html'?" },
  { "a function that is never ended", { ["scripts/site.lua"] = "return function(app)\n  if app then\nend\n" },
    "scripts/site.lua:4: 'end' expected (to close 'function' at line 1) near <eof>" },
  { "a module that is not there", { ["scripts/site.lua"] = 'local r = require("web.replies")\nreturn function() r() end\n' },
    "scripts/site.lua:1: there is no module 'web.replies': no script scripts/web/replies.lua in this generation; "
      .. "did you mean scripts/web/reply.lua?" },
  { "a module of the host's that is not there", { ["scripts/site.lua"] = 'require("host.tmer")\nreturn function() end\n' },
    "scripts/site.lua:1: there is no module 'host.tmer': no script scripts/host/tmer.lua in this generation; "
      .. "did you mean 'host.timer'?" },
  { "a package of LuaRocks", { ["scripts/site.lua"] = 'require("luasql.mysql")\nreturn function() end\n' },
    "no script scripts/luasql/mysql.lua in this generation; a site's own lies in scripts/site/NAME.lua" },
  { "a script that returns nothing", { ["scripts/site.lua"] = "local function go(app) return app end\n" },
    "scripts/site.lua:1: it returns a function that is given the app" },
  { "a route's name that is taken", site('app:get("home", "/other", function() end)'),
    "scripts/site.lua:3: the name 'home' is taken by / (scripts/routes/pages.lua:" },
  { "a route's address that is taken", site('app:get("site.put", "/put", function() end)'),
    "scripts/site.lua:3: GET /put is taken by the route 'put' (scripts/routes/put.lua:" },
  { "a dot for a colon", site('app.get("site.x", "/x", function() end)'),
    "scripts/site.lua:3: call it with a colon: app:get(name, path, handler)" },
  { "a route without a handler", site('app:get("site.x", "/x")'),
    "scripts/site.lua:3: a route takes a name, a path and a handler function" },
  { "a path without its slash", site('app:get("site.x", "x", function() end)'),
    "scripts/site.lua:3: the path 'x' must begin with '/'" },
  { "a misspelt option of a route", site('app:post("site.x", "/x", function() end, { bodies = 1 })'),
    "scripts/site.lua:3: the route 'site.x' has no 'bodies'; did you mean 'body'?" },
  { "a body of no bytes", site('app:post("site.x", "/x", function() end, { body = function() return -1 end })'),
    "scripts/site.lua:3: the route /x: 'body' is not a whole number of at least 0" },
  { "a misspelt option of a rate", site('app:post("site.x", "/x", function() end, { rates = {{ name = "x", hour = 5 }} })'),
    "scripts/site.lua:3: the route 'site.x' has a rate (the 1. of its rates) that has no 'hour'; it has minute, name" },
  { "rates that are no list", site('app:post("site.x", "/x", function() end, { rates = { name = "x", minute = 5 } })'),
    "scripts/site.lua:3: the route 'site.x' has rates that are no list: { { name = …, minute = … } }" },
  { "a rate without its name", site('app:post("site.x", "/x", function() end, { rates = { { minute = 5 } } })'),
    "scripts/site.lua:3: the route 'site.x' has a rate (the 1. of its rates) that needs a name" },
  { "a rate without its number", site('app:post("site.x", "/x", function() end, { rates = { { name = "x", minute = 0 } } })'),
    "scripts/site.lua:3: the route 'site.x' has a rate (the 1. of its rates) that needs minute, a whole number" },
  { "an event that is not there", site('app:on("capsule.puts", function() end)'),
    "scripts/site.lua:3: there is no event 'capsule.puts'; did you mean 'capsule.put'?" },
  { "a misspelt option of a timer", site('require("host.timer").every(60, "x", print, { clusters = true })'),
    "scripts/site.lua:3: bad argument #4 to 'host.timer.every' (a timer has no field 'clusters'; did you mean 'cluster'?)" },
  { "a link of a script to a route that is not there",
    site('app:get("site.wall", "/x", function() return app:url("site.wal") end)'),
    "scripts/site.lua:3: there is no route 'site.wal'; did you mean 'site.wall'?" },
  { "a job that is not there", site('local job = require("job")\njob.define("site.job", print)\n'
      .. 'app:get("site.x", "/x", function() job.add("site.jbo") require("job").cancel("site.jo", "x") end)'),
    "scripts/site.lua:5: there is no job 'site.jbo'; did you mean 'site.job'?" },
  { "a job of a batch that is not there", site('local job = require("job")\nlocal db = require("host.db")\n'
      .. 'app:get("site.x", "/x", function() return db.batch({ job.item("site.jbo") }) end)'),
    "scripts/site.lua:5: there is no job 'site.jbo'; job.define declares one while loading" },
  { "an argument of a sentence that is misspelt", { ["scripts/locales/site/en.lua"] = 'return { ["a.b"] = "{name} {n}" }\n',
    ["scripts/locales/site/zh-CN.lua"] = 'return { ["a.b"] = "{name} {n}" }\n', ["scripts/site.lua"] = HEAD
      .. 'app:get("site.x", "/x", function(req)\n'
      .. 'return reply.text(req.t("a.b", { nmae = "x", n = req.ip and (1) or { 2, "," } }))\nend)\nend\n' },
    "scripts/site.lua:4: the translation 'a.b' needs the argument 'name', not 'nmae'" },
  { "the same in a template", {
    ["scripts/locales/site/en.lua"] = 'return { ["a.b"] = "{name}" }\n', ["scripts/locales/site/zh-CN.lua"] =
      'return { ["a.b"] = "{name}" }\n', ["templates/pages/x.html"] = PAGE:format('<%= t("a.b", { nmae = title }) %>') },
    "templates/pages/x.html:3: the translation 'a.b' needs the argument 'name', not 'nmae'" },
  { "a variable that is not there", handler("return reply.text(titel)"),
    "scripts/site.lua:3: there is no variable 'titel': declare it with local, or require it" },
  { "a setting that nobody declares", handler('return reply.text(require("host").config.site_motto)'),
    "scripts/site.lua:3: there is no setting 'site_motto': scripts/config.lua or scripts/site_config.lua declares it" },
  { "the database asked while loading",
    { ["scripts/site.lua"] = 'local db = require("host.db")\ndb.one("capsule.known", { key_hash = "x" })\n' },
    "scripts/site.lua:2: host.db cannot be used while scripts are loading; call it in a handler" },
  { "a statement that is not there", handler('return reply.json(require("host.db").one("site.gone"))'),
    "scripts/site.lua:3: there is no statement 'site.gone' in sql/queries" },
  { "a question mark in SQL", { ["sql/queries/a.sql"] = "-- name: site.a\nSELECT ? AS a;\n" },
    "sql/queries/a.sql:2: '?': a parameter is written :name" },
  { "a table that is not there", { ["sql/queries/a.sql"] = "-- name: site.a\nSELECT x FROM site_gone;\n" },
    "sql/queries/a.sql:1: site.a: no such table: site_gone" },
  { "SQL without a name", { ["sql/queries/a.sql"] = "SELECT 1;\n" },
    "sql/queries/a.sql:1: SQL before the first `-- name:` line" },
  { "a migration's name without its number", { ["sql/migrations/wall.sql"] = "CREATE TABLE site_a (id BIGINT);\n" },
    "sql/migrations/wall.sql: a migration is named 0001_what.sql, 0001_what.sqlite.sql or 0001_what.mariadb.sql" },
  { "a number that is left out", { ["sql/migrations/0002_wall.sql"] = "CREATE TABLE site_a (id BIGINT);\n" },
    "sql/migrations/0002_wall.sql: there is no migration 0001 before it" },
  { "a migration for one database", { ["sql/migrations/0001_wall.mariadb.sql"] = "CREATE TABLE site_a (id BIGINT);\n" },
    "sql/migrations/0001_wall.mariadb.sql:1: there is no 0001_wall.sqlite.sql beside it", 0 },
  { "a template that is not there", handler('return reply.html(req, "pages/x")'),
    "scripts/site.lua:3: there is no template 'templates/pages/x.html'" },
  { "a letter's template that is not there",
    handler('local template = require("text.template") return template.render("mail/wallpost.txt", "en")'),
    "scripts/site.lua:3: there is no template 'templates/mail/wallpost.txt'\n" },
  { "a misspelt method of a group", site('app:group("/x", function(group) group:protct() end)'),
    "scripts/site.lua:3: a group has no 'protct'; did you mean 'protect'?" },
  { "a misspelt method of the app", site('app:bfore(function() end)'),
    "scripts/site.lua:3: an app has no 'bfore'; did you mean 'before'?" },
  { "a sentence that is not there", page('<p><%= t("site.hello") %></p>'),
    "templates/pages/x.html:3: no locale has the key 'site.hello'" },
  { "a link to a route that is not there", page('<a href="<%= url("site.gone") %>">x</a>'),
    "templates/pages/x.html:3: there is no route 'site.gone'" },
  { "a style sheet that is not there", page('<link rel="stylesheet" href="<%= asset("css/gone.css") %>">'),
    "templates/pages/x.html:3: there is no file static/css/gone.css" },
  { "a tag that is never closed", page("<p><%= name </p>"),
    "templates/pages/x.html:3: a tag is opened and never closed" },
  { "an if that is never ended", page("<% if true then %>x"),
    "templates/pages/x.html:4: 'end' expected: an if, for, while, do or function is never ended" },
  { "a page without its title", { ["templates/pages/x.html"] = '<% layout("layouts/main") %>\nx\n' },
    "templates/pages/x.html:1: its layout wants the block 'title' (templates/layouts/main.html:" },
  { "a partial that is escaped", page('<%= partial("partials/next") %>'),
    "templates/pages/x.html:3: partial() shows HTML: write <%- partial(…) %>" },
  { "a form's token without its call", page("<%- csrf %>"), "templates/pages/x.html:3: csrf() is called: write <%- csrf() %>" },
  { "a misspelt place", { ["templates/partials/site_headr.html"] = "<p>x</p>\n" },
    "templates/partials/site_headr.html:1: no page shows this by itself; did you mean 'partials/site_head.html'?", 0 },
  { "placeholders that differ", { ["scripts/locales/site/en.lua"] = 'return { ["a.b"] = "{name}" }\n',
    ["scripts/locales/site/zh-CN.lua"] = 'return { ["a.b"] = "{nmae}" }\n' },
    "scripts/locales/site/zh-CN.lua:1: the placeholders of 'a.b' differ: {nmae} here, {name} in" },
  { "a command that is none", { ["scripts/commands/wave.lua"] = "return function() end\n" },
    'scripts/commands/wave.lua:1: a command returns { help = "one line", run = function(args) … end }' },
  { "a command's file with a dash", { ["scripts/commands/wall-prune.lua"] = 'return { help = "x", run = print }\n' },
    "scripts/commands/wall-prune.lua:1: a command's file is named with small letters, digits and '_' "
      .. "(which is typed '-'): wall_prune.lua" },
}

--- { mistake, code of a handler, what the log says behind its place }
local RAISED = {
  { "nil joined to a text", 'local name return reply.text("a" .. name)', "attempt to concatenate a nil value (local 'name')" },
  { "a field of nil", "return reply.text(req.query.user.name)", "attempt to index a nil value (field 'user')" },
  { "a global that is set", 'total = 1 return reply.text("x")',
    "assignment to the variable 'total', which is not local: every request would share it; declare it with local" },
  { "a program that is run", 'os.execute("ls") return reply.text("x")',
    "os.execute would hold every request of this worker while a program runs" },
  { "waiting while sorting", [[local function wait() require("host.clock").sleep(0.01) end
    table.sort({ 2, 1 }, wait) return reply.text("x")]], "host.clock.sleep cannot wait inside a C function" },
  { "a text instead of a reply", 'return "<h1>Hi</h1>"', "returned a string of 11 bytes, not a reply { status =," },
  { "a reply that is not returned", 'reply.text("x")', "returned nothing, not a reply { status =, headers =, body = }" },
  { "a dot for a request's colon", 'return reply.text(req.header("Host"))', "request:header: call it with ':'" },
  { "a parameter that is misspelt", 'local a = { nmae = 1 } return reply.json(require("host.db").one("site.a", a))',
    "the statement 'site.a' has no parameter 'nmae'" },
  { "a secret that is logged", 'require("host.log").info("x", { email = "a@b.example" }) return reply.text("x")',
    "a field may not be called 'email': such values are not logged" },
  { "a setting that is written", 'local name = "site_x" require("host").config[name] = 1',
    "host.config is read-only; settings are declared in scripts/config.lua, a site's in scripts/site_config.lua" },
  { "a route that is gone", 'local name = "site.gone" return reply.redirect(app:url(name))', "there is no route 'site.gone'" },
  { "a redirect to elsewhere", 'return reply.redirect("https://x.example/")', "a redirect leads to a path of this site only" },
  { "an argument that a sentence lacks", 'local args = { nmae = "x" } return reply.text(req.t("a.b", args))',
    "the translation 'a.b' needs the argument 'name'" },
  { "a misspelt option of a page", 'local rep = reply.html(req, "pages/home", {}, { sttus = 404 }) return rep',
    "a page has no 'sttus'; did you mean 'status'?" },
  { "a misspelt option of a cookie", 'return reply.set_cookie(reply.text("x"), "a", "b", { maxage = 60 })',
    "a cookie has no 'maxage'; did you mean 'max_age'?" },
  { "a misspelt option of a session", 'return require("web.session").new({ name = "a", idel = 60 })',
    "a session has no 'idel'; did you mean 'idle'?" },
  { "a misspelt option of a field", 'return require("text.form").check(req.query, { { name = "a", requird = true } })',
    "a field has no 'requird'; did you mean 'required'?" },
  { "a kind of field that is none", 'return require("text.form").check(req.query, { { name = "a", kind = "number" } })',
    "the field 'a' has no kind 'number'; there is 'email'" },
  { "a misspelt option of a job", 'local item = require("job").item("site.job", {}, { uniqe = "a" }) return item',
    "a job has no 'uniqe'; did you mean 'unique'?" },
  { "a misspelt field of a letter", 'return require("host.smtp").send({ to = "a@b.example", subjct = "s", text = "t" })',
    "bad argument #1 to 'host.smtp.send' (a letter has no field 'subjct'; did you mean 'subject'?)" },
  { "a field that no letter has", 'return require("host.smtp").send({ to = "a@b.example", reply_to = "a@b.example" })',
    "a letter has no field 'reply_to'; there are to, from, subject, text, html, headers and attachments" },
  { "a letter without its text", 'return require("host.smtp").send({ to = "a@b.example", subject = "s" })',
    "a letter needs a field 'text' or 'html'" },
  { "a misspelt field of a fetch", 'return require("host.http").fetch({ url = "https://a.example", methd = "GET" })',
    "a fetch has no field 'methd'; did you mean 'method'?" },
  { "a kind that is none", 'return nil, "no", "nope"', "returned the unknown kind 'nope'; there are auth, conflict," },
  { "a loop without an end", "while true do end", "it has used more than 1 s of processor time", 503 },
}

--- Told at the template's line.
local SHOWN = {
  { "a name that was not handed over", "<%= name %>", "undefined name 'name': hand it over, or read opt.name" },
  { "a value that cannot be shown", "<%= 1 > 2 %>", "only strings and numbers can be shown, this is a boolean" },
  { "nil joined to a text in a page", '<%= "Hi " .. user.name %>', "attempt to concatenate a nil value (field 'name')" },
}

describe("what is no mistake", function()
  local RIGHT = {
    { "a route and a job that are there under a setting alone", { ["scripts/site_config.lua"] =
      'return { { name = "site_x", type = "boolean", default = false, help = "x" } }\n',
      ["scripts/site.lua"] = 'local job, config = require("job"), require("host").config\n' .. HEAD
        .. 'if config.site_x then app:get("site.x", "/x", print) job.define("site.job", print) end\n'
        .. 'app:get("site.y", "/y", function() job.add("site.job") return reply.redirect(app:url("site.x")) end)\nend\n' } },
    { "a function of a script's own called t", { ["scripts/locales/site/en.lua"] = 'return { ["a.b"] = "{name}" }\n',
      ["scripts/locales/site/zh-CN.lua"] = 'return { ["a.b"] = "{name}" }\n', ["scripts/site.lua"] = HEAD
        .. 'app:get("site.x", "/x", function(req)\nlocal function t(key) return req.t(key, { name = "Ada" }) end\n'
        .. 'return reply.text(t("a.b"))\nend)\nend\n' } },
  }
  for _, case in ipairs(RIGHT) do
    it(case[1], function()
      local status, output = server.run({ args = { "check", "--site", files.folder(case[2]) } })
      assert.equal(0, status, output)
    end)
  end
end)

describe("a mistake that check tells:", function()
  for _, case in ipairs(CHECKED) do
    it(case[1], function()
      local folder = files.folder(case[2])
      local status, output = server.run({ args = { "check", "--site", folder } })
      assert.equal(case[4] or 1, status, output)
      assert.truthy(output:find(case[3], 1, true), case[3] .. "\nis not in\n" .. output)
    end)
  end
end)

describe("a mistake that shows when a page is asked for:", function()
  local srv

  setup(function()
    local lines = { 'local reply = require("web.reply")',
      'require("job").define("site.job", print) return function(app)' }
    local all = { ["scripts/locales/site/en.lua"] = 'return { ["a.b"] = "{name}" }\n',
      ["scripts/locales/site/zh-CN.lua"] = 'return { ["a.b"] = "{name}" }\n',
      ["sql/queries/a.sql"] = "-- name: site.a\nSELECT :name AS a;\n" }
    for i, case in ipairs(RAISED) do
      lines[#lines + 1] = ('app:get("site.r%d", "/r%d", function(req) %s end)'):format(i, i, (case[2]:gsub("\n", " ")))
    end
    for i, case in ipairs(SHOWN) do
      all[("templates/pages/s%d.html"):format(i)] = "<p>\n" .. case[2] .. "</p>\n"
      lines[#lines + 1] = ('app:get("site.s%d", "/s%d", function(req) return reply.html(req, "pages/s%d", { user = {} }) end)')
        :format(i, i, i)
    end
    lines[#lines + 1] = "end\n"
    all["scripts/site.lua"] = table.concat(lines, "\n")
    srv = server.start({ args = { "--site", files.folder(all), "--workers", "1", "--limit-time", "300s" } })
  end)

  teardown(function()
    srv:stop()
  end)

  local function told(path, status, place, words)
    local before = #srv:log()
    srv:get(path):expect({ status = status })
    local log = srv:log():sub(before + 1)
    local at = log:find(words, 1, true)
    assert.truthy(at, words .. "\nis not in\n" .. log)
    assert.truthy(log:sub(1, at):match("^.*\n?[^\n]*"):find(place, 1, true), place .. "\nis not before it in\n" .. log)
  end

  for i, case in ipairs(RAISED) do
    it(case[1], function()
      told("/r" .. i, case[4] or 500, ("scripts/site.lua:%d: "):format(i + 2), case[3])
    end)
  end

  for i, case in ipairs(SHOWN) do
    it(case[1], function()
      told("/s" .. i, 500, ("templates/pages/s%d.html:2: "):format(i), case[3])
    end)
  end
end)
