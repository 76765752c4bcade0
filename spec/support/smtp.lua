--- Starts the mail server of smtp_server.py for a spec, and a server of spec/fixtures/mail_app that
--- sends to it.
---
---     local sink = smtp.start()
---     local srv = smtp.app({ "--mail", sink:url() })
---     local out = smtp.send(srv, { to = "a@b.example", subject = "s", text = "t" })
---     local letter = sink:letter(1)       -- as Python's email package reads it
local cjson = require("cjson")
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")

local M = {}

local ROOT = lfs.currentdir()
local PYTHON = io.open("/usr/bin/python3") and "/usr/bin/python3" or "python3"

local output_of, quoted, read_file = process.output, process.quoted, process.read_file

--- A file as Python's email package reads it.
function M.parse(path)
  return cjson.decode(output_of(("%s %s/spec/support/eml.py %s"):format(PYTHON, ROOT, quoted(path))))
end

--- A self-signed certificate for these names ("IP:127.0.0.1", "DNS:localhost"), good for a year or
--- until that day ("20300131"): two paths.
function M.certificate(folder, names, last_day)
  local cert, key, list = folder .. "/cert.pem", folder .. "/key.pem", folder .. "/authority"
  local file = assert(io.open(list .. ".conf", "w"))
  file:write("[ca]\ndefault_ca=spec\n[spec]\ndatabase=", list, "\nnew_certs_dir=", folder,
    "\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nx509_extensions=names\n",
    "[any]\ncommonName=supplied\n[names]\nsubjectAltName=", table.concat(names, ","), "\n")
  file:close()
  output_of((": >'%s' && openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=spec "
    .. "-out '%s.csr' -keyout '%s' 2>/dev/null && openssl ca -batch -selfsign -notext -config '%s.conf' "
    .. "-keyfile '%s' -in '%s.csr' -out '%s' -startdate 20200101000000Z -enddate %s000000Z 2>/dev/null")
    :format(list, list, key, list, key, list, cert, last_day or os.date("%Y%m%d", os.time() + 365 * 86400)))
  return cert, key
end

---@class spec.Sink
local Sink = {}
Sink.__index = Sink

--- options: tls ("starttls" | "implicit"), names and last_day (of the certificate), user, password, words (more
--- of the command line).
---@return spec.Sink
function M.start(options)
  options = options or {}
  local folder = output_of("mktemp -d /tmp/timecapsule-spec.XXXXXX"):gsub("%s+$", "")
  local sink = setmetatable({ folder = folder }, Sink)
  local words = { quoted(ROOT .. "/spec/support/guard"), quoted(folder), PYTHON,
    ROOT .. "/spec/support/smtp_server.py", quoted(folder) }
  local function add(name, value)
    if value then
      words[#words + 1] = name
      words[#words + 1] = quoted(value)
    end
  end
  if options.tls then
    sink.cert, sink.key = M.certificate(folder, options.names or { "IP:127.0.0.1", "DNS:localhost" },
      options.last_day)
  end
  add("--tls", options.tls)
  add("--cert", sink.cert)
  add("--key", sink.key)
  add("--user", options.user)
  add("--password", options.password)
  for _, word in ipairs(options.words or {}) do
    words[#words + 1] = quoted(word)
  end
  sink.leash = assert(io.popen(table.concat(words, " "), "w"))
  sink.port = tonumber(process.wait_for(function()
    return read_file(folder .. "/port") or read_file(folder .. "/status")
  end))
  assert(read_file(folder .. "/port"), "the mail server did not start: " .. tostring(read_file(folder .. "/log")))
  sink.scheme = options.tls == "implicit" and "smtps" or "smtp"
  return sink
end

--- Its URL: login is "user" or "user:password", query "tls=off".
function Sink:url(login, query)
  return ("%s://%s127.0.0.1:%d%s"):format(self.scheme, login and login .. "@" or "", self.port,
    query and "?" .. query or "")
end

--- What happened, line by line.
function Sink:events()
  return read_file(self.folder .. "/events") or ""
end

--- How often a line of that beginning has happened.
function Sink:count(beginning)
  local count = 0
  for line in self:events():gmatch("[^\n]+") do
    if line:sub(1, #beginning) == beginning then
      count = count + 1
    end
  end
  return count
end

--- The envelope of letter n, once it is there; nil when none comes.
function Sink:envelope(n)
  local text = process.wait_for(function()
    return read_file(("%s/%d.json"):format(self.folder, n))
  end)
  return text and cjson.decode(text)
end

function Sink:letter(n)
  assert(self:envelope(n), "there is no letter " .. n)
  return M.parse(("%s/%d.eml"):format(self.folder, n))
end

function Sink:raw(n)
  return read_file(("%s/%d.eml"):format(self.folder, n))
end

--- How many letters there are.
function Sink:letters()
  local n = self.counted or 0
  while read_file(("%s/%d.json"):format(self.folder, n + 1)) do
    n = n + 1
  end
  self.counted = n
  return n
end

--- What is said to every "mail", "rcpt", "data" or "end" (of a letter) from now on, {} for the
--- recipient; nil: as usual again.
function Sink:reply(stage, text)
  local path = ("%s/reply-%s"):format(self.folder, stage)
  if not text then
    os.remove(path)
    return
  end
  local file = assert(io.open(path .. ".new", "wb"))
  file:write(text)
  file:close()
  assert(os.rename(path .. ".new", path))
end

function Sink:stop()
  if self.leash then
    self.leash:close()
    self.leash = nil
  end
end

Sink.__close = Sink.stop

--- A server of spec/fixtures/mail_app.
---@return spec.Server
function M.app(args, env)
  local all = { "--app", "spec/fixtures/mail_app", "--workers", "1" }
  return server.start({ args = table.move(args or {}, 1, #(args or {}), #all + 1, all), env = env })
end

--- A letter with what is not given filled in.
function M.with_defaults(letter)
  local full = { to = "ada@example.org", subject = "Hello", text = "Hello.\n" }
  for name, value in pairs(letter) do
    full[name] = value
  end
  return full
end

--- Sends it through the application: { receipt = { id=, reply= } } or { message=, kind= }.
function M.send(srv, letter)
  return srv:json("/send", M.with_defaults(letter)):expect({ status = 200 }):json()
end

return M
