--- Attackers on the server's three sides, for TIME seconds each (60): messages of strangers, a database that lies, the
--- control socket.  The server runs with AddressSanitizer; nothing may be found, and others are answered meanwhile.
--- Only for `make audit` (AUDIT=1).
local files = require("spec.support.files")
local lfs = require("lfs")
local mariadb = require("spec.support.mariadb")
local process = require("spec.support.process")
local server = require("spec.support.server")
local socket = require("socket")

if not os.getenv("AUDIT") then
  return
end

local SECONDS = tonumber(os.getenv("TIME")) or 60
local SEED = tonumber(os.getenv("SEED")) or os.time()
local HERE = lfs.currentdir() .. "/spec/audit/"

--- What the attacker printed at its end; an error where it found something.
local function attack(program, ...)
  local words = { "/usr/bin/python3", HERE .. program }
  for _, word in ipairs({ ... }) do
    words[#words + 1] = process.quoted(tostring(word))
  end
  local said = process.output(table.concat(words, " "))
  print(("%s, seed %d: %s"):format(program, SEED, said:gsub("%s+$", "")))
end

--- The function of a library in which a sanitizer has ended the server, as a line of spec/audit/known-ends has it: the
--- first that has a name; what is above it may be the C library's, which that has called.
local function end_in_library(log)
  local stack = log:match("ERROR: AddressSanitizer: [^\n]*\n(.-)\n\n") or ""
  local name, library = stack:match(" in ([%w_]+) %([^\n]*/(libmariadb)%.so")
  return name and ("%s %s"):format(library, name)
end

local KNOWN_ENDS = {}
for line in io.lines(HERE .. "known-ends") do
  KNOWN_ENDS[line] = true
end

--- 422: the lie may be an error of the database's about what it was given.
local EXPECTED = { [201] = 1, [404] = 1, [409] = 1, [422] = 1, [500] = 1, [503] = 1 }

--- Puts and opens on a server until a moment, or until it has ended as is known: how many, and that end.
local function ask_until(srv, till)
  local asked = 0
  while socket.gettime() < till do
    local answered, fault = pcall(function()
      local res = asked % 2 == 0 and srv:post("/open", { key = "0123456789abcdef" })
        or srv:json("/api/v1/capsules", { name = "a", content = "x", opens_at = "2040-01-01T00:00:00Z" })
      assert.is_truthy(EXPECTED[res.status], res.status)
      srv:get("/put"):expect({ status = 200 })
    end)
    asked = asked + 1
    if not answered then
      local ended = process.wait_for(function()
        return srv:status()
      end) and end_in_library(srv:log())
      return asked, KNOWN_ENDS[ended] and ended or error(tostring(fault) .. "\n" .. srv:log(), 0)
    end
  end
  return asked
end

describe("the server stands", function()
  it("messages of strangers", function()
    local srv <close> = server.start({ args = { "--rate-limits", "off", "--log-level", "warn" } })
    attack("http.py", srv.url:match(":(%d+)$"), SECONDS, SEED, "build/crashes")
    srv:expect_clean()
  end)

  it("lines on its control socket", function()
    local srv <close> = server.start({ args = { "--log-level", "error" } })
    attack("control.py", srv.data .. "/control.sock", SECONDS, SEED)
    srv:expect_clean()
  end)

  it("a database that lies", function()
    local real = mariadb.shared()
    local base = real:create()
    local folder = process.folder()
    local leash = process.guard(folder, { "/usr/bin/python3", HERE .. "mariadb.py", real.port, folder, SEED })
    local port = process.wait_for(function()
      return files.read(folder .. "/port")
    end)
    local url = base:url():gsub(":" .. real.port .. "/", ":" .. port .. "/")
    local data = server.folder()
    local till, asked, ends = socket.gettime() + SECONDS, 0, {}
    repeat
      os.remove(folder .. "/hostile")
      local srv <close> = server.start({ data = data, database = false, env = { TIMECAPSULE_DATABASE_PASSWORD = "spec" },
        args = { "--migrate", "--database", url, "--rate-limits", "off", "--log-level", "error" } })
      files.write(folder, { hostile = "" })
      local some, ended = ask_until(srv, till)
      asked = asked + some
      if ended then
        ends[#ends + 1] = ended
        srv:stop({ any = true })
      else
        os.remove(folder .. "/hostile")
        assert.is_truthy(process.wait_for(function()
          return srv:get("/readyz").status == 200
        end))
      end
    until not ended
    print(("mariadb.py, seed %d: %d requests, %s answers spoilt, known ends: %s"):format(SEED, asked,
      files.read(folder .. "/count"), #ends > 0 and table.concat(ends, ", ") or "none"))
    leash:close()
  end)
end)
