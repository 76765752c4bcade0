--- The admin's pages, in the order of their navigation, and what each is: a module that says what is so and what can
--- be done about it.  The same module is shown as a page, as JSON and by a command (docs/admin.md).
local clock = require("host.clock")
local config = require("host").config
local json = require("host.json")
local i18n = require("text.i18n")
local audit = require("admin.audit")
local host_words = require("admin.host_words")

local M = {}

---@class admin.Page
---@field name string "nodes": the page /nodes, templates/admin/nodes.html, the words `nodes.title`, the command
---@field data fun(asked: table<string, string>): table?, string?, host.kind? what is so: what host.json can encode;
---       `asked` is the address's query, or a command's options
---@field lines fun(data: table, at: fun(unix: integer): string, t: fun(key: string, args?: table): string): string[]
---       the same as lines of text, for the command: `at` writes a moment, `t` a sentence
---@field status? fun(data: table): integer for the shell; 0 when absent
---@field acts? table<string, admin.Act> what can be done: POST /nodes/NAME

---@class admin.Act
---@field what? fun(form: table<string, string>): string to whom it is done, for the audit
---@field run fun(form: table<string, string>, who: admin.Who): admin.Done?, string|admin.Words?, host.kind?
---@field looks? boolean it changes nothing, so that the audit does without it

--- A sentence of the locales.
---@class admin.Words
---@field key string
---@field args? table<string, string|number>

--- What an act says when it is done: a sentence, and what a program may want to know of it.
---@class admin.Done : admin.Words
---@field detail? string more for the audit
---@field asked? table<string, string> for the page that is shown then; the form when absent
---@field [string] any

--- Every page, in the order of the navigation.
M.NAMES = {
  "overview",
  "generations",
  "nodes",
  "reminders",
  "capsules",
  "mailboxes",
  "jobs",
  "maintenance",
  "errors",
  "settings",
  "audit",
  "tokens",
  "support",
}

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

--- What is said of a failure: the sentence where it names one, by itself or with its arguments, or where it is one that
--- the host knows (a disk that is full, say); else as it is.
---@param message string|admin.Words
---@param t fun(key: string, args?: table): string
---@return string
function M.words(message, t)
  if type(message) == "string" and i18n.has(message) then
    return t(message)
  end
  local said = type(message) == "table" and message or host_words.find(message)
  return said and t(said.key, said.args) or message
end

--- Does something, and records it, unless it was not understood.
---@param page admin.Page
---@param name string of the act
---@param form table<string, string>
---@param who admin.Who
---@return admin.Done? done
---@return string|admin.Words|nil message
---@return host.kind? kind
---@return boolean? recorded false: the audit has it later
function M.act(page, name, form, who)
  local act = page.acts[name]
  local done, message, kind = act.run(form, who)
  local recorded = true
  if not act.looks and (done or kind ~= "input") then
    local what = act.what and act.what(form) or ""
    local detail = done and done.detail
    recorded = audit.record(who, page.name .. "_" .. name,
      detail and (what ~= "" and what .. ": " or "") .. detail or what,
      done and "done" or M.words(message, i18n.translator("en")))
  end
  return done, message, kind, recorded
end

--- Does something for a command: prints what came of it.
---@param shown admin.Page
---@param name string
---@param form table<string, string>
---@return integer status 0; 1: it was not done
function M.act_by_command(shown, name, form)
  local t = i18n.translator("en")
  local done, message = M.act(shown, name, form, audit.by_command())
  if not done then
    io.stderr:write("timecapsule: ", shown.name, ": ", M.words(message, t), "\n")
    return 1
  end
  print(t(done.key, done.args))
  return 0
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
    for _, line in ipairs(page.lines(data, M.at, i18n.translator("en"))) do
      print(line)
    end
  end
  return page.status and page.status(data) or 0
end

return M
