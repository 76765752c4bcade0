local template = require("text.template")

local function helpers(lang)
  return {
    t = function(key, args)
      return ("[%s %s%s]"):format(lang, key, args and " " .. args.n or "")
    end,
    t_html = function(key)
      return "<b>" .. key .. "</b>"
    end,
    url = function(name)
      return name == "nowhere" and error("there is no route 'nowhere'", 0) or "/" .. name
    end,
    csrf = function(req)
      return "csrf of " .. req.path
    end,
    asset = function(path)
      return "/static/" .. path
    end,
    has = function(key)
      return key ~= "none"
    end,
    fault_of = function(key, given)
      return key == "none" and "no locale has the key 'none'"
        or key == "named" and given and not given.name and "'named' needs the argument 'name'" or nil
    end,
  }
end

--- A set of templates from `name → source`, and its faults.
local function build(sources)
  local by_path, faults = {}, {}
  for name, source in pairs(sources) do
    by_path["templates/" .. name .. (name:find("%.txt$") and "" or ".html")] = source
  end
  local set = template.build(by_path, { "en", "zh-CN" }, { en = helpers("en"), ["zh-CN"] = helpers("zh-CN") }, faults)
  table.sort(faults)
  return set, faults
end

local function render(source, context, req)
  local set, faults = build({ page = source })
  assert.same({}, faults)
  return set:render("page", "en", context, req)
end

local function failure(source, context)
  local ok, message = pcall(render, source, context)
  assert.is_false(ok)
  return message
end

describe("a template that was good before", function()
  local good = { page = '<% layout("frame") %><% block("head") %>x<% endblock() %>\n<%= t("a") %><%= url("put") %>'
    .. '<%- partial("part", {}) %>', frame = '<%- yield("head") %>\n<%= asset("a.css") %><%- yield() %>', part = "p" }

  local function changed(name, source, change)
    local sources, faults, given = {}, {}, helpers("en")
    for one, text in pairs(good) do
      sources["templates/" .. one .. ".html"] = text
    end
    sources["templates/" .. name .. ".html"] = source
    template.build(sources, { "en" }, { en = change and change(given) or given }, faults)
    return faults
  end

  for name, lacking in pairs({ t = "fault_of", url = "url", asset = "asset" }) do
    it("is judged by what it names all the same: " .. name, function()
      assert.same({}, changed("page", good.page))
      local faults = changed("page", good.page, function(given)
        given[lacking] = function()
          return lacking == "fault_of" and "there is none" or error("there is none", 0)
        end
        return given
      end)
      assert.equal(1, #faults)
      assert.matches(name == "asset" and "^templates/frame.html:2: " or "^templates/page.html:2: ", faults[1])
    end)
  end

  it("is judged by what others have become", function()
    assert.same({}, changed("page", good.page))
    assert.same({ "templates/page.html:2: there is no partial 'templates/part.html'" }, changed("part", nil))
    assert.same({ "templates/page.html:1: the block 'head' is never shown: no layout of this template yields it" },
      changed("frame", "<%- yield() %>"))
  end)

  it("shows what it does", function()
    local sources = { ["templates/page.html"] = "<%= lang %>" }
    for _ = 1, 2 do
      assert.equal("en", template.build(sources, { "en" }, { en = helpers("en") }, {}):render("page", "en"))
    end
  end)
end)

describe("a template", function()
  local cases = {
    { "shows its text as it is", "a\n b < c\n", {}, "a\n b < c\n" },
    { "escapes what it shows", "<%= x %>", { x = [[<a href="b">'&'</a>]] },
      "&lt;a href=&quot;b&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;" },
    { "escapes short values too", "<%= x %>", { x = [[<"'&>]] }, "&lt;&quot;&#39;&amp;&gt;" },
    { "shows raw what it is told to", "<%- x %>", { x = "<b>" }, "<b>" },
    { "gives csrf() the request", "<%- csrf() %> <% local x = csrf() %><%- x %>", {}, "csrf of /here csrf of /here" },
    { "shows numbers", "<%= 1 + 1 %> <%- 2.5 %>", {}, "2 2.5" },
    { "runs code", "<% for i = 1, 3 do %><%= i %>,<% end %>", {}, "1,2,3," },
    { "keeps notes to itself", "a<%# secret %>b", {}, "ab" },
    { "writes a literal tag opener", "<%% x %>", {}, "<% x %>" },
    { "leaves no trace of a line of code", "a\n  <% local x = 1 %>\n  <%# note %> <% x = 2 %>\n<%= x %>\n", {}, "a\n2\n" },
    { "leaves no trace of code over several lines", "a\n<%\nlocal x = 1\n%>\nb", {}, "a\nb" },
    { "leaves no trace of code under CR LF", "a\r\n<% local x %>\r\nb", {}, "a\r\nb" },
    { "keeps the line of a tag that shows something", "a\n <%= 1 %>\nb", {}, "a\n 1\nb" },
    { "bears a comment at the end of a tag", "<% local x = 1 -- one %><%= x --[[ two ]] %>", {}, "1" },
    { "reads an optional name", "<%= opt.a or 'no' %><%= opt.b %><%= opt['c'] or '' %>", { b = 1 }, "no1" },
    { "may change what it was given", "<% x = x + 1 %><%= x %>", { x = 1 }, "2" },
    { "sees the request", "<%= req.path %>", {}, "/here" },
    { "translates", [[<%= t("a") %><%= t("b", { n = 3 }) %><%- t_html("c") %>]], {}, "[en a][en b 3]<b>c</b>" },
    { "knows its language", "<%= lang %> <%= #languages %>", {}, "en 2" },
    { "knows paths", [[<a href="<%= url("put") %>"><%= asset("x.css") %>]], {}, '<a href="/put">/static/x.css' },
    { "keeps every byte", "\0\r\t\\\"'é\n", {}, "\0\r\t\\\"'é\n" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      assert.equal(case[4], render(case[2], case[3], { path = "/here" }))
    end)
  end

  it("is rendered in each language", function()
    local set = build({ page = [[<%= t("a") %>]] })
    assert.equal("[zh-CN a]", set:render("page", "zh-CN"))
  end)

  it("leaves the context an ordinary table", function()
    local context = { x = 1 }
    render("<%= x %>", context)
    assert.is_nil(getmetatable(context))
    assert.is_nil(context.nothing)
  end)

  it("does not escape in a text file", function()
    local set = build({ ["mail/a.txt"] = "Dear <%= name %>" })
    assert.equal("Dear <&>", set:render("mail/a.txt", "en", { name = "<&>" }))
  end)

  it("raises when there is none of that name", function()
    assert.error_matches(function()
      build({}):render("gone", "en")
    end, "there is no template 'templates/gone.html'")
  end)
end)

describe("an error in a template", function()
  local cases = {
    { "an undefined name", "a\n<%= foo %>", "templates/page.html:2: undefined name 'foo'" },
    { "an undefined name after text over lines", "a\nb\nc <b>\n<%= 1 %>\n\n<%= foo %>",
      "templates/page.html:6: undefined name 'foo'" },
    { "an undefined name inside a long tag", "<%\n local a = 1\n local b = foo\n%>",
      "templates/page.html:3: undefined name 'foo'" },
    { "an undefined name after a long tag", "<%\n local a = 1 --[[\n]]\n%>\nx<%= foo %>",
      "templates/page.html:5: undefined name 'foo'" },
    { "an undefined name in an expression over lines", "<%= 1 +\n foo %>", "templates/page.html:2: undefined name 'foo'" },
    { "a forgotten local", "\n<% x = 1 %>", "templates/page.html:2: assignment to the undeclared name 'x'" },
    { "nil that is shown", "\n\n<%= ({}).x %>", "templates/page.html:3: only strings and numbers can be shown, this is nil" },
    { "a boolean that is shown", "\n<%- true %>", "templates/page.html:2: only strings and numbers" },
    { "a wrong index", "\n<% local x %>\n<%= x.y %>", "templates/page.html:3: attempt to index a nil value" },
  }
  for _, case in ipairs(cases) do
    it("has the line of " .. case[1], function()
      local message = failure(case[2], {})
      assert.equal(case[3], message:sub(1, #case[3]))
    end)
  end
end)

describe("layouts and partials", function()
  it("fill slots with blocks, content and defaults", function()
    local set, faults = build({
      ["layouts/main"] = '<t><%- yield("title") %></t><%- yield("head", "none") %>|<%- yield() %>|',
      page = '<% layout("layouts/main") %>\n<% block("title") %>T <%= x %><% endblock() %>\nbody <%= x %>',
    })
    assert.same({}, faults)
    assert.equal("<t>T 1</t>none|body 1|", set:render("page", "en", { x = 1 }))
  end)

  it("nest", function()
    local set, faults = build({
      ["layouts/base"] = '<html><%- yield("title") %>(<%- yield() %>)</html>',
      ["layouts/main"] = '<% layout("layouts/base") %><main><%- yield() %></main>',
      page = '<% layout("layouts/main") %><% block("title") %>T<% endblock() %>body',
    })
    assert.same({}, faults)
    assert.equal("<html>T(<main>body</main>)</html>", set:render("page", "en"))
  end)

  it("give a partial the table it is passed, or the caller's context", function()
    local set, faults = build({
      part = "[<%= x %>]",
      page = '<%- partial("part") %><%- partial("part", {\n x = "<",\n}) %><%- partial("part", { x = opt.y or 3 }) %>',
    })
    assert.same({}, faults)
    assert.equal("[1][&lt;][3]", set:render("page", "en", { x = 1 }))
  end)

  it("report errors in their own files", function()
    local set = build({ part = "\n<%= x %>", page = '\n\n<%- partial("part", { y = 1 }) %>' })
    local _, message = pcall(set.render, set, "page", "en", { x = 1 })
    assert.equal("templates/part.html:2: undefined name 'x': hand it over, or read opt.x", message)
  end)
end)

describe("another state's set, judged before", function()
  it("cuts and compiles what it is asked for, and raises what is wrong with it then", function()
    local sources = { ["templates/good.html"] = "<%= t('a') %>", ["templates/bad.html"] = "\n<% if true then %>" }
    local faults = {}
    local set = template.build(sources, { "en", "zh-CN" }, { en = helpers("en"), ["zh-CN"] = helpers("zh-CN") }, faults,
      nil, true)
    assert.same({}, faults)
    assert.equal(helpers("zh-CN").t("a"), set:render("good", "zh-CN", {}))
    local _, bad = pcall(set.render, set, "bad", "en", {})
    assert.equal("templates/bad.html:2: 'end' expected: an if, for, while, do or function is never ended", bad)
    local _, none = pcall(set.render, set, "none", "en", {})
    assert.truthy(none:find("there is no template 'templates/none.html'", 1, true))
  end)
end)

describe("a load fault", function()
  local cases = {
    { "a missing layout", { a = '\n<% layout("x") %>' }, "templates/a.html:2: there is no layout 'templates/x.html'" },
    { "a missing partial", { a = '\n<%- partial("x") %>' }, "templates/a.html:2: there is no partial 'templates/x.html'" },
    { "a missing key", { a = '\n<%= t("none") %>' }, "templates/a.html:2: no locale has the key 'none'" },
    { "a missing key with arguments", { a = '\n<%= t("none", { n = 1 }) %>' },
      "templates/a.html:2: no locale has the key 'none'" },
    { "a sentence that lacks an argument", { a = '\n<% if lang then %>\n<%= t("named", { n = 1 }) %><% end %>' },
      "templates/a.html:3: 'named' needs the argument 'name'" },
    { "a missing route", { a = '\n<%= url("nowhere") %>' }, "templates/a.html:2: there is no route 'nowhere'" },
    { "a syntax error", { a = "\n\n<%= x x %>" }, "templates/a.html:3: ')' expected near 'x'" },
    { "a tag that is no statement", { a = "\n\n<% if true then %><% ed %><% end %>" },
      "templates/a.html:3: syntax error: <% ed %> is no whole statement" },
    { "two values in one tag", { a = "\n<%= 1, 2 %>" }, "templates/a.html:2: ')' expected near ','" },
    { "an open if", { a = "<% if true then %>\n" }, "templates/a.html:2: 'end' expected: an if, for" },
    { "an end too many", { a = "x\n<% end %> y\nz\n" }, "templates/a.html:2: an 'end' too many" },
    { "an open tag", { a = "\n\n<% if" }, "templates/a.html:3: a tag is opened and never closed" },
    { "an empty tag", { a = "\n<%= %>" }, "templates/a.html:2: an empty tag" },
    { "an open block", { a = '\n<% block("x") %>' }, "templates/a.html:2: the block 'x' is never ended: endblock() is missing" },
    { "a block that no layout shows", { l = "<%- yield() %>", a = '<% layout("l") %>\n<% block("x") %><% endblock() %>' },
      "templates/a.html:2: the block 'x' is never shown: no layout of this template yields it" },
    { "a block that the layout lacks", { l = '\n<%- yield("x") %>', a = '<% layout("l") %>' },
      "templates/a.html:1: its layout wants the block 'x' (templates/l.html:2)" },
    { "a layout within itself", { a = '<% layout("a") %><%- yield() %>' },
      "templates/a.html:1: the layout 'a' leads back to itself" },
    { "a layout that comes late", { l = "<%- yield() %>", a = 'x\n<% layout("l") %>' },
      "templates/a.html:2: layout() must be the first tag" },
    { "a partial that would be escaped", { p = "", a = '\n<%= partial("p") %>' },
      "templates/a.html:2: partial() shows HTML: write <%- partial(…) %>" },
    { "a name that is built", { p = "", a = '\n<%- partial("p" .. x) %>' },
      "templates/a.html:2: partial() takes a literal name" },
    { "a reserved local", { a = "\n<% local t = 1 %>" },
      "templates/a.html:2: 't' always means the same in a template and cannot be declared" },
    { "a reserved parameter", { a = "\n<% local function f(a, req) return a end %>" },
      "templates/a.html:2: 'req' always means the same in a template and cannot be declared" },
  }
  for _, case in ipairs(cases) do
    it("tells of " .. case[1], function()
      local _, faults = build(case[2])
      local text = table.concat(faults, "\n")
      assert.is_truthy(text:find(case[3], 1, true), text)
    end)
  end

  it("does not hide another", function()
    local _, faults = build({ a = '<% layout("x") %>\n<%- partial("y") %>\n<%= t("none") %>' })
    assert.equal(3, #faults)
  end)
end)

describe("what links to other languages begin with", function()
  local set = build({ ["pages/x"] = "<%= languages_at %>", ["pages/bad"] = "<%= languages_at %><%= nothing %>" })
  local one, other = { path = "/x", other_query = "t=secret&" }, { path = "/x", other_query = "" }

  it("is the query of the request, where one context is for all requests", function()
    local context = { since = 2026 }
    assert.equal("?t=secret&amp;", set:render("pages/x", "en", context, one))
    assert.same({ since = 2026 }, context)
    assert.equal("?", set:render("pages/x", "en", context, other))
  end)

  it("is so behind a page that failed", function()
    local context = {}
    assert.is_false(pcall(set.render, set, "pages/bad", "en", context, one))
    assert.equal("?", set:render("pages/x", "en", context, other))
  end)

  it("is what the context says", function()
    local context = { languages_at = "/a?" }
    assert.equal("/a?", set:render("pages/x", "en", context, one))
    assert.same({ languages_at = "/a?" }, context)
  end)
end)
