--- `group:protect()`: what acts below a group comes from a form of its visitor's, or no handler hears of it.
local files = require("spec.support.files")
local http = require("spec.support.http")
local server = require("spec.support.server")

local SITE = {
  ["scripts/site.lua"] = [[
local reply = require("web.reply")
local members = require("web.session").new({ name = "members" })

local function page(req)
  return reply.html(req, "pages/wall")
end

return function(app)
  app:group("/wall", function(group)
    group:protect()
    group:get("site.wall", "", page)
    group:post("site.wall_add", "", function()
      return reply.text("added\n")
    end)
    group:group("/below", function(below)
      below:delete("site.below", "", function()
        return reply.text("deleted\n")
      end)
    end)
  end)
  app:get("site.elsewhere", "/elsewhere", page)
  app:post("site.enter", "/enter", function(req)
    local rep = reply.redirect("/members")
    local begun, message, kind = members:begin(req, rep, { member = 7 })
    if not begun then
      return nil, message, kind
    end
    return rep
  end)
  app:group("/members", function(group)
    group:protect(members)
    group:get("site.members", "", page)
    group:post("site.members_add", "", function(req)
      return reply.text("member " .. members:open(req).member .. "\n")
    end)
  end)
end
]],
  ["templates/pages/wall.html"] = [[
<% layout("layouts/main") %><% block("title") %>Wall<% endblock() %>
<form method="post" action="<%= url("site.wall_add") %>"><%- csrf() %><button>Add</button></form>
]],
}

describe("a protected group", function()
  local srv

  setup(function()
    srv = server.start({ args = { "--site", files.folder(SITE), "--workers", "1" } })
  end)

  teardown(function()
    srv:stop()
  end)

  local function token_of(page)
    return page.body:match('name="csrf" value="(%w+)"')
  end

  local function cookie_of(page, name)
    local line = page.headers["set-cookie"] or ""
    return line:match("(" .. name .. "=[^;]+)"), line
  end

  --- A visitor who has been shown the form: token and cookie.
  local function visitor(path)
    local page = srv:get(path or "/wall"):expect({ status = 200 })
    local cookie, line = cookie_of(page, "forms")
    return token_of(page), cookie, line, page
  end

  local function send(path, cookie, fields, method, headers)
    headers = headers or {}
    headers.Cookie, headers["Content-Type"] = cookie, "application/x-www-form-urlencoded"
    return srv:request({ method = method or "POST", path = path, headers = headers, body = http.form(fields) })
  end

  it("takes what a form of its visitor's sends, again and again", function()
    local token, cookie, line, page = visitor()
    assert.truthy(line:find("SameSite=Lax; HttpOnly", 1, true))
    assert.equal("private, no-cache", page.headers["cache-control"])
    for _ = 1, 2 do
      assert.equal("added\n", send("/wall", cookie, { csrf = token }):expect({ status = 200 }).body)
    end
    local again = srv:get("/wall", { Cookie = cookie })
    assert.equal(token, token_of(again))
    assert.is_nil(again.headers["set-cookie"])
  end)

  it("takes it from a form that stands elsewhere, and from a script's header", function()
    local token, cookie = visitor("/elsewhere")
    send("/wall", cookie, { csrf = token }):expect({ status = 200 })
    send("/wall", cookie, {}, "POST", { ["X-CSRF-Token"] = token }):expect({ status = 200 })
    send("/wall/below", cookie, {}, "DELETE", { ["X-CSRF-Token"] = token }):expect({ status = 200 })
  end)

  it("refuses what has no token, another visitor's, or no cookie, in the visitor's words", function()
    local token, cookie = visitor()
    local other = visitor()
    assert.not_equal(token, other)
    for _, try in ipairs({ { cookie, {} }, { cookie, { csrf = other } }, { nil, { csrf = token } },
      { "forms=x", { csrf = token } } }) do
      local page = send("/wall", try[1], try[2], "POST", { Accept = "text/html" }):expect({ status = 403 })
      assert.truthy(page.body:find("This form is too old, or another page sent it.", 1, true))
      assert.is_nil(page.body:find("added", 1, true))
    end
    local problem = send("/wall", nil, {}, "POST", { Accept = "application/json" }):expect({ status = 403 })
    assert.truthy(problem.body:find("This form is too old", 1, true))
    send("/wall/below", cookie, {}, "DELETE"):expect({ status = 403 })
  end)

  it("of a session takes forms of those alone who have it open", function()
    local stranger = srv:get("/members"):expect({ status = 200 })
    assert.is_nil(token_of(stranger))
    local token, cookie = visitor()
    send("/members", cookie, { csrf = token }):expect({ status = 403 })
    local entered = cookie_of(send("/enter", nil, {}):expect({ status = 303 }), "members")
    local page = srv:get("/members", { Cookie = entered }):expect({ status = 200 })
    assert.equal("member 7\n", send("/members", entered, { csrf = token_of(page) }):expect({ status = 200 }).body)
    send("/members", entered, {}):expect({ status = 403 })
  end)

  it("says what protect and csrf() take", function()
    local function told(script, page)
      local site = files.folder({ ["scripts/site.lua"] = script, ["templates/mail/x.txt"] = page })
      return (select(2, server.refused({ args = { "--site", site } })))
    end
    local text = told('return function(app)\n  app:group("/x", function(g)\n    g:protect("members")\n  end)\nend\n')
    assert.truthy(text:find("scripts/site.lua:3: protect takes a session", 1, true), text)
    text = told('require("web").check(function()\n  require("text.template").render("mail/x.txt", "en", {})\nend)\n'
      .. "return function() end\n", "<%- csrf() %>\n")
    assert.truthy(text:find("templates/mail/x.txt:1: csrf() stands in a page", 1, true), text)
  end)
end)
