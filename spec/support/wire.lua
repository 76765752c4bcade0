--- Transcripts of connections, in the manner of varnishtest: what a client sends and what must
--- come back, line by line, over a raw socket, so that messages may be as wrong as one likes.
---
---     wire.play(srv, [[
---       > GET /hello HTTP/1.0
---       >
---       < HTTP/1.1 200 OK
---       < Connection: close
---       <! Transfer-Encoding
---       <= hello
---       <EOF
---     ]])
---
---   > text       is sent, CR LF behind it        >> text    is sent as it is
---   >EOF         the client half-closes          >RST       the client is gone
---   < HTTP/1.1 … the next answer has this status line
---   < Name: text has this header; `*` stands for any value      <! Name  has none of that name
---   <= text      its whole body                  <~ text    a part of its body
---   <EOF         the server closes, and nothing more has come
---   <SILENCE     nothing comes for a while, and the connection is open
---   # text       a remark
---
--- \r \n \t \0 \xHH and \\ stand for those bytes, ${name} for a value of the table given.
local http = require("spec.support.http")

local M = {}

local SILENCE_S = 0.15
local ESCAPES = { r = "\r", n = "\n", t = "\t", ["0"] = "\0", ["\\"] = "\\" }

local function unescape(text)
  text = text:gsub("\\x(%x%x)", function(hex)
    return "\0x" .. hex -- one pass would take the byte of "\x5cn" for the beginning of another
  end)
  text = text:gsub("\\([rnt0\\])", ESCAPES)
  return (text:gsub("%zx(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

---@class wire.Player
---@field conn spec.Connection
---@field methods string[] Of the requests that have no answer yet.
---@field answer spec.Response? The latest.
local Player = {}
Player.__index = Player

local function send(self, text)
  self.methods[#self.methods + 1] = text:match("^(%u+) %S+ HTTP/1%.[01]")
  self.conn:send(text)
end

local function next_answer(self, line)
  local is_interim = line:find("^%S+ 1") ~= nil
  local method = is_interim and self.methods[1] or table.remove(self.methods, 1)
  self.answer = self.conn:response(method, is_interim)
  if not self.answer then
    error("the connection ended instead of " .. line, 0)
  end
  local got = self.answer.head:match("^[^\n]*")
  if got ~= line then
    error(("%s instead of %s\n%s"):format(got, line, tostring(self.answer)), 0)
  end
end

local function expect_header(self, name, value)
  local want = value == "*" and true or value
  self.answer:expect({ header = { [name] = want } })
end

local function expect_end(self)
  local rest = self.conn:rest()
  if rest ~= "" then
    error(rest and ("more came: %q"):format(rest) or "the connection stays open", 0)
  end
end

local function expect_silence(self)
  self.conn.socket:settimeout(SILENCE_S)
  local byte, why = self.conn.socket:receive(1)
  self.conn.socket:settimeout(http.TIMEOUT)
  if why ~= "timeout" then
    error(byte and ("%q came"):format(byte) or "the connection ended", 0)
  end
end

local function reset(self)
  self.conn.socket:setoption("linger", { on = true, timeout = 0 })
  self.conn:close()
end

--- What each mark at the beginning of a line does with the rest of it; the longest match stands.
local MARKS = {
  { "^>EOF$", function(self) self.conn:finish() end },
  { "^>RST$", reset },
  { "^>> (.*)$", send },
  { "^>$", function(self) send(self, "\r\n") end },
  { "^> (.*)$", function(self, text) send(self, text .. "\r\n") end },
  { "^<EOF$", expect_end },
  { "^<SILENCE$", expect_silence },
  { "^< (HTTP/1%.%d .*)$", next_answer },
  { "^< ([^:]+):%s*(.*)$", expect_header },
  { "^<! (%S+)$", function(self, name) self.answer:expect({ header = { [name] = false } }) end },
  { "^<= (.*)$", function(self, text) self.answer:expect({ body = text }) end },
  { "^<=$", function(self) self.answer:expect({ body = "" }) end },
  { "^<~ (.*)$", function(self, text) self.answer:expect_body(text) end },
  { "^#", function() end },
  { "^$", function() end },
}

function Player:line(text)
  for _, mark in ipairs(MARKS) do
    local first, second = text:match(mark[1])
    if first then
      return mark[2](self, unescape(first), second and unescape(second))
    end
  end
  error("no line of a transcript: " .. text, 0)
end

--- Plays a transcript on a connection of its own.  `values` fill its ${names} in.
---@param srv spec.Site
---@param transcript string
---@param values? table<string, string|integer>
function M.play(srv, transcript, values)
  local self = setmetatable({ conn = srv:connect(), methods = {} }, Player)
  local number = 0
  for line in transcript:gmatch("([^\n]*)\n?") do
    number = number + 1
    line = line:gsub("^%s+", ""):gsub("%${([%w_]+)}", values or {})
    local ok, why = pcall(self.line, self, line)
    if not ok then
      self.conn:close()
      error(("line %d: %s\n%s"):format(number, line, tostring(why)), 2)
    end
  end
  self.conn:close()
end

--- A request that must never be served, for behind a malformed message.
M.SMUGGLED = "GET /hello HTTP/1.1\r\nHost: smuggled\r\n\r\n"

--- Sends a message that is wrong, with SMUGGLED behind it.  It must be refused by one answer of ours with a status of
--- the list, the connection must end, and nothing behind it be served.
---@param srv spec.Site
---@param bytes string
---@param statuses integer[]
---@param kept? { silent: boolean } The connection has had an answer before; silent: it may end without another.
---@return boolean answered
function M.refused(srv, bytes, statuses, kept)
  local conn = srv:connect()
  if kept then
    conn:send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    conn:response("GET"):expect({ status = 200 })
  end
  conn:send(bytes .. M.SMUGGLED)
  local all, part = conn:rest()
  conn:close()
  local function fail(what)
    error(("%s\n--- sent:\n%s\n--- came:\n%s"):format(what, bytes:sub(1, 1000), all or part), 3)
  end
  if not all then
    fail("the connection stays open")
  elseif all:find("HTTP/1.1 200", 1, true) then
    fail("something was served")
  elseif select(2, all:gsub("HTTP/1%.1 ", "")) > 1 then
    fail("more than one answer came")
  elseif all == "" and kept and kept.silent then
    return false
  elseif not all:find("\r\nContent-Type: text/plain", 1, true) then
    fail("no answer of ours came")
  end
  local status = tonumber(all:match("^HTTP/1%.1 (%d%d%d) "))
  for _, allowed in ipairs(statuses) do
    if status == allowed then
      return true
    end
  end
  return fail("not refused as it should be")
end

return M
