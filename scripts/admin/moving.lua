--- What an instance holds, as it moves to another one: which tables there are, and their rows as lines
--- of a file (docs/export.md).  Pure but for the names of statements.
local crypto = require("host.crypto")
local json = require("host.json")

local M = {}

--- Of the file; another one where what a line holds is another thing, also a column more.
M.FORMAT = 3

--- Bytes of a row: base64 makes a third more of them, and host.json takes 2 MiB.
local LARGEST = 1500000

---@class moving.Table
---@field name string
---@field bytes string[]  Columns of bytes, which a line has in base64url.
---@field read string     The statement that reads it whole, in the order of its numbers.
---@field call fun(row: host.db.row): table Writes a row as it is.
---@field take fun(number: integer, hash: string): table Writes a row with that number …
---@field drop fun(number: integer): table … which this deletes.
---@field alone boolean?  Does it go without what is sealed under the server secret?

--- A row of one refers to rows of those before it.
---@type moving.Table[]
M.TABLES = {
  {
    name = "mailbox",
    bytes = { "address_hash", "cap_hash" },
    read = "moving.mailboxes",
    call = function(row)
      return { "moving.mailbox", row }
    end,
    take = function(number, hash)
      return { "moving.mailbox_number", { id = number, hash = hash } }
    end,
    drop = function(number)
      return { "moving.forget_mailbox", { id = number } }
    end,
  },
  {
    name = "capsule",
    alone = true,
    bytes = { "key_hash", "note", "body" },
    read = "moving.capsules",
    call = function(row)
      return { "moving.capsule", row }
    end,
    take = function(number, hash)
      return { "moving.capsule_number", { id = number, hash = hash } }
    end,
    drop = function(number)
      return { "moving.forget_capsule", { id = number } }
    end,
  },
  {
    name = "gathering",
    alone = true,
    bytes = { "code_hash", "public_key", "title" },
    read = "moving.gatherings",
    call = function(row)
      return { "moving.gathering", row }
    end,
    take = function(number, hash)
      return { "moving.gathering_number", { id = number, hash = hash } }
    end,
    drop = function(number)
      return { "moving.forget_gathering", { id = number } }
    end,
  },
  {
    name = "gathering_letter",
    alone = true,
    bytes = { "mark", "body" },
    read = "moving.gathering_letters",
    call = function(row)
      return { "moving.gathering_letter", row }
    end,
    take = function(number, hash)
      return { "moving.gathering_letter_number", { id = number, hash = hash } }
    end,
    drop = function(number)
      return { "moving.forget_gathering_letter", { id = number } }
    end,
  },
  {
    name = "reminder",
    bytes = { "sealed" },
    read = "moving.reminders",
    call = function(row)
      return { "moving.reminder", row }
    end,
    take = function(number)
      return { "moving.reminder_number", { id = number } }
    end,
    drop = function(number)
      return { "moving.forget_reminder", { id = number } }
    end,
  },
  {
    name = "mail_log",
    bytes = {},
    read = "moving.mail_log",
    call = function(row)
      return { "moving.mail_log_line", row }
    end,
    take = function(number)
      return { "moving.mail_log_number", { id = number } }
    end,
    drop = function(number)
      return { "moving.forget_mail_log", { id = number } }
    end,
  },
  {
    name = "job",
    bytes = { "sealed" },
    read = "moving.jobs",
    call = function(row)
      return { "moving.job", row }
    end,
    take = function(number, hash)
      return { "moving.job_number", { id = number, hash = hash } }
    end,
    drop = function(number)
      return { "moving.forget_job", { id = number } }
    end,
  },
  {
    name = "audit",
    bytes = {},
    read = "moving.audit",
    call = function(row)
      return { "moving.audit_line", row }
    end,
    take = function(number)
      return { "moving.audit_number", { id = number } }
    end,
    drop = function(number)
      return { "moving.forget_audit", { id = number } }
    end,
  },
}

local by_name = {}
for _, held in ipairs(M.TABLES) do
  by_name[held.name] = held
end

--- What the letters of a database are sealed under, without saying it: a line per secret.
---@return string[] marks The current one's first; none where nothing was sealed yet.
function M.secret_marks()
  local marks = {}
  for i, subkey in ipairs(crypto.secrets("mark of an export") or {}) do
    marks[i] = crypto.hex(subkey)
  end
  return marks
end

--- All of a table of counts by name.
---@param counts table<string, integer>
---@param alone boolean? Only of what goes without the server secret.
---@return integer
function M.sum(counts, alone)
  local all = 0
  for _, held in ipairs(M.TABLES) do
    if held.alone or not alone then
      all = all + (counts[held.name] or 0)
    end
  end
  return all
end

--- Raises { message } where a row is larger than who reads it could take.
---@param held moving.Table
---@param row host.db.row Its bytes are replaced.
---@return string line
function M.line(held, row)
  local size = 0
  for _, column in ipairs(held.bytes) do
    size = size + #(row[column] or "")
    row[column] = row[column] and crypto.base64url(row[column])
  end
  if size > LARGEST then
    error({ ("%s %d is too large for an export (%d bytes, at most %d): `timecapsule backup` copies it")
      :format(held.name, row.id, size, LARGEST) })
  end
  return json.encode({ [held.name] = row }) .. "\n"
end

--- The name that a line begins with, without reading on.
function M.name_of(line)
  return line:match('^{"([%w_]+)":')
end

---@param line string
---@return moving.Table? held nil: it is of no table.
---@return host.db.row? row
function M.row(line)
  local value = json.decode(line)
  local name, row = next(type(value) == "table" and value or {})
  local held = by_name[name]
  if not held or type(row) ~= "table" then
    return nil
  end
  for _, column in ipairs(held.bytes) do
    row[column] = row[column] and crypto.from_base64url(row[column])
  end
  return held, row
end

return M
