--- The example of each function in docs/reference.md: run in a site, in a handler or while it is loaded.
local files = require("spec.support.files")
local reference = require("spec.support.reference")
local server = require("spec.support.server")

--- What an example may name besides its own module: `app` of its own, `req` of the handler, `members` (a session).
local BEFORE = { App = 'local app = require("web").app()', Session = 'local members = require("site.example").members' }

--- `expression --> values` as an assertion; any other line as it is.
local function line_of(line)
  local expression, values = line:match("^(.-) %-%-> (.+)$")
  return expression and ("same(list(%s), list(%s))"):format(values, expression) or line
end

--- A function of `app`, `req` and `same`, as source.
local function source_of(entry)
  local name = entry.module:match("[^.]+$")
  local lines = { ('function(app, req, same) local %s = require("%s")'):format(name, entry.module),
    not entry.loading and (BEFORE[entry.owner] or entry.owner == "Group" and BEFORE.App) or "" }
  for _, line in ipairs(entry.example) do
    lines[#lines + 1] = line_of(line)
  end
  lines[#lines + 1] = "end"
  return table.concat(lines, "\n")
end

--- A module that holds the examples, by title.
local function module_of(entries)
  local lines = { "local function list(...) return { ... } end", "return {" }
  for _, entry in ipairs(entries) do
    lines[#lines + 1] = ("[%q] = %s,"):format(entry.title, source_of(entry))
  end
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

local SITE = [[
local example = require("site.example")

return function(app)
  for title, run in pairs(require("site.loading")) do
    local ok, why = pcall(run, app)
    assert(ok, title .. ": " .. tostring(why))
  end
  app:get("site.example", "/example", function(req)
    return example.run(req) or { body = "" }
  end)
end
]]

local SPEC = [[
local testing = require("testing")
local example = require("site.example")
local run = require("site.run")

local function same(expected, got)
  assert.same(expected, got)
end

for title, fn in pairs(run) do
  it(title, function()
    testing.http.stub("https://hooks.example/", { status = 204 })
    require("host.db").exec("site.note_begin", { words = "Hello" })
    local failed
    example.run = function(req)
      local ok, rep = xpcall(fn, function(why) failed = why end, nil, req, same)
      return ok and rep
    end
    testing.client({ Accept = "text/html" }):get("/example")
    if failed then
      error(failed, 0)
    end
  end)
end
]]

--- A site that has what the examples name.
local function site(running, loading)
  return files.folder({
    ["scripts/site.lua"] = SITE, ["spec/run_spec.lua"] = SPEC,
    ["scripts/site/more.lua"] = "return function() end\n",
    ["scripts/site/example.lua"] =
      'return { members = require("web.session").new({ name = "members" }), run = function() end }\n',
    ["scripts/site/run.lua"] = module_of(running), ["scripts/site/loading.lua"] = module_of(loading),
    ["scripts/locales/site/en.lua"] = 'return { ["site.recipient"] = "For whom" }\n',
    ["scripts/locales/site/zh-CN.lua"] = 'return { ["site.recipient"] = "给谁" }\n',
    ["templates/pages/example.html"] =
      '<% layout("layouts/main") %><% block("title") %>Example<% endblock() %><h1><%= name %></h1>\n',
    ["templates/mail/example.txt"] = "Dear <%= name %>\n",
    ["sql/migrations/0001_note.sqlite.sql"] = "CREATE TABLE site_note (id INTEGER PRIMARY KEY, words TEXT NOT NULL);\n",
    ["sql/migrations/0001_note.mariadb.sql"] =
      "CREATE TABLE site_note (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, words VARCHAR(50) NOT NULL);\n",
    ["sql/queries/note.sql"] = [[
-- name: site.note
SELECT words FROM site_note WHERE id = :id;

-- name: site.notes
SELECT id, words FROM site_note;

-- name: site.note_add
INSERT INTO site_note (words) VALUES (:words);

-- name: site.note_begin
INSERT INTO site_note (id, words) VALUES (1, :words);
]] })
end

describe("the examples of docs/reference.md", function()
  local running, loading, lacking = {}, {}, {}
  for _, entry in ipairs(reference.examples()) do
    local list = #entry.example == 0 and lacking or entry.loading and loading or running
    list[#list + 1] = entry
  end

  it("are there for each function that a site calls", function()
    local titles = {}
    for i, entry in ipairs(lacking) do
      titles[i] = entry.module .. ": " .. entry.title
    end
    assert.same({}, titles)
  end)

  it("do what they say", function()
    local status, output = server.run({ args = { "test", "--site", site(running, loading), "--public-url",
      "https://capsule.example", "--time-zone", "UTC" } })
    assert.equal(0, status, output)
    assert.truthy(output:find(("%d successes"):format(#running), 1, true), output)
  end)
end)
