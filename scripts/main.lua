--- The application as the host sees it: the only script that it knows by name.
---
--- Two apps: the public one, and the admin listener's.  A site may add routes to the public one
--- by `scripts/site.lua`, which returns a function that is given it.
local host = require("host")
local web = require("web")
local contract = require("contract")
local commands = require("commands")
local faults = require("routes.faults")
local preview = require("routes.preview")
local still = require("text.still")
local template = require("text.template")

local public, admin = web.app(), web.app()

local hsts_days, public_url = host.config.hsts_days, host.config.public_url or ""
if hsts_days > 0 and public_url:find("^https://") then
  require("web.security").require_tls(hsts_days * 86400)
end

contract.guard()
require("reminder.events") -- those that a site may listen to

public:on_error(faults.handle)
public:before(require("routes.maintenance").enter)
for _, name in ipairs({ "pages", "put", "files", "open", "gathering", "api", "confirm", "health" }) do
  public:load("routes." .. name)
end
if host.read("scripts/site.lua") then
  public:load("site")
end

require("job.run").start()

admin:on_error(require("routes.admin_frame").handle)
admin:load("routes.admin")

if host.config.watch then
  local developer = require("routes.developer")
  developer.install(public)
  developer.install(admin)
end

if host.config.reminders then
  require("reminder.schedule")
  local canary = require("admin.canary")
  if canary.is_kept() then
    require("host.timer").every(60, "admin.canary", canary.tick)
  end
end

require("host.timer").every(1, "admin.deeds", require("admin.deeds").tick)
require("host.timer").every(3600, "admin.audit", require("admin.audit").forget)
require("host.timer").every(require("admin.rates").EVERY, "admin.rates", require("admin.rates").tick)
require("host.timer").every(1, "reminder.reseal", require("reminder.reseal").tick)

if host.judges then
  for _, rehearse in ipairs(require("reminder.rehearsal").all()) do
    web.check(rehearse)
  end
  for _, fault in ipairs(contract.faults(public)) do
    web.check(function()
      error(fault, 0)
    end)
  end
end
web.check(require("capsule.codes").check)

public:build(nil, admin)

if host.judges then
  require("contract.warnings").tell(public)
end

local M = {}

--- Answers a request.
---@param req request
---@param is_admin boolean `req.admin`
---@param is_preview boolean `req.preview`
---@param is_good boolean neither `req.refused` nor `req.over`
function M.handle(req, is_admin, is_preview, is_good)
  local rep = (is_admin and admin or public):handle(req, is_good)
  return is_preview and preview.mark(req, rep) or rep
end

--- Answers one whose handler failed, in a task of its own that must not wait for anything.
function M.failed(req, status, kind, why)
  local rep = (req.admin and admin or public):failed(req, status, kind, why)
  return req.preview and preview.mark(req, rep) or rep
end

--- Every route of both apps, in the order of their declaration.
function M.routes()
  local all = {}
  for _, app in ipairs({ public, admin }) do
    for _, route in ipairs(app:routes()) do
      route.admin = app == admin
      all[#all + 1] = route
    end
  end
  return all
end

--- What of the pages stands still (text/still.lua), for `timecapsule check`: lines for --still, and warnings where it
--- is a site's own code that a page has to be rendered anew for.
---@return string lines
---@return string warnings
function M.still()
  return still.describe(template.judge_pages())
end

--- Runs `timecapsule NAME args…`.
---@return integer status For the shell.
function M.command(name, args)
  return commands.run(name, args, { public = public, admin = admin })
end

return M
