--- The admin's pages, in the order of their navigation, and what each is: a module that says what is so and what can
--- be done about it.  The same module is shown as a page, as JSON and by a command (docs/admin.md).
local clock = require("host.clock")
local config = require("host").config
local json = require("host.json")
local audit = require("admin.audit")

local M = {}

---@class admin.Page
---@field name string "nodes": the page /nodes, templates/admin/nodes.html, the words `nodes.title`, the command
---@field data fun(asked: table<string, string>): table?, string?, host.kind? what is so: what host.json can encode;
---       `asked` is the address's query, or a command's options
---@field lines fun(data: table, at: fun(unix: integer): string): string[] the same as lines of text, for the command
---@field status? fun(data: table): integer for the shell; 0 when absent
---@field acts? table<string, admin.Act> what can be done: POST /nodes/NAME

---@class admin.Act
---@field what? fun(form: table<string, string>): string to whom it is done, for the audit
---@field run fun(form: table<string, string>, who: admin.Who): admin.Done?, string?, host.kind?

--- What an act says when it is done: a sentence, and what a program may want to know of it.
---@class admin.Done
---@field key string of the locales
---@field args? table<string, string|number>
---@field detail? string more for the audit
---@field [string] any

--- Every page, in the order of the navigation.
M.NAMES = { "audit" }

---@param name string
---@return admin.Page
function M.of(name)
  return require("admin." .. name)
end

--- A moment as commands and pages write it, in the server's zone.
---@param unix integer
---@return string
function M.at(unix)
  return clock.format(unix, config.time_zone, "%Y-%m-%d %H:%M:%S")
end

--- Does something, and records it, unless it was not understood.
---@param page admin.Page
---@param name string of the act
---@param form table<string, string>
---@param who admin.Who
---@return admin.Done? done
---@return string? message
---@return host.kind? kind
function M.act(page, name, form, who)
  local act = page.acts[name]
  local done, message, kind = act.run(form, who)
  if done or kind ~= "input" then
    local what = act.what and act.what(form) or ""
    local detail = done and done.detail
    audit.record(who, page.name .. "_" .. name, detail and (what ~= "" and what .. ": " or "") .. detail or what,
      done and "done" or message)
  end
  return done, message, kind
end

--- Runs a page as a command: prints its lines, or with --json what it is.
---@param page admin.Page
---@param args table<string, string|true>
---@return integer status
function M.show(page, args)
  local data, message = page.data(args)
  if not data then
    io.stderr:write("timecapsule: ", page.name, ": ", message, "\n")
    return 2
  end
  if args.json then
    print(json.encode(data))
  else
    for _, line in ipairs(page.lines(data, M.at)) do
      print(line)
    end
  end
  return page.status and page.status(data) or 0
end

return M
