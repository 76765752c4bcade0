--- What a handler or a hook returns that is no reply is told with the line that declared it, and with what came.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

local NO_REPLY = ", not a reply { status =, headers =, body = }"

--- { code of a handler, what is said behind its place }; each stands on a line of its own.
local CASES = {
  { "return 'text'", "returned a string of 4 bytes" .. NO_REPLY },
  { "return true", "returned true" .. NO_REPLY },
  { "return 42", "returned 42" .. NO_REPLY },
  { "return print", "returned a function" .. NO_REPLY },
  { "return", "returned nothing" .. NO_REPLY },
  { "return false", "returned false" .. NO_REPLY },
  { "return { headers = 'x' }", "returned a reply whose headers are a string of 1 bytes, not a table" },
  { "return { status = 'x' }", "returned a reply whose status is a string of 1 bytes, not a number from 200 to 599" },
  { "return { status = 99 }", "a reply's status is a number from 200 to 599" },
  { "return { stauts = 404 }", "a reply has no 'stauts'; did you mean 'status'?" },
  { "return { body = 'x', template = 'pages/x' }",
    "a reply has no 'template'; it has status, headers, body, file and stream" },
  { "return { 404, body = 'x' }", "a reply has its parts by name, not by a number" },
  { "return { body = 42 }", "a reply's body is a string or an array of them, not a number" },
  { "return { body = { 'a', {} } }", "part 2 of a reply's body is a table, not a string or number" },
  { "return { headers = { ['X-A'] = 'a\\r\\nb' } }", "the header X-A has a control character in its value" },
  { "return { headers = { ['X A'] = 'a' } }", "a header name must be letters, digits and dashes" },
  { "return { headers = { X = false } }",
    "a header is a string by its name, or an array of strings, not a boolean by a string" },
  { "return { file = 'static/none' }", "a reply's file is a path below static/ that exists, not 'static/none'" },
  { "return reply.json({ f = print })", "'host.json.encode' (f: JSON has no function)" },
  { "local rep = reply.json({ a = { 1, { b = 0 / 0 } } }) return rep",
    "'host.json.encode' (a[2].b: NaN and infinity are no JSON numbers)" },
  { "return reply.html(req, 'pages/' .. 'none')", "there is no template" },
  { "return reply.redirect('http://elsewhere.example')", "a redirect leads to a path of this site only" },
  { "return nil, 'because', 'inptu'", "returned the unknown kind 'inptu'; there are auth, conflict, forbidden, input," },
}

--- Hooks, by the value of the query's `hook`.
local HOOKS = {
  { "before", "if req.query.hook == 'true' then return true end", "true", "a before hook returned true" .. NO_REPLY },
  { "before", "if req.query.hook == 'kind' then return nil, 'x', 'none' end", "kind",
    "a before hook returned the unknown kind 'none'; there are auth," },
  { "after", "if req.query.hook == 'nil' then return nil end return rep", "nil",
    "an after hook returned nothing" .. NO_REPLY },
}

local HTML = { Accept = "text/html" }

describe("what is returned", function()
  local srv

  setup(function()
    local script = { 'local reply, timer = require("web.reply"), require("host.timer")', "return function(app)" }
    for i, case in ipairs(CASES) do
      script[#script + 1] = ('app:get("site.%d", "/%d", function(req) %s end)'):format(i, i, case[1])
    end
    for _, hook in ipairs(HOOKS) do
      script[#script + 1] = ("app:%s(function(req, rep) %s end)"):format(hook[1], hook[2])
    end
    script[#script + 1] = [[
for _, kind in ipairs({ "input", "missing", "forbidden", "io" }) do
  app:get("site." .. kind, "/" .. kind, function() return nil, "because of <" .. kind .. ">", kind end)
end
timer.every(1, "spec.away", function() return nil, "nobody answers", "io" end)
end]]
    srv = server.start({ args = { "--site", files.folder({ ["scripts/site.lua"] = table.concat(script, "\n") }), "--watch",
      "--workers", "1", "--log-level", "debug" } })
  end)

  teardown(function()
    srv:stop()
  end)

  --- What the log has gained of errors by that request.
  local function told(path)
    local before = #srv:log()
    srv:get(path):expect({ status = 500 })
    return srv:log():sub(before + 1)
  end

  for i, case in ipairs(CASES) do
    it("by `" .. case[1] .. "` is told at its route", function()
      local log = told("/" .. i)
      local place = ("scripts/site.lua:%d: "):format(i + 2)
      local at = log:find('error="[^ ]*' .. place:gsub("%p", "%%%0"))
      assert.truthy(at, place .. "\nis not where the message begins:\n" .. log)
      assert.truthy(log:find(case[2], at, true), case[2] .. "\nis not in\n" .. log)
    end)
  end

  for i, hook in ipairs(HOOKS) do
    it("by a hook is told where it was written: " .. hook[4], function()
      local log = told("/?hook=" .. hook[3])
      local want = ("scripts/site.lua:%d: %s"):format(#CASES + 2 + i, hook[4])
      assert.truthy(log:find(want, 1, true), want .. "\nis not in\n" .. log)
    end)
  end

  it("as a refusal is logged for who asks for it, and shown to who sits here", function()
    for kind, status in pairs({ input = 422, missing = 404, forbidden = 403 }) do
      srv:get("/" .. kind, HTML):expect({ status = status }):expect_body("because of &lt;" .. kind .. "&gt;")
      local line = ('debug a handler refused error="because of <%s>" kind=%s'):format(kind, kind)
      assert.truthy(srv:log():find(line, 1, true), line .. "\nis not in\n" .. srv:log())
      assert.equal("because of <" .. kind .. ">", srv:get("/" .. kind, { Accept = "application/json" }):json().why)
    end
  end)

  it("is not shown to who asks by a proxy", function()
    for _, name in ipairs({ "X-Forwarded-For", "Forwarded", "X-Real-IP" }) do
      for _, path in ipairs({ "/input", "/io", "/1", "/10" }) do
        local res = srv:get(path, { Accept = "text/html", [name] = "203.0.113.7" })
        res:expect_no_body("because of", "scripts/site.lua", "traceback", "data-generation")
        assert.matches("%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x", res.body)
      end
    end
  end)

  it("by a timer that has failed is logged, and counted", function()
    assert(process.wait_for(function()
      return srv:log():find("error a timer failed timer=spec.away generation=1 "
        .. 'error="nobody answers" kind=io at=%S*scripts/site.lua:%d')
    end), srv:log())
    srv.admin:get("/metrics"):expect_body('tc_timer_runs_total{outcome="failed",timer="spec.away"}')
  end)

  it("is an error page of ours with words of the site, where it says so", function()
    local site = files.folder({ ["scripts/site.lua"] = [[
local reply = require("web.reply")
return function(app)
  app:get("site.none", "/wall/:id", function(req)
    return reply.error(req, tonumber(req.params.id), req.query.words)
  end)
end
]] })
    local pages <close> = server.start({ args = { "--site", site, "--workers", "1" } })
    pages:get("/wall/404?words=No+%3Csuch%3E+sentence."):expect({ status = 404, headers = { ["cache-control"] = "no-store" } })
      :expect_body("<h1>No &lt;such&gt; sentence.</h1>")
    pages:get("/wall/410"):expect({ status = 410 }):expect_body("</html>")
    local problem = pages:get("/wall/404?words=None.", { Accept = "application/json" }):expect({ status = 404,
      headers = { ["content-type"] = "application/problem+json" } }):json()
    assert.equal("None.", problem.detail)
    pages:get("/wall/200"):expect({ status = 500 })
    assert.truthy(pages:log():find("an error's status is a number from 400 to 599", 1, true), "not in the log")
  end)
end)
