--- Pages that stand still say what they would say rendered anew, and nothing of one reader to another.
local constant = require("text.constant")
local template = require("text.template")

local SOAK = os.getenv("SOAK") ~= nil

local LAYOUT = [[
<!doctype html><title><%- yield("title") %></title>
<% if req.method == "GET" then %><a href="?lang=<%= opt.keep or "" %>"><%= t("x") %></a><% end %>
<%- yield() %><%- partial("shared") %>
]]

local function helpers()
  return {
    t = function(key, args)
      return key .. (args and "(" .. tostring(args.n) .. ")" or "")
    end,
    t_html = function(key, args)
      return key .. (args and "(" .. template.escape(args.n) .. ")" or "")
    end,
    url = function(name)
      return "/" .. name
    end,
    csrf = function(req)
      return "csrf of " .. tostring(req.id)
    end,
    asset = function(path)
      return "/static/" .. path
    end,
    has = function()
      return true
    end,
    message = function(key)
      return key == "k" and { texts = { "k(", ")" }, names = { "n" } } or nil
    end,
  }
end

--- A set with that page, its layout and two partials.
local function build(page, names)
  if names then
    template.still("page", names)
  end
  local faults = {}
  local set = template.build({
    ["templates/page.html"] = '<% layout("layout") %><% block("title") %><%= title %><% endblock() %>' .. page,
    ["templates/layout.html"] = LAYOUT,
    ["templates/shared.html"] = "<i><%= who %></i>",
    ["templates/own.html"] = "<b<% if flag then %> on<% end %>><%= value %></b>",
  }, { "en" }, { en = helpers() }, faults)
  assert.same({}, faults)
  set.places = { ["/"] = true }
  return set
end

local GET = { path = "/", method = "GET" }

local function context(more)
  local all = { title = "<T>", who = "Ann & Bob" }
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

--- The page as it stands, and anew; whether it stands still.
local function both(set, more, req)
  req = req or GET
  local still = set:render("page", "en", context(more), req)
  local places = set.places
  set.places = {}
  local anew = set:render("page", "en", context(more), req)
  set.places = places
  return still, anew, set.forms.en.page and set.forms.en.page.count > 0
end

describe("a page that stands still", function()
  local cases = {
    { "of text alone", "hello" },
    { "whose outputs do what they like with the context", '<%= who:upper() .. #who %><%- t("k", { n = who }) %>' },
    { "with names in a translation", '<%= t("k", { n = who }) %><%- t("k", { n = count }) %><%= t("k", { n = yes }) %>' },
    { "with names in one of HTML", '<%- t_html("k", { n = who, other = title }) %><%- t_html("k", { n = count }) %>' },
    { "with its language in one", '<%= t("k", { n = lang }) %><%= t("k", { n = lang, m = who }) %>' },
    { "with locals and loops of its own", "<% for i = 1, 3 do local n = i * 2 %><%= n %>,<% end %>" },
    { "that reads what is declared in code", "<% if flag then %>yes <%= who %><% else %>no<% end %>", { "flag" } },
    { "that goes through a constant", "<% for _, v in ipairs(list) do %><%= v %>;<% end %><%= #list %>", { "list" } },
    { "that lends a partial what is late", '<%- partial("own", { flag = who == "x", value = who }) %>' },
    { "that lends a partial what is declared", '<%- partial("own", { flag = flag, value = "v" }) %>', { "flag" } },
    { "with its reader's token", "<%- csrf() %>" },
    { "with an optional name", '<%= opt.none or who %><% if opt.flag then %>f<% end %>', { "flag" } },
    { "with fields named like what is declared", "<%= ({ flag = who }).flag %>", { "flag" } },
  }
  for _, case in ipairs(cases) do
    it(case[1] .. " says what it would say anew", function()
      local set = build(case[2], case[3])
      for _, flag in ipairs({ true, false }) do
        for _, req in ipairs({ GET, { path = "/", method = "POST" } }) do
          for round = 1, 2 do
            local still, anew, is = both(set, { flag = flag, list = constant.of({ "a", flag and "b" or "c" }),
              who = "<" .. round .. ">", count = round, yes = true }, req)
            assert.is_true(is)
            assert.equal(anew, still)
          end
        end
      end
    end)
  end

  local anew = {
    { "whose code reads the context", "<% if who == 'Ann' then %>Ann<% end %>" },
    { "whose code hands the context on", "<% local x = tostring(who) %><%= x %>" },
    { "whose output needs a local and the context", "<% local n = 1 %><%= who .. n %>" },
    { "whose code sees more of the request", "<% if req.id then %>1<% end %>" },
    { "whose code sets a declared name", "<% flag = true %><%= flag and who or '' %>", { "flag" } },
    { "whose code asks for names", "<% local all = opt %><%= all.who %>" },
    { "whose code reads the whole context", "<% local c = _ENV %><%= c.who %>" },
  }
  for _, case in ipairs(anew) do
    it("is none " .. case[1], function()
      local set = build(case[2], case[3])
      for _, who in ipairs({ "Ann", "Bob" }) do
        local shown, wanted, is = both(set, { who = who, flag = false })
        assert.equal(wanted, shown)
        assert.is_falsy(is)
      end
      local page = set:judge_pages()[1]
      assert.equal("page", page.name)
      assert.equal("templates/page.html", page.page.breaks[1].path)
      assert.equal(1, page.page.breaks[1].line)
    end)
  end

  it("is rendered anew for a declared table that is no constant", function()
    local set = build("<%= list[1] %><% if list[1] == 'x' then %>!<% end %>", { "list" })
    for _, word in ipairs({ "a", "x", "b" }) do
      local shown, wanted = both(set, { list = { word } })
      assert.equal(wanted, shown)
    end
    assert.equal(0, set.forms.en.page.count)
  end)

  it("is looked up by the constant that its context stands on", function()
    local set = build('<% if flag then %><%= word %><% end %><%= opt.more or "-" %><% if opt.sign then %>!<% end %>',
      { "flag", "word", "sign" })
    local bases = { constant.of({ flag = true, word = "<yes>", more = "[m]" }), constant.of({ flag = false, word = "no" }) }
    for round = 1, 4 do
      for _, base in ipairs(bases) do
        local shown, wanted, is = both(set, { base, who = "R" .. round, sign = round == 3 or nil })
        assert.is_true(is)
        assert.equal(wanted, shown)
        assert.matches("R" .. round, shown)
        assert.equal(base.flag, shown:find("&lt;yes&gt;", 1, true) ~= nil)
        assert.equal(base.more ~= nil, shown:find("[m]", 1, true) ~= nil)
        assert.equal(round == 3, shown:find("!", 20, true) ~= nil)
      end
    end
    local ok, message = pcall(both, set, { { flag = true }, word = false })
    assert.is_false(ok)
    assert.matches("what a context stands on is a constant", message)
    ok, message = pcall(both, set, { bases[1], who = "R", flag = false }) -- the next reader would get this one's page
    assert.is_false(ok)
    assert.matches("'flag' is declared to stand still and in the constant already", message, 1, true)
  end)

  it("is another one where a constant is declared than where the context stands on it", function()
    local set = build("<%= opt.list and list.word or '-' %>", { "list" })
    local base = constant.of({ word = "outer", list = { word = "inner" } })
    for _, more in ipairs({ { list = base }, { base } }) do
      local shown, wanted, is = both(set, more)
      assert.is_true(is)
      assert.equal(wanted, shown)
    end
  end)

  it("raises for a declared name with what one reader may have sent", function()
    local set = build("<% if flag then %><%= flag %><% end %>", { "flag" })
    for _, wrong in ipairs({ "text", 7, print }) do
      local ok, message = pcall(both, set, { flag = wrong })
      assert.is_false(ok)
      assert.matches("templates/page.html: 'flag' is declared to stand still: .*, never a " .. type(wrong), message)
    end
  end)

  it("is refused while loading where there is no such template", function()
    local faults = {}
    template.still("gone", { "x" })
    template.build({}, {}, {}, faults)
    assert.matches("still_spec.lua:%d+: there is no template 'templates/gone.html'", faults[1])
    assert.has_error(function()
      template.still("page", { "not a name" })
    end)
  end)

  it("is made of declared values alone", function()
    local set = build('<%= who %><% if opt.flag then %>!<% end %>', { "flag" })
    local first = set:render("page", "en", context({ who = "SECRET" }), { path = "/", method = "GET", id = "SECRET" })
    assert.matches("SECRET", first)
    local seen = {}
    local function look(value)
      if type(value) == "string" then
        assert.is_nil(value:find("SECRET"), value)
      elseif type(value) == "table" and not seen[value] then
        seen[value] = true
        for key, held in pairs(value) do
          look(key)
          look(held)
        end
      end
    end
    look(set.forms)
  end)

  it("is marked as everybody's, unless a constant may be a visitor's", function()
    local set = build("<% if flag then %><%= flag[1] %><% end %>", { "flag" })
    local function is_marked(flag)
      local parts = set:parts("page", "en", context({ flag = flag }), GET)
      assert.is_true(set.forms.en.page.count > 0)
      return getmetatable(parts) == false
    end
    constant.close()
    assert.is_true(is_marked(false))
    local sent = constant.of({ "sent" })
    assert.is_false(is_marked(sent))
    assert.is_false(is_marked(constant.for_all({ "x", sent })))
    assert.is_true(is_marked(constant.for_all({ "x", { "y" } })))
  end)

  it("tells the error of what is left open at its own line", function()
    local set = build("\n\n<%= gone %>")
    local ok, message = pcall(set.parts, set, "page", "en", context(), GET)
    assert.is_false(ok)
    assert.matches("^templates/page.html:3: undefined name 'gone'", message)
    set = build("\n<%= flag %>")
    ok, message = pcall(set.parts, set, "page", "en", context({ flag = true }), GET)
    assert.is_false(ok)
    assert.matches("^templates/page.html:2: only strings and numbers can be shown", message)
  end)

  it("takes no more forms than there is room for", function()
    local set = build("<% if a then %>a<% end %><%= #list %>", { "a", "list" })
    for i = 1, 300 do
      local still, wanted = both(set, { a = i % 2 == 0, list = constant.of({ i }) })
      assert.equal(wanted, still)
      assert.is_true(set.forms.en.page.count <= 64)
    end
  end)

  it("is none at an address that a visitor makes up", function()
    local set = build("<% if req.path then %><%= who %><% end %>")
    set:render("page", "en", context(), { path = "/made-up", method = "GET" })
    assert.is_nil(set.forms.en.page)
  end)

  it("never shows one reader what another's answer held", function()
    local set = build('<% if flag then %>+<% end %><%= who %><%- partial("own", { flag = flag, value = who }) %>',
      { "flag" })
    local tasks = {}
    for round = 1, SOAK and 100000 or 2000 do
      local mine = ("R%dX"):format(round)
      tasks[#tasks + 1] = coroutine.wrap(function()
        local parts = set:parts("page", "en", context({ who = mine, flag = round % 3 == 0 }), GET)
        coroutine.yield()
        for marker in table.concat(parts):gmatch("R%d+X") do
          assert.equal(mine, marker)
        end
      end)
      tasks[#tasks]()
      if #tasks > 20 then
        table.remove(tasks, math.random(#tasks))()
      end
    end
  end)
end)

describe("a constant", function()
  it("is read as a table is", function()
    local c = constant.of({ a = 1, list = { "x", "y" }, [3] = true })
    assert.equal(1, c.a)
    assert.equal(2, #c.list)
    assert.equal("y", c.list[2])
    assert.is_nil(c.gone)
    local seen = {}
    for key in pairs(c) do
      seen[key] = true
    end
    assert.same({ a = true, list = true, [3] = true }, seen)
    local words = {}
    for _, word in ipairs(c.list) do
      words[#words + 1] = word
    end
    assert.same({ "x", "y" }, words)
    assert.equal("a", (constant.next(constant.of({ a = 1 }))))
    assert.is_truthy(constant.all[c])
    assert.is_truthy(constant.all[c.list])
    assert.is_nil(constant.all[{}])
  end)

  it("stays as it is, whatever happens to what it was made of", function()
    local made = { a = 1, list = { "x" } }
    local c = constant.of(made)
    made.a, made.list[1] = 2, "changed"
    assert.equal(1, c.a)
    assert.equal("x", c.list[1])
    assert.has_error(function()
      c.a = 2
    end, "'a' of a constant cannot be changed")
    assert.has_error(function()
      c.list[2] = "y"
    end, "'2' of a constant cannot be changed")
    assert.is_false(getmetatable(c))
  end)

  it("holds no functions", function()
    assert.has_error(function()
      constant.of({ f = print })
    end, "a constant holds strings, numbers, booleans and tables of them, no function")
  end)
end)
