--- The rows of one table in what mariadb-dump (or mysqldump) has written, one after the other, read in
--- pieces: a dump may be larger than memory.
---
--- Read as such a program writes it: statements begin a line, and no value holds a line break, which is
--- written "\n".  Columns are named by CREATE TABLE, or by the INSERT itself.
local clock = require("host.clock")
local crypto = require("host.crypto")

local M = {}

local PIECE = 65536

--- Parts of a text that are held apart: a text of a megabyte may be nothing but escapes.
local PARTS = 4096

---@class dump.Reader
---@field source host.command.source
---@field text string What has been read and not been looked at.
---@field at integer Where it is looked at.
---@field done integer Bytes that came before `text`.
---@field ended boolean
local Reader = {}
Reader.__index = Reader

--- Reads on; false at the end.  It waits, if for nothing: one text may take longer than a script may go on
--- without a wait.
function Reader:more()
  clock.sleep(0)
  local piece, message = self.source:read(PIECE)
  if message then
    error({ message })
  elseif not piece then
    self.ended = true
    return false
  end
  self.done = self.done + self.at - 1
  self.text, self.at = self.text:sub(self.at) .. piece, 1
  return true
end

--- Finds a pattern from here on; where it is in the text, or nil at the end.
function Reader:find(pattern)
  local first, last = self.text:find(pattern, self.at)
  while not first and self:more() do
    first, last = self.text:find(pattern, self.at)
  end
  return first, last
end

--- The next character that is no blank, without taking it; "" at the end.
function Reader:peek()
  while true do
    local at = self.text:find("[^ \r\n\t]", self.at)
    if at then
      self.at = at
      return self.text:sub(at, at)
    end
    self.at = #self.text + 1
    if not self:more() then
      return ""
    end
  end
end

--- Takes a character, or raises.
function Reader:take(char)
  local found = self:peek()
  if found ~= char then
    error({ ("byte %d: '%s' stands where '%s' should"):format(self:position(), found, char) })
  end
  self.at = self.at + 1
end

function Reader:position()
  return self.done + self.at - 1
end

local ESCAPES = { n = "\n", r = "\r", t = "\t", ["0"] = "\0", b = "\b", Z = "\x1a" }

--- The next quote or backslash, with what is behind it there to be looked at; nil at the end.
function Reader:mark()
  local at = self:find("['\\]")
  if at and at == #self.text then
    local ahead = at - self.at
    self:more()
    at = self.at + ahead
  end
  return at
end

--- What stands between quotes, the first of which is next.
function Reader:string()
  self:take("'")
  local texts, parts = {}, {}
  while true do
    local at = self:mark()
    local here, behind = self.text:byte(at or 0, at and at + 1)
    if not here or (here == 92 and not behind) then
      error({ ("byte %d: the dump ends inside a text"):format(self:position()) })
    end
    parts[#parts + 1] = self.text:sub(self.at, at - 1)
    if here == 39 and behind ~= 39 then -- a quote that is not doubled
      self.at = at + 1
      return table.concat(texts) .. table.concat(parts)
    end
    behind = string.char(behind)
    parts[#parts + 1] = here == 39 and "'" or ESCAPES[behind] or behind
    self.at = at + 2
    if #parts > PARTS then
      texts[#texts + 1], parts = table.concat(parts), {}
    end
  end
end

--- Letters and digits from here on.
function Reader:letters()
  local seen = 0
  while true do
    local stop = self.text:find("[^%w_.+-]", self.at + seen)
    seen = (stop or #self.text + 1) - self.at
    if stop or not self:more() then
      return self.text:sub(self.at, self.at + seen - 1)
    end
  end
end

--- NULL, a number or bytes as they stand: nil, or text.
function Reader:word()
  local word = self:letters()
  self.at = self.at + #word
  if word == "_binary" and self:peek() == "'" then
    return self:string()
  elseif word:find("^0x") then
    return crypto.from_hex(word:sub(3)) or word
  end
  return word ~= "NULL" and word or nil
end

function Reader:value()
  if self:peek() == "'" then
    return self:string()
  end
  return self:word()
end

--- "(1,'a',NULL)" as values by column.
function Reader:row(columns)
  local row = {}
  self:take("(")
  for i, name in ipairs(columns) do
    if i > 1 then
      self:take(",")
    end
    row[name] = self:value()
  end
  self:take(")")
  return row
end

--- "(`a`,`b`)", or nil where no names stand.
function Reader:names()
  if self:peek() ~= "(" then
    return nil
  end
  local first, last = self:find("^%([^)]*%)")
  local names = {}
  for name in self.text:sub(first or 1, last or 0):gmatch("`([^`]+)`") do
    names[#names + 1] = name
  end
  self.at = (last or self.at) + 1
  return names
end

--- Columns of a CREATE TABLE that has just begun: each begins a line.
function Reader:columns()
  local first, last = self:find("\n%)")
  local names = {}
  for name in self.text:sub(self.at, first):gmatch("\n%s*`([^`]+)`") do
    names[#names + 1] = name
  end
  self.at = (last or #self.text) + 1
  return names
end

--- Goes behind the head of the next statement about the table; what it is, or nil at the end.
function Reader:statement(name)
  while true do
    local first, last, head = self.text:find("\n([CI][RN][ES][^\n`]*`[^`\n]+`)", self.at)
    if first and last < #self.text then
      self.at = last + 1
      if head:match("`([^`]+)`$"):lower() == name:lower() then
        return head:match("^%u+ %u+")
      end
    else
      -- What is left may be the beginning of a head, and is long only inside another table's line.
      local line = self.text:match(".*()\n") or #self.text
      self.at = math.max(self.at, first or (#self.text - line < PIECE and line or #self.text))
      if not self:more() then
        return nil
      end
    end
  end
end

--- The rows of a table, as an iterator of values by column, all of them text, NULL absent.  Raises
--- { message } where the file is no such dump.
---@param source host.command.source
---@param name string The table's, in whichever case.
---@return fun(): table<string, string>? next
---@return dump.Reader reader Whose position() tells how far it is, in bytes.
function M.rows(source, name)
  local reader = setmetatable({ source = source, text = "\n", at = 1, done = -1 }, Reader)
  local columns, current, inside
  local function next_row()
    while not inside do
      local verb = reader:statement(name)
      if not verb then
        return nil
      elseif verb == "CREATE TABLE" then
        columns = reader:columns()
      elseif verb:find("^INSERT") then
        current = reader:names() or columns
        if not current then
          error({ "rows come before CREATE TABLE has named their columns" })
        end
        reader:peek()
        local word = reader:word()
        if word ~= "VALUES" then
          error({ ("byte %d: '%s' stands where VALUES should"):format(reader:position(), word or "") })
        end
        inside = true
      end
    end
    local row = reader:row(current)
    inside = reader:peek() == ","
    if inside then
      reader:take(",")
    end
    return row
  end
  return next_row, reader
end

return M
