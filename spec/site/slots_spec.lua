--- Places in our pages that a site fills: what it puts there is shown, and what it does wrong there is left out, told as
--- the site's, and after a while not tried any more.
local admin = require("spec.support.admin")
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local server = require("spec.support.server")

local SLOTS = { "site_nav", "site_head", "site_footer", "put_extra", "opened_extra" }

local function start(slots)
  local all = {}
  for name, text in pairs(slots) do
    all["templates/partials/" .. name .. ".html"] = text
  end
  local site = files.folder(all)
  local srv = server.start({ args = { "--workers", "1", "--rate-limits", "off", "--site", site } })
  srv:set_clock(capsules.NOW)
  return srv
end

local function opened(srv)
  local key = srv:json("/api/v1/capsules", { name = "B", content = "the words", opens_at = "2030-02-01T00:00:00Z" })
    :expect({ status = 201 }):json().key
  srv:set_clock("2030-02-01T00:00:00Z")
  return function()
    return srv:post("/open", { key = key }):expect({ status = 200 })
  end
end

describe("a slot", function()
  it("shows what a site puts there, also of the page's own names", function()
    local srv <close> = start({
      site_nav = '<li><a href="/x"><%= req.path %></a></li>',
      site_head = '<meta name="x" content="head">',
      site_footer = "<p>footer of <%= t(\"site.name\") %></p>",
      put_extra = "<p>extra <%= values.tz %></p>",
      opened_extra = '<p>opened <%= name %><% if content == "the words" then %>!<% end %></p>',
    })
    srv:get("/"):expect_body('<li><a href="/x">/</a></li>', '<meta name="x" content="head">', "<p>footer of Time Capsule</p>")
    srv:get("/introduce"):expect_body('<a href="/x">/introduce</a>')
    srv:get("/put"):expect_body("<p>extra ")
    srv:post("/put", capsules.form({ content = "", tz = "Europe/Berlin" })):expect_body("<p>extra Europe/Berlin</p>")
    opened(srv)():expect_body("<p>opened B!</p>")
  end)

  it("leaves the page around it standing still", function()
    local site = files.folder({ ["templates/partials/site_footer.html"] = "<% if opt.key then %><i><%= key %></i><% end %>" })
    local _, output = server.run({ args = { "check", "--still", "--site", site } })
    assert.truthy(output:find("%d%d %% of templates/pages/home.html stands still\n"), output)
    assert.falsy(output:find("reads 'key'", 1, true), output)
  end)

  it("that raises each time is left out, told as the site's, paused after three, and every page answers", function()
    local broken = {}
    for _, name in ipairs(SLOTS) do
      broken[name] = '<b>half of it</b>\n<%= "a" .. (opt.nothing or nil) %>'
    end
    local srv <close> = start(broken)
    local open = opened(srv)
    for _ = 1, 4 do
      for _, page in ipairs({ srv:get("/"), srv:get("/put"), srv:get("/open"), srv:get("/nowhere"), open() }) do
        page:expect_body("</html>"):expect_no_body("half of it")
      end
    end
    for _, name in ipairs(SLOTS) do
      local where = "slot partials/" .. name
      local want = ("/site/templates/partials/%s.html:2: attempt to concatenate a nil value"):format(name)
      assert.truthy(srv:log():find(want, 1, true), want)
      assert.equal(3, srv:metric(('tc_site_faults_total{where="%s"}'):format(where)))
      assert.equal(1, srv:metric(('tc_site_paused{where="%s"}'):format(where)))
    end
    local told = admin.sign_in(srv):get("/"):expect({ status = 200 })
    for _, name in ipairs(SLOTS) do
      told:expect_body(("slot partials/%s failed each time and is left out since <span class=\"whole\">2030"):format(name))
    end
  end)

  it("that raises now and then is tried again", function()
    local srv <close> = start({
      site_footer = '<% if req.path:find("bad") then error("now") end %><p>footer</p>',
    })
    local function faults()
      return srv:metric('tc_site_faults_total{where="slot partials/site_footer"}') or 0
    end
    for _ = 1, 4 do
      srv:get("/bad"):expect({ status = 404 }):expect_no_body("<p>footer</p>")
      srv:get("/"):expect_body("<p>footer</p>")
      srv:get("/good"):expect_body("<p>footer</p>")
    end
    assert.equal(4, faults())
    assert.is_nil(srv:metric('tc_site_paused{where="slot partials/site_footer"}'))
  end)
end)
