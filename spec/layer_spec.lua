-- Folder = layer.  A file uses its own folder and lower layers only, and each external library
-- has one home.  Every check is first shown a breach, so that none can go blind unnoticed.
local process = require("spec.support.process")
local server = require("spec.support.server")
local source = require("spec.support.source")

-- Lower may not know higher; equal ranks are siblings and do not know each other.
local C_RANK = { base = 0, loop = 1, db = 2, http = 2, net = 2, vm = 2, bind = 3, generation = 4,
  server = 5 }

-- Where the header of a library may be included: prefixes of the path below core/.
local HOMES = {
  { "microhttpd%.h", "http/" },
  { "curl/.*", "net/" },
  { "idn2%.h", "net/" },
  { "mysql.*", "db/mariadb/" },
  { "errmsg%.h", "db/mariadb/" },
  { "sqlite3%.h", "db/sqlite/" },
  { "lua%.h", "vm/", "bind/", "generation/" },
  { "lauxlib%.h", "vm/", "bind/", "generation/" },
  { "lualib%.h", "vm/", "bind/", "generation/" },
  { "sodium.*%.h", "base/" },
  { "nettle/.*", "base/" },
  { "zlib%.h", "base/" },
  { "zstd%.h", "base/" },
  { "glib.*%.h", "base/" },
  { "qrencode%.h", "base/" },
  { "histedit%.h", "server/" },
  { "systemd/.*", "server/" },
}

-- Everything else in angle brackets has to be of the C library or the kernel.
local SYSTEM = {}
for name in ([[assert ctype dirent dlfcn errno fcntl fnmatch float ftw inttypes libgen limits locale
  grp math netdb poll pthread pwd sched semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool
  stddef stdint stdio stdlib stdnoreturn string strings syslog termios threads time unistd wchar
  arpa/inet net/if netinet/in netinet/tcp sys/epoll sys/eventfd sys/file sys/inotify sys/ioctl
  sys/mman sys/prctl sys/queue sys/random sys/resource sys/sendfile sys/signalfd sys/socket sys/stat
  sys/statvfs sys/syscall sys/time sys/timerfd sys/types sys/uio sys/un sys/wait linux/futex linux/tcp]])
  :gmatch("%S+") do
  SYSTEM[name .. ".h"] = true
end

local function judge_own(layer, header)
  local other = header:match("^(%w+)/")
  if not other or not C_RANK[other] then
    return "must be written from core/, as in \"base/err.h\""
  elseif other ~= layer and C_RANK[other] >= C_RANK[layer] then
    return ("%s/ may not know %s/"):format(layer, other)
  end
  return nil
end

local function judge_foreign(path, header)
  for _, home in ipairs(HOMES) do
    if header:find("^" .. home[1] .. "$") then
      for i = 2, #home do
        if path:sub(1, #home[i]) == home[i] then
          return nil
        end
      end
      return "belongs to core/" .. table.concat(home, ", core/", 2) .. " alone"
    end
  end
  return not SYSTEM[header] and "is a library without a home" or nil
end

--- What is wrong with the includes of one file; path is below core/.
local function c_breaches(path, text)
  local faults = {}
  local layer = path:match("^(%w+)/")
  source.each_line(source.without_comments(text), function(line, number)
    local open, header = line:match('^%s*#%s*include%s*([<"])([^>"]+)')
    if header then
      local why = open == '"' and judge_own(layer, header) or
        open == "<" and judge_foreign(path, header)
      if why then
        faults[#faults + 1] = ("core/%s:%d: %s %s"):format(path, number, header, why)
      end
    end
  end)
  return faults
end

local LUA_RANK = { locales = 0, text = 0, web = 1, job = 1, capsule = 2, reminder = 2, admin = 3,
  contract = 3, testing = 3, routes = 4, commands = 4, site = 4, main = 5 }

-- The one place where a library of Lua's own may be required.
local LIBRARIES = { ["busted.runner"] = "commands/test.lua", busted = "testing/hooks.lua" }

-- These are used without a request as well: of the web they know the addresses that leave it, and events.
local KNOWS_NO_HTTP = { capsule = true, reminder = true }
local NO_HTTP = { ["web.link"] = true, ["web.events"] = true }

local function judge_require(path, layer, name)
  local other = name:match("^[%w_]+")
  if other == "host" or LIBRARIES[name] == path then
    return nil
  elseif not LUA_RANK[other] then
    return "is in no layer"
  elseif other ~= layer and LUA_RANK[other] >= LUA_RANK[layer] then
    return ("%s may not know %s"):format(layer, other)
  elseif other == "web" and KNOWS_NO_HTTP[layer] and not NO_HTTP[name] then
    return layer .. "/ knows no HTTP"
  end
  return nil
end

--- The same for requires; path is below scripts/.
local function lua_breaches(path, text)
  local faults = {}
  local layer = path:match("^([%w_-]+)")
  if layer == "meta" then
    return faults
  elseif not LUA_RANK[layer] and path ~= "config.lua" then
    return { "scripts/" .. path .. " is in no layer" }
  end
  source.each_line(text, function(line, number)
    local code = line:gsub("%-%-.*$", "")
    for name in code:gmatch("require%s*%(?%s*[\"']([^\"']+)[\"']") do
      local why = path == "config.lua" and "may not be required by config.lua"
        or judge_require(path, layer, name)
      if why then
        faults[#faults + 1] = ("scripts/%s:%d: %s %s"):format(path, number, name, why)
      end
    end
  end)
  return faults
end

--- The host knows nothing about what it serves: the word stands nowhere in core/, comments
--- included, but in the name of the program.
local function word_breaches(path, text)
  local faults = {}
  source.each_line(text, function(line, number)
    if line:lower():gsub("timecapsule", ""):find("capsule", 1, true) then
      faults[#faults + 1] = ("core/%s:%d: the host speaks of capsules"):format(path, number)
    end
  end)
  return faults
end

--- Above its drivers the database layer names none of them: they are given to it.
local function driver_breaches(path, text)
  local faults = {}
  if path:find("^db/[^/]+$") then
    source.each_line(text, function(line, number)
      local name = line:lower():match("sqlite") or line:lower():match("maria")
      if name then
        faults[#faults + 1] = ("core/%s:%d: names the driver %s"):format(path, number, name)
      end
    end)
  end
  return faults
end

local function all(folder, endings, judge)
  local faults, count = {}, 0
  for _, file in ipairs(source.files({ folder }, endings)) do
    count = count + 1
    for _, fault in ipairs(judge(file.path:sub(#folder + 2), file.text)) do
      faults[#faults + 1] = fault
    end
  end
  assert.is_true(count > 0, "no files below " .. folder)
  assert.equal("", table.concat(faults, "\n"))
end

describe("the layers of core/", function()
  local breaches = {
    { "an upward include", "base/err.c", '#include "db/db.h"', "base/ may not know db/" },
    { "a sibling's include", "http/form.c", '#include "db/db.h"', "http/ may not know db/" },
    { "a state's include of HTTP", "vm/task.c", '#include "http/request.h"', "vm/ may not know http/" },
    { "a binding's include of a generation", "bind/host.c", '#include "generation/snapshot.h"',
      "bind/ may not know generation/" },
    { "an include of a neighbour without its folder", "base/buf.c", '#include "err.h"',
      "written from core/" },
    { "lua.h outside its wings", "server/host.c", "#include <lua.h>", "core/generation/ alone" },
    { "sqlite3.h outside its driver", "db/db.c", "#include <sqlite3.h>", "core/db/sqlite/ alone" },
    { "mysql.h in the other driver", "db/sqlite/driver.c", "#include <mysql/mysql.h>", "db/mariadb" },
    { "microhttpd.h in server/", "server/worker.c", "#include <microhttpd.h>", "core/http/" },
    { "glib.h outside base/", "bind/clock.c", "#include <glib.h>", "core/base/" },
    { "a library that nobody has spoken of", "base/x.c", "  #  include <openssl/ssl.h>",
      "without a home" },
  }
  for _, case in ipairs(breaches) do
    local name, path, line, why = table.unpack(case)
    it("would not allow " .. name, function()
      local faults = c_breaches(path, "/* head */\n" .. line .. "\n")
      assert.equal(1, #faults)
      assert.truthy(faults[1]:find("core/" .. path .. ":2: ", 1, true))
      assert.truthy(faults[1]:find(why, 1, true))
    end)
  end

  it("allows lower layers, the own folder and homes", function()
    assert.same({}, c_breaches("db/sqlite/read.c",
      '#include "base/err.h"\n#include "db/db.h"\n#include <sqlite3.h>\n#include <stdio.h>\n'
        .. '/* #include "server/host.h" */\n'))
  end)

  it("hold in every file", function()
    all("core", { ".c", ".h" }, c_breaches)
  end)

  it("would not allow the database layer to name a driver", function()
    assert.equal(1, #driver_breaches("db/x.c", 'bool is = strcmp(name, "sqlite") == 0;'))
    assert.equal(1, #driver_breaches("db/x.h", "/* On MariaDB */"))
    assert.same({}, driver_breaches("db/sqlite/read.c", "/* SQLite */"))
  end)

  it("keep the names of drivers below it", function()
    all("core", { ".c", ".h" }, driver_breaches)
  end)

  it("would not allow the host to speak of capsules", function()
    assert.equal(1, #word_breaches("base/x.c", "int find_it(void);\nint count_capsules;\n"))
    assert.equal(1, #word_breaches("base/x.c", 'puts("no such capsule");'))
    assert.equal(1, #word_breaches("base/x.c", "/* a capsule */"))
    assert.same({}, word_breaches("base/x.c", '/* timecapsule */ x = "share/timecapsule"; TIMECAPSULE_X'))
  end)

  it("keep the application's word out of the host", function()
    all("core", { ".c", ".h" }, word_breaches)
  end)
end)

describe("the layers of scripts/", function()
  local breaches = {
    { "text to know the web", "text/i18n.lua", 'require("web.accept")', "text may not know web" },
    { "web to know the application", "web/reply.lua", 'require("capsule.rules")',
      "web may not know capsule" },
    { "siblings to know each other", "capsule/store.lua", "require 'reminder.queue'",
      "capsule may not know reminder" },
    { "jobs to know the web", "job/init.lua", 'require("web.reply")', "job may not know web" },
    { "capsule to know HTTP", "capsule/key.lua", 'require("web.request")', "knows no HTTP" },
    { "capsule to know the web module itself", "capsule/key.lua", 'require "web"',
      "knows no HTTP" },
    { "an admin's work to know its page", "admin/jobs.lua", 'require("routes.admin")',
      "admin may not know routes" },
    { "a route to know main", "routes/put.lua", 'require("main")', "routes may not know main" },
    { "a command to know a route", "commands/x.lua", 'local p = require("routes.put")',
      "commands may not know routes" },
    { "config.lua to require", "config.lua", 'require("host")', "config.lua" },
    { "what is in no layer", "capsule/key.lua", 'require("lfs")', "in no layer" },
  }
  for _, case in ipairs(breaches) do
    local name, path, line, why = table.unpack(case)
    it("would not allow " .. name, function()
      local faults = lua_breaches(path, "--- head\n" .. line .. "\n")
      assert.equal(1, #faults)
      assert.truthy(faults[1]:find("scripts/" .. path .. ":2: ", 1, true))
      assert.truthy(faults[1]:find(why, 1, true))
    end)
  end

  it("would not allow a file outside the layers", function()
    assert.equal(1, #lua_breaches("helpers/x.lua", "return {}"))
  end)

  it("allow what is below, and comments", function()
    assert.same({}, lua_breaches("routes/put.lua",
      'require("web.reply")\nrequire("capsule.store")\nrequire("reminder.queue")\n'
        .. 'require("host.db")\nrequire "host"\n-- require("main")\n'))
  end)

  it("hold in every file", function()
    all("scripts", { ".lua" }, lua_breaches)
  end)
end)

--- What the program is made of, whatever something of our own could do in its place.
describe("the program", function()
  local program = process.output("ldd " .. process.quoted(server.program()))
  for _, library in ipairs({ "liblua5.4.so", "libmicrohttpd.so", "libmariadb.so", "libcurl.so", "liblua5.4-cjson.so" }) do
    it("stands on " .. library, function()
      assert.is_truthy(program:find(library, 1, true), program)
    end)
  end
end)
