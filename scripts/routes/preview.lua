--- Pages of a candidate (`timecapsule reload --preview`): whoever is shown one has to know that nobody else is, and
--- that what they write is real.  The bar is put into the page as it goes out, so that it is on each, whatever a site's
--- layout is.
local link = require("web.link")
local reply = require("web.reply")
local template = require("text.template")

local M = {}

--- Text behind the first match, whatever is in it.
local function insert(html, pattern, text, before)
  local from, to = html:find(pattern)
  if not from then
    return html
  end
  local at = before and from - 1 or to
  return html:sub(1, at) .. text .. html:sub(at + 1)
end

local function is_page(rep)
  local headers = rep.headers or {}
  return rep.body and not headers["Content-Disposition"]
    and (headers["Content-Type"] or ""):find("^text/html") ~= nil
end

--- The reply to a request of such a browser: a page says where it comes from, and nothing of it is kept.
---@param req table
---@param rep table
---@return table rep
function M.mark(req, rep)
  if is_page(rep) then
    local context = { leave = link.prefix .. "/?preview=off" }
    local bar = table.concat(template.parts("partials/preview_bar", req.lang, context, req))
    local head = table.concat(template.parts("partials/preview_head", req.lang, {}, req))
    rep.body = insert(insert(reply.text_of(rep), "</head>", head, true), "<body[^>]*>", bar)
  end
  return reply.no_store(rep)
end

return M
