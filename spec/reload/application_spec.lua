-- The shipped application, with mistakes as people make them: none gets past a reload, each is told at its
-- place, and the pages stay as they are.
local reload_app = require("spec.support.reload_app")
local server = require("spec.support.server")

--- A change of one file: what is found (plain text, once) becomes something else.
local function edit(path, from, to)
  return { path = path, change = function(text)
    local at, last = text:find(from, 1, true)
    assert(at, path .. " does not hold " .. from)
    return text:sub(1, at - 1) .. to .. text:sub(last + 1)
  end }
end

local function append(path, line)
  return { path = path, change = function(text)
    return text .. line .. "\n"
  end }
end

local function remove(path)
  return { path = path, change = function() end }
end

--- The number of the first line of the tree's file that holds the text.
local function line_of(path, text)
  local number = 0
  for line in io.lines(path) do
    number = number + 1
    if line:find(text, 1, true) then
      return number
    end
  end
  error(path .. " does not hold " .. text)
end

--- { what, change, { file, text in the line that is named }, message }
local CASES = {
  { "a template that a route renders and nobody has", remove("templates/pages/put_done.html"),
    { "scripts/routes/put_done.lua", '(req, "pages/put_done"' }, "there is no template 'templates/pages/put_done.html'" },
  { "a template's name that is misspelt", edit("scripts/routes/pages.lua", '"pages/home"', '"pages/hmoe"'),
    { "scripts/routes/pages.lua", '"pages/hmoe"' }, "there is no template 'templates/pages/hmoe.html'" },
  { "two routes of one path", edit("scripts/routes/pages.lua", 'app:get("home"',
    'app:get("second", "/introduce", print)\n  app:get("home"'),
    { "scripts/routes/pages.lua", 'app:get("introduce"' }, "GET /introduce is taken by the route 'second'" },
  { "a sentence that one language lacks", edit("scripts/locales/zh-CN.lua", '["nav.label"]', '["nav.lable"]'),
    { "scripts/locales/en.lua", '["nav.label"]' }, "'scripts/locales/zh-CN.lua' has no key 'nav.label'" },
  { "a sentence that no language has", append("templates/pages/opened.html", '<%= t("home.nothing") %>'),
    { "templates/pages/opened.html", "home.nothing" }, "no locale has the key 'home.nothing'" },
  { "an asset that is not there", append("templates/pages/introduce.html", '<%= asset("css/none.css") %>'),
    { "templates/pages/introduce.html", "css/none.css" }, "there is no file static/css/none.css" },
  { "a partial that is not there", append("templates/pages/open.html", '<%- partial("partials/none") %>'),
    { "templates/pages/open.html", "partials/none" }, "there is no partial 'templates/partials/none.html'" },
  { "a template that does not parse", append("templates/pages/home.html", "<% if x %>"),
    { "templates/pages/home.html", "<% if x %>" }, "'then' expected: <% if x %> is no whole statement" },
  { "a layout that is not there", edit("templates/pages/not_yet.html", "layouts/main", "layouts/none"),
    { "templates/pages/not_yet.html", "layouts/none" }, "there is no layout 'templates/layouts/none.html'" },
  { "a statement that was renamed", edit("sql/queries/meta.sql", "-- name: meta.ready", "-- name: meta.alive"),
    { "scripts/routes/health.lua", '"meta.ready"' }, "there is no statement 'meta.ready'" },
  { "a script that does not parse, whose routes templates link to", append("scripts/routes/put.lua", "x = = 1"),
    { "scripts/routes/put.lua", "x = = 1" }, "<eof> expected near 'x'" },
  { "an error in a script of the admin listener while it loads",
    edit("scripts/routes/admin.lua", "return function(app)", "return function(app)\n  app.nothing.at = 1"),
    { "scripts/routes/admin.lua", "app.nothing.at" }, "an app has no 'nothing'; it has after, before," },
  { "SQL that the database refuses", append("sql/queries/mailbox.sql", "-- name: mailbox.bad\nSELECT x FROM nowhere;"),
    { "sql/queries/mailbox.sql", "-- name: mailbox.bad" }, "mailbox.bad: no such table: nowhere" },
}

describe("the application", function()
  local folder, srv

  lazy_setup(function()
    folder = server.folder()
    assert(os.execute(("cp -rp scripts templates static sql '%s'"):format(folder)))
    srv = server.start({ args = { "--app", folder, "--workers", "1" } })
  end)

  lazy_teardown(function()
    srv:stop()
  end)

  --- Makes the changes; returns a function that undoes them.
  local function change_all(cases)
    local before = {}
    for _, case in ipairs(cases) do
      local path = folder .. "/" .. case[2].path
      local text = reload_app.read(path)
      before[path] = before[path] or text
      local changed = case[2].change(text)
      if changed then
        reload_app.write(path, changed)
      else
        assert(os.remove(path))
      end
    end
    return function()
      for path, text in pairs(before) do
        reload_app.write(path, text)
      end
    end
  end

  local function pages()
    local all = {}
    for i, path in ipairs({ "/", "/introduce", "/open", "/nowhere" }) do
      all[i] = srv:get(path).body:gsub("%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x", "an id")
    end
    return table.concat(all, "\n")
  end

  it("tells all mistakes at once, each at its place, and stays as it is until they are mended", function()
    local before = pages()
    local mend = change_all(CASES)
    local status, output = reload_app.command(srv)
    assert.equal(1, status)
    for _, case in ipairs(CASES) do
      local file, text = table.unpack(case[3])
      local fault = ("%s:%d: %s"):format(file, line_of(folder .. "/" .. file, text), case[4])
      assert.truthy(output:find(fault, 1, true), case[1] .. ":\n" .. fault .. "\nis not in\n" .. output)
    end
    -- A key that is misspelt in one language is told there too; blocks have nobody to show them without their layout.
    local more = 1 + select(2, output:gsub("is never shown: the template has no layout", ""))
    assert.equal(#CASES + more, tonumber(output:match("\n(%d+) faults; nothing was changed\n")), output)
    assert.equal(before, pages())
    srv.admin:get("/metrics"):expect_body("\ntc_generation 1\n")

    mend()
    status, output = reload_app.command(srv)
    assert.equal(0, status, output)
    assert.truthy(output:find("^unchanged: generation 1 "), output)
    assert.is_nil(select(2, srv:control("status")):find("failed", 1, true))
  end)
end)
