--- What a site's code raises is told at the site's line, whatever value it is: while loading, in a
--- handler, in what runs beside others, in a timer.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

--- Values that error() takes, and what is said of them.
local VALUES = {
  { "{ code = 1 }", "an error object {code = 1}" },
  { "{ 1, 'a\\nb', print }", 'an error object {1, "a b", function}' },
  { "{ 'one', {} }", 'an error object {"one", table}' },
  { "{ {} }", "an error object {table}" },
  { "{ ('x'):rep(1000) }", 'an error object {"' .. ("x"):rep(246) .. " …}" },
  { "{ 'a' .. ('é'):rep(1000) }", 'an error object {"a' .. ("é"):rep(122) .. " …}" },
  { "{ 'aa' .. ('é'):rep(1000) }", 'an error object {"aa' .. ("é"):rep(122) .. " …}" },
  { "nil", "an error without a message (nil)" },
  { "true", "an error that is no text: true" },
  { "42", "an error that is no text: 42" },
  { "print", "an error that is no text: a function" },
  { "'text', 0", "text" },
  { "setmetatable({}, { __tostring = function() return 'an object' end })", "an object" },
  { "setmetatable({}, { __tostring = function() return 42 end })", "42" },
  { "setmetatable({}, { __tostring = function() return {} end })", "an error object whose __tostring fails" },
  { "setmetatable({}, { __tostring = function() error('x') end })", "an error object whose __tostring fails" },
}

local function has(text, ...)
  for _, want in ipairs({ ... }) do
    assert.truthy(text:find(want, 1, true), want .. "\nis not in\n" .. text)
  end
end

--- What `check` says of a site with this script, and where the site lies.
local function check(script, more)
  local site = files.folder({ ["scripts/site.lua"] = script })
  files.write(site, more or {})
  local status, output = server.run({ args = { "check", "--site", site, "--limit-load", "2s" } })
  assert.equal(1, status, output)
  return output, site
end

describe("raised while loading:", function()
  --- Also by a coroutine, and by what the application calls for the site.
  local AROUND = {
    ["in the script"] = "\n%s\nreturn function() end\n",
    ["in its function"] = "return function(app)\n%s\nend\n",
    ["in a group"] = 'return function(app) app:group("/x", function()\n%s\nend) end\n',
    ["in a coroutine"] = "local run = coroutine.wrap(function()\n%s\nend)\nreturn function() run() end\n",
  }

  it("any value, at its line", function()
    local script = { "local check = require('web').check" }
    for i, case in ipairs(VALUES) do
      script[i + 1] = ("check(function() error(%s) end)"):format(case[1])
    end
    local output, site = check(table.concat(script, "\n") .. "\nreturn function() end\n")
    for i, case in ipairs(VALUES) do
      has(output, ("%s/scripts/site.lua:%d: %s\n    %d | check"):format(site, i + 1, case[2], i + 1))
    end
    has(output, ("\n%d faults\n"):format(#VALUES))
  end)

  for name, around in pairs(AROUND) do
    it("an object " .. name .. ", with its stack", function()
      local output, site = check(around:format("error({ code = 7 })"))
      has(output, site .. "/scripts/site.lua:2: an error object {code = 7}\n    2 | error({ code = 7 })\nstack traceback:",
        "\n1 fault\n")
    end)
  end

  it("a loop, a hungry one, what nests too deeply: each at its own line, though somebody catches it", function()
    local nested = ("return function()\n  return %s1%s\nend\n"):format(("("):rep(250), (")"):rep(250))
    local cases = {
      { "return function()\n  while true do end\nend\n", "loading takes more than 2 s" },
      { "return function()\npcall(function() while true do end end)\nend\n", "loading takes more than 2 s" },
      { "return function()\nlocal t = {} while true do t[#t + 1] = {} end\nend\n",
        "loading takes more than 64 MiB of memory" },
      { "return function()\nlocal t = 'x' while true do t = t .. t end\nend\n",
        "loading takes more than 64 MiB of memory" },
      { nested, "it cannot be compiled (C stack overflow): nest less, by a name for a part" },
    }
    for _, case in ipairs(cases) do
      local output, site = check(case[1])
      local line = case[1]:match("\n([^\n]*)"):sub(1, 200)
      has(output, ("%s/scripts/site.lua:2: %s\n    2 | %s"):format(site, case[2], line), "\n1 fault\n")
    end
  end)

  it("what nests too deeply in a template, or in a text for load", function()
    local deep = ("("):rep(250) .. "1" .. (")"):rep(250)
    local output, site = check(("return function()\n  assert(load([[\n\nreturn %s]], '=text'))\nend\n"):format(deep),
      { ["templates/pages/deep.html"] = "\n<%= " .. deep .. " %>\n" })
    has(output, "text:2: it cannot be compiled", site .. "/templates/pages/deep.html:2: it cannot be compiled")
  end)

  it("modules that require each other, as a circle", function()
    local output, site = check('require("site.a")\nreturn function() end\n', {
      ["scripts/site/a.lua"] = 'return require("site.b")\n',
      ["scripts/site/b.lua"] = '\nreturn require("site.a")\n',
    })
    has(output, site .. "/scripts/site/b.lua:2: modules that require each other: site.a → site.b → site.a;")
  end)
end)

describe("raised while serving:", function()
  local srv, site

  setup(function()
    local script = { [[local clock, task, timer = require("host.clock"), require("host.task"), require("host.timer")
timer.every(1, "spec.object", function()
  error({ code = 2 })
end)
timer.every(1, "spec.nothing", function()
  clock.sleep(0.01) error()
end)
return function(app)
app:get("site.each", "/each", function()
  task.each({ 1 }, 1, function() clock.sleep(0.01)
    error({ code = 3 })
  end)
end)
app:get("site.close", "/close", function()
  local held <close> = setmetatable({}, { __close = function()
    error({ code = 4 })
  end })
  require("host.log").info("the client comes")
  clock.sleep(60)
end)]] }
    for i, case in ipairs(VALUES) do
      script[#script + 1] = ('app:get("site.%d", "/%d", function() error(%s) end)'):format(i, i, case[1])
    end
    script[#script + 1] = "end\n"
    site = files.folder({ ["scripts/site.lua"] = table.concat(script, "\n") })
    srv = server.start({ args = { "--site", site, "--workers", "1", "--watch" } })
  end)

  teardown(function()
    srv:stop()
  end)

  --- The end of the place of a line of the site's script, as messages that cut long names have it.
  local function at(line)
    return ("scripts/site.lua:%d: "):format(line)
  end

  local HTML = { Accept = "text/html" }

  it("any value by a handler, at its line, in the log and before a developer", function()
    local page = function(text)
      return (text:gsub("[&<>\"']", { ["&"] = "&amp;", ['"'] = "&quot;", ["'"] = "&#39;" }))
    end
    for i, case in ipairs(VALUES) do
      local res = srv:get("/" .. i, HTML):expect({ status = 500 })
      has(res.body, page(at(20 + i) .. case[2]))
      has(srv:log(), at(20 + i) .. case[2]:gsub('"', '\\"'))
    end
  end)

  it("an object beside others, and in a timer", function()
    has(srv:get("/each", HTML):expect({ status = 500 }).body, at(11) .. "an error object {code = 3}")
    assert(process.wait_for(function()
      return srv:log():find("timer=spec.nothing", 1, true) and srv:log():find("timer=spec.object", 1, true)
    end), "the timers do not run")
    has(srv:log(), at(3) .. "an error object {code = 2}", at(6) .. "an error without a message (nil)")
  end)

  it("an object by what closes, when its client has gone", function()
    local conn = srv:connect()
    conn:ask({ path = "/close" })
    assert(process.wait_for(function()
      return srv:log():find("the client comes", 1, true)
    end), "the request does not come")
    conn:close()
    assert(process.wait_for(function()
      return srv:log():find("__close", 1, true)
    end), srv:log())
    has(srv:log(), "a __close handler raised while its task was ended", at(16) .. "an error object {code = 4}")
  end)
end)
