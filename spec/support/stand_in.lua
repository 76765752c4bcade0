--- Loads application modules anew with stand-ins for host modules: a database that is a table,
--- and a fixed server secret.  Everything else is the host's own.
local digests = require("host.crypto")

local M = {}

--- The host's crypto with a server secret, and counters of what was called.
---@return table crypto
---@return table<string, integer> calls
function M.crypto()
  local real, calls = require("host.crypto"), {}
  local crypto = {}
  for name, call in pairs(real) do
    crypto[name] = function(...)
      calls[name] = (calls[name] or 0) + 1
      return call(...)
    end
  end
  function crypto.secret(context)
    return real.derive("the secret of the spec", context)
  end
  function crypto.secrets(context)
    return { real.derive("the secret of the spec", context), real.derive("older", context) }
  end
  function crypto.known()
    return { lost = false, { id = "0000000a", state = "current" }, { id = "0000000b", state = "previous" } }
  end
  return crypto, calls
end

--- A database that holds capsules and reminders in tables, as far as the store asks it to.
---@return table db
function M.db()
  local db = { capsules = {}, reminders = {}, calls = {}, next_id = 1 }
  local run = {}

  local function live(args)
    local row = db.capsules[args.key_hash]
    return row and not row.disabled_at and row or nil
  end

  run["capsule.insert"] = function(args)
    if db.capsules[args.key_hash] then
      return nil, "that key is taken", "conflict"
    end
    local row = { id = db.next_id }
    for name, value in pairs(args) do
      row[name] = value
    end
    db.capsules[args.key_hash], db.next_id = row, db.next_id + 1
    return { affected = 1, id = row.id, rows = {} }
  end
  run["capsule.find"] = function(args)
    local row = live(args)
    if not row then
      return nil
    end
    local open = row.opens_at <= args.now
    return {
      id = row.id,
      opens_at = row.opens_at,
      created_at = row.created_at,
      version = row.version,
      note = not open and row.note or nil,
      digest = not open and digests.hex(digests.sha256(row.body)) or nil,
      body = open and row.body or nil,
    }
  end
  run["capsule.known"] = function(args)
    return db.capsules[args.key_hash]
  end
  run["capsule.recall"] = function(args)
    local row = live(args)
    return row and row.created_at == args.created_at and row or nil
  end
  run["capsule.delete"] = function(args)
    for hash, row in pairs(db.capsules) do
      if row.id == args.id and row.created_at == args.created_at then
        db.capsules[hash] = nil
        return { affected = 1, rows = {} }
      end
    end
    return { affected = 0, rows = {} }
  end
  run["mailbox.remember"] = function()
    return { affected = 1, rows = {} }
  end
  run["reminder.insert"] = function(args)
    db.reminders[#db.reminders + 1] = args
    return { affected = 1, rows = {} }
  end

  local function call(name, args)
    db.calls[#db.calls + 1] = name
    if db.fails then
      return nil, "the database is away", db.fails
    end
    return assert(run[name], name)(args)
  end
  db.one, db.exec = call, call
  --- What has been committed by way of another node comes: `late` brings it.
  function db.catch_up()
    local late = db.late
    if late then
      late()
    end
    return late ~= nil
  end
  function db.batch(calls)
    local results = {}
    for i, item in ipairs(calls) do
      local result, message, kind = call(item[1], item[2])
      if not result then
        return nil, message, kind
      end
      results[i] = result
    end
    return results
  end
  return db
end

--- Loads modules anew, with some of the host's replaced, and returns them in order.
---@param stand_ins table<string, table>
---@param ... string
---@return table ...
function M.load(stand_ins, ...)
  local before = {}
  local function replace(name, module)
    before[name] = package.loaded[name] or false
    package.loaded[name] = module
  end
  for name, module in pairs(stand_ins) do
    replace(name, module)
  end
  for name in pairs(package.loaded) do
    if name:find("^capsule%.") or name:find("^reminder%.") or name == "web.link" then
      replace(name, nil)
    end
  end
  local modules = table.pack(...)
  local good, failure = pcall(function()
    for i = 1, modules.n do
      modules[i] = require(modules[i])
    end
  end)
  for name, module in pairs(before) do
    package.loaded[name] = module or nil
  end
  if not good then
    error(failure, 0)
  end
  return table.unpack(modules, 1, modules.n)
end

return M
