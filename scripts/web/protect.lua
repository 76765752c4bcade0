--- Forms that act, sent from pages of ours alone:
---
---   app:group("/wall", function(group)
---     group:protect()                          what acts below it must carry the token of its visitor
---     group:post("site.wall_add", "", add)
---   end)
---
---   <form method="post" action="<%= url("site.wall_add") %>"><%- csrf() %> …
---
--- `csrf()` is a hidden field.  Its token lies in a sealed cookie too, which the page brings where the visitor has
--- none.  `group:protect(members)` takes a session of web/session.lua instead: who has none open sends nothing.  A
--- script may send the token in the header X-CSRF-Token.
---
--- What carries no token, another visitor's or one too old is answered 403, with words (kind "stale"), and no handler
--- hears of it.
local serving = require("web.serving")
local session = require("web.session")

local M = {}

local ACTS = { POST = true, PUT = true, PATCH = true, DELETE = true }

--- Of everybody who is shown a form.  Lax: a page that is reached by a link of another site finds its cookie.
M.visitors = session.new({ name = "forms", idle = 7 * 24 * 3600, same_site = "Lax" })

--- A `before` hook: refuses what acts and was not sent by a form of the session.
---@param chosen web.Session? every visitor's when absent
---@return fun(req: table): table?
function M.hook(chosen)
  chosen = chosen or M.visitors
  if not session.is(chosen) then
    error('protect takes a session, require("web.session").new{ name = … }, or nothing', 3)
  end
  return function(req)
    req.forms = chosen
    if ACTS[req.method] and not chosen:is_own(req) then
      return serving.say_error(req, 403, nil, "stale")
    end
    return nil
  end
end

--- `csrf()` of templates.
---@param req table?
---@return string html
function M.field(req)
  if not req then
    error("csrf() stands in a page, where there is a request: write csrf(), without arguments", 2)
  end
  local chosen = req.forms or M.visitors
  if chosen == M.visitors and not chosen:open(req) then
    chosen:start(req, {})
  end
  req.has_forms = true
  return chosen:field(req)
end

--- Gives the reply the cookie of forms that are in it; such a page is nobody else's.
function M.keep(req, rep)
  M.visitors:keep(req, rep)
  if req.has_forms and not rep.headers["Cache-Control"] then
    rep.headers["Cache-Control"] = "private, no-cache"
  end
end

return M
