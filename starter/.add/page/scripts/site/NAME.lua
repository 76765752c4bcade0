--- The page /NAME.
local reply = require("web.reply")

---@param req request
---@return reply
local function show(req)
  return reply.html(req, "pages/NAME", {})
end

---@param app web.App
return function(app)
  app:get("site.NAME", "/NAME", show)
end
