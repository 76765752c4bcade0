--- Starts the real program for a spec, speaks HTTP with it, and ends it.
---
---     local server = require("spec.support.server")
---
---     local srv = server.start({ args = { "--workers", "1" } })
---     finally(function() srv:stop() end)
---     srv:get("/open"):expect({ status = 200 }):expect_body("<form")
---
--- The program is the one that runs the specs, unless options.program or SPEC_PROGRAM names
--- another.  Each server has a folder of its own under /tmp for its log and (unless
--- options.data is given) its data; a guard process removes it and kills the server when the
--- spec or its host is gone.
local http = require("spec.support.http")
local lfs = require("lfs")
local process = require("spec.support.process")

local M = {}

local RUNS = 'tc_timer_runs_total{outcome="%s",timer="%s"}'
local CONTROL_S = 300 -- a reload may load for seconds of processor time that others want too
local SANITIZERS = { "ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:",
  "WARNING: ThreadSanitizer", "AddressSanitizer:DEADLYSIGNAL" }

local quoted, read_file, wait_for = process.quoted, process.read_file, process.wait_for

--- An empty folder that is removed when the host ends: for data that outlives one server.
M.folder = process.folder

--- The path of the program that specs start.
function M.program()
  return os.getenv("SPEC_PROGRAM")
    or assert(lfs.symlinkattributes("/proc/self/exe", "target"), "cannot read /proc/self/exe")
end

--- Starts the program as a command.
---@param options { args: string[], env?: table<string, string>, program?: string }
---@return fun(): integer, string wait Waits for its end: exit status, and what it printed.
function M.begin(options)
  local words = { "env" }
  for name, value in pairs(options.env or {}) do
    words[#words + 1] = quoted(name .. "=" .. value)
  end
  words[#words + 1] = quoted(options.program or M.program())
  for _, arg in ipairs(options.args) do
    words[#words + 1] = quoted(arg)
  end
  local pipe = assert(io.popen(table.concat(words, " ") .. " 2>&1 </dev/null"))
  return function()
    local output = pipe:read("a")
    local _, how, number = pipe:close()
    return how == "signal" and 128 + number or number, output
  end
end

--- Runs the program to its end: for commands.  Returns its exit status and what it printed.
---@param options { args: string[], env?: table<string, string>, program?: string }
---@return integer status
---@return string output
function M.run(options)
  return M.begin(options)()
end

---@class spec.Server
---@field url string "http://127.0.0.1:PORT"
---@field admin spec.Site? The admin listener, with the same get, post …
---@field data string Its data folder.
---@field program string? Another program than the one that specs start.
---@field pid integer

--- What answers at one address.
---@class spec.Site
local Site = {}
Site.__index = Site

--- A connection that stays open: conn:request{…}, conn:send(bytes), conn:response().
function Site:connect()
  return http.connect(self.address)
end

--- { method = "PUT", path = "/x", headers = { Name = "value" or {…} }, body = "…" }
---@return spec.Response
function Site:request(request)
  return http.request(self.address, request)
end

function Site:get(path, headers)
  return self:request({ method = "GET", path = path, headers = headers })
end

function Site:head(path, headers)
  return self:request({ method = "HEAD", path = path, headers = headers })
end

local function with_type(headers, content_type)
  local all = { ["Content-Type"] = content_type }
  for name, value in pairs(headers or {}) do
    all[name:lower() == "content-type" and "Content-Type" or name] = value
  end
  return all
end

--- body is a table of form fields, or the body's text.
function Site:post(path, body, headers)
  return self:request({ method = "POST", path = path,
    headers = with_type(headers, "application/x-www-form-urlencoded"),
    body = type(body) == "table" and http.form(body) or body or "" })
end

--- Posts a table, or a text as it is, as JSON.
function Site:json(path, value, headers)
  return self:request({ method = "POST", path = path,
    headers = with_type(headers, "application/json"),
    body = type(value) == "table" and require("cjson").encode(value) or value })
end

--- Sends bytes and returns everything that comes until the server closes.
function Site:raw(bytes)
  local conn = self:connect()
  conn:send(bytes)
  local all, part = conn:rest()
  conn:close()
  return all or error("the server does not close the connection; it sent: " .. part, 2)
end

local function site(url)
  local host, port = url:match("^http://%[?([^%]/]-)%]?:(%d+)$")
  local path = url:match("^unix:(.+)$")
  assert(host or path, "cannot read the address " .. url)
  return setmetatable({ url = url,
    address = path and { path = path } or { host = host, port = tonumber(port) } }, Site)
end

local Server = setmetatable({}, { __index = Site })
Server.__index = Server

-- Databases of this run by data folder, so that a server started again finds its own.
local databases = {}

--- What options.database (or SPEC_DATABASE, when the command line names none) asks for.
local function choose_database(srv, options, given)
  local chosen = options.database
  if chosen == nil and not given.database then
    chosen = databases[srv.data] or os.getenv("SPEC_DATABASE")
  end
  if chosen == "mariadb" then
    chosen = require("spec.support.mariadb").shared():create()
  end
  if type(chosen) == "table" then
    databases[srv.data] = chosen
    srv.database = chosen
  end
end

--- Words for the database, in front of which `env` gets its password.
local function database_words(srv, options, env, args)
  local kept, wish = srv.database, options.database_options or {}
  if kept then
    env[#env + 1] = "TIMECAPSULE_DATABASE_PASSWORD=spec"
    table.move({ "--migrate", "--database", kept:url(wish.mariadb) }, 1, 3, #args + 1, args)
  elseif wish.sqlite then
    local url = ("sqlite://%s/capsules.db?%s"):format(srv.data, wish.sqlite)
    table.move({ "--database", url }, 1, 2, #args + 1, args)
  end
end

local function command_line(srv, options)
  local words = {}
  for name, value in pairs(options.env or {}) do
    words[#words + 1] = name .. "=" .. value
  end
  local given = {}
  for _, arg in ipairs(options.args or {}) do
    given[arg:match("^%-%-([%w-]+)") or ""] = true
  end
  local args = { options.program or M.program(), "serve", "--data", srv.data }
  if not given.listen then
    table.move({ "--listen", "127.0.0.1:0" }, 1, 2, #args + 1, args)
  end
  if not given["admin-listen"] then
    table.move({ "--admin-listen", "127.0.0.1:0" }, 1, 2, #args + 1, args)
  end
  choose_database(srv, options, given)
  database_words(srv, options, words, args)
  table.move(options.args or {}, 1, #(options.args or {}), #args + 1, args)
  return table.move(args, 1, #args, #words + 1, words)
end

--- The exit status, once the program has ended; 128 + number after a signal.
function Server:status()
  local text = read_file(self.folder .. "/status")
  return text and tonumber(text)
end

function Server:log()
  return read_file(self.folder .. "/log") or self.last_log or ""
end

local function let_go(srv)
  if srv.leash then
    srv.last_log = srv:log()
    srv.leash:close() -- waits for the guard: the program has gone, so has its folder
    srv.leash = nil
  end
end

local function launch(options)
  local srv = setmetatable({ folder = process.make_folder(), program = options.program }, Server)
  srv.data = options.data or srv.folder .. "/data"
  if not options.data then
    assert(lfs.mkdir(srv.data))
  end
  srv.leash = process.guard(srv.folder, command_line(srv, options))
  return srv
end

--- Starts a server and waits until it accepts.  options:
---   args     more words for the command line
---   env      variables, { TIMECAPSULE_… = "…" }
---   data     its data folder (default: a fresh one that goes with it)
---   program  another program
---   database "sqlite", "mariadb" or a database of spec.support.mariadb; SPEC_DATABASE says which
---            one without it, SQLite is the rest
---   database_options  { sqlite = "queue=2", mariadb = "queue=2&pool=1" }, for its URL
---@return spec.Server
function M.start(options)
  options = options or {}
  local srv = launch(options)
  local wants_admin = not table.concat(options.args or {}, " "):find("%-%-admin%-listen[ =]off")
  wait_for(function()
    local log = srv:log()
    -- Told apart by the word before; the admin's line may come first.
    for line in log:gmatch("[^\n]+") do
      local who, url = line:match("(%a*) ?listening on ([%w]+:[^%s\"]+)")
      if who == "admin" then
        srv.admin = srv.admin or site(url)
      elseif url then
        srv.url = srv.url or url
      end
    end
    srv.pid = tonumber(read_file(srv.folder .. "/pid")) -- the server may be faster than its guard
    return srv:status() or srv.pid and srv.url and (srv.admin or not wants_admin)
  end)
  if not srv.url or srv:status() then
    local log, status = srv:log(), srv:status()
    let_go(srv)
    error(("the server did not start (exit status %s); its log:\n%s")
      :format(tostring(status), log), 2)
  end
  srv.address = site(srv.url).address
  return srv
end

--- Starts one that must not start.  Returns its exit status and what it printed.
function M.refused(options)
  local srv = launch(options or {})
  local status = wait_for(function()
    return srv:status()
  end)
  local log = srv:log()
  let_go(srv)
  return status or error("the server runs although it should have refused:\n" .. log, 2), log
end

--- Runs SQL on its database, beside it; rows are lines, columns are divided by `|`.
function Server:sql(statement)
  if self.database then
    return self.database:sql(statement)
  end
  local file = self.data .. "/data.db" -- what the host calls it where the application does not
  if not lfs.attributes(file) then
    file = self.data .. "/capsules.db"
  end
  local text = process.output(("sqlite3 -batch -cmd '.timeout 5000' %s %s"):format(file, quoted(statement)))
  return (text:gsub("\n$", ""))
end

--- Sends a signal, "KILL", "HUP" …, or a number; does not wait.
function Server:kill(signal)
  os.execute(("kill -%s %d"):format(signal or "KILL", self.pid))
end

--- Waits for its end and returns the exit status; nil when it goes on running.
function Server:wait()
  return wait_for(function()
    return self:status()
  end)
end

--- Nothing that a sanitizer has found may be in the log.
function Server:expect_clean()
  local log = self:log()
  for _, word in ipairs(SANITIZERS) do
    local at = log:find(word, 1, true)
    if at then
      error("a sanitizer has found something:\n" .. log:sub(at, at + 6000), 2)
    end
  end
  return self
end

--- Ends it by SIGTERM, waits, and expects exit status 0 and a clean log; after kill("KILL")
--- (or with { any = true }) only lets go of it.  Safe to repeat.
function Server:stop(options)
  if not self.leash then
    return
  end
  local ended = self:status()
  if not ended then
    self:kill("TERM")
    ended = self:wait()
  end
  let_go(self)
  if options and options.any or ended == 128 + 9 then
    return
  end
  self:expect_clean()
  if ended ~= 0 then
    error(("the server ended with exit status %s; its log:\n%s")
      :format(ended or "none (it had to be killed)", self:log()), 2)
  end
end

--- At the end of `local srv <close>`: what went wrong before hides nothing that its end shows.
Server.__close = function(self, failure)
  self:stop({ any = failure ~= nil })
end

--- One line to the control socket: true or false, and the text of the answer.
---@return boolean ok
---@return string text
function Server:control(line)
  local conn = http.connect({ path = self.data .. "/control.sock" })
  conn.socket:settimeout(CONTROL_S)
  conn:send(line .. "\n")
  local answer = conn:rest() or ""
  conn:close()
  local word, text = answer:match("^(%a+)\n(.*)$")
  assert(word == "ok" or word == "error", "no answer from the control socket: " .. answer)
  return word == "ok", text
end

local function set_clock(srv, command, moment)
  if type(moment) == "string" then
    local y, mo, d, h, mi, s = moment:match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)Z$")
    assert(y, "not a moment: " .. moment)
    moment = M.unix(tonumber(y), tonumber(mo), tonumber(d),
      tonumber(h) * 3600 + tonumber(mi) * 60 + tonumber(s))
  end
  local ok, text = srv:control(("%s %d"):format(command, moment))
  assert(ok, "the clock was not set: " .. text)
end

--- The server's clock starts at that moment and runs on: unix seconds, or RFC 3339 in UTC.
function Server:set_clock(moment)
  set_clock(self, "clock", moment)
end

--- The same, and there it stands until it is set: for what must not be over before a slow machine comes to it.
function Server:stop_clock(moment)
  set_clock(self, "clock-stop", moment)
end

--- How often a timer has run.
---@param name string "reminder.send"
---@return integer
function Server:runs(name)
  return (self:metric(RUNS:format("good", name)) or 0) + (self:metric(RUNS:format("failed", name)) or 0)
end

--- Lets a timer run now, and waits for its end: for two, because one may be under way already.
---@param name string
function Server:tick(name)
  local wanted = self:runs(name) + 2
  local ended = wait_for(function()
    assert(self:control("tick " .. name))
    return self:runs(name) >= wanted
  end)
  assert(ended, "the timer did not run: " .. name)
end

--- A sample of /metrics, or nil.
---@param name string with its labels
---@return number?
function Server:metric(name)
  local text = self.admin:get("/metrics").body
  for line in text:gmatch("[^\n]+") do
    local value = line:sub(1, #name + 1) == name .. " " and line:sub(#name + 2)
    if value then
      return tonumber(value)
    end
  end
end

--- Days of the proleptic Gregorian calendar, for specs that must not trust what they test.
function M.unix(year, month, day, seconds)
  local y = month <= 2 and year - 1 or year
  local era = y // 400
  local yoe = y - era * 400
  local doy = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  local doe = yoe * 365 + yoe // 4 - yoe // 100 + doy
  return (era * 146097 + doe - 719468) * 86400 + (seconds or 0)
end

return M
