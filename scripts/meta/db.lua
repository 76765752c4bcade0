---@meta host.db
-- Types for the editor; never loaded.
--
-- Statements are named and live in sql/queries/*.sql; parameters are `:named`.  A name or a
-- parameter that does not exist is an error when the generation is built, which is why names and
-- the keys of a table of arguments are written literally at the call.
--
-- Arguments: nil is NULL; integers, floats and strings are themselves; booleans become 0 and 1;
-- a string is text unless the statement lists its parameter under `-- bytes:`.  Rows: NULL is
-- nil, text and bytes are strings.

---@alias host.db.value string|number|boolean
---@alias host.db.args table<string, host.db.value>
---@alias host.db.row table<string, string|number>

---@class host.db.outcome
---@field affected integer Rows that were changed.
---@field id integer Of the last inserted row, else 0.

---@class host.db.answer : host.db.outcome
---@field rows host.db.row[] Of a statement that returns rows; else empty.

---@class host.db
local M = {}

--- The first row.  nil without a message: there is none.
---@async
---@param name string
---@param args? host.db.args
---@return host.db.row? row
---@return string? message
---@return host.kind? kind
---@example db.one("site.note", { id = 1 }).words --> "Hello"
function M.one(name, args) end

--- Every row.
---@async
---@param name string
---@param args? host.db.args
---@return host.db.row[]? rows
---@return string? message
---@return host.kind? kind
---@example #db.all("site.notes") --> 1
function M.all(name, args) end

--- Runs a statement that changes something; returns once that is durable.  Kind "timeout": it may
--- or may not have happened.
---@async
---@param name string
---@param args? host.db.args
---@return host.db.outcome? outcome
---@return string? message
---@return host.kind? kind
---@example db.exec("site.note_add", { words = "Later" }).affected --> 1
function M.exec(name, args) end

--- Several statements, all or nothing, in one round trip where the database can.
---@async
---@param calls { [1]: string, [2]: host.db.args? }[]
---@return host.db.answer[]? answers One per call.
---@return string? message
---@return host.kind? kind
---@example #db.batch({ { "site.note_add", { words = "a" } }, { "site.note_add", { words = "b" } } }) --> 2
function M.batch(calls) end

--- Calls fn with an open transaction and commits when it returns; at most 2 seconds, while other
--- writers wait: prefer exec and batch.  Raising rolls back and goes on raising; returning nil and
--- a message rolls back.  Inside, a write or a transaction that is not by the handle raises, in tasks of
--- host.task.each too: it would wait for the transaction that waits for it.
---@async
---@param fn fun(tx: host.db.tx): ...
---@return any ... What fn returned, or nil, message, kind where the commit failed.
---@example db.tx(function(tx) return tx:exec("site.note_add", { words = "a" }).affected end) --> 1
function M.tx(fn) end

--- Folds the database's journal into its files, so that what was overwritten before is in neither.
--- SQLite: its write-ahead log, truncated; kind "conflict" while somebody reads an older state, try
--- again later.  MariaDB has no such call: true at once.
---@async
---@return boolean? done
---@return string? message
---@return host.kind? kind
---@example (select("#", db.checkpoint()) > 0) --> true
function M.checkpoint() end

--- Waits until what other nodes of a Galera cluster have committed shows on the one that is asked, at
--- most a second.  A node has it a little later: what is not there may have been committed a moment ago
--- by way of another, so a read that found nothing is worth repeating after this.
---@async
---@return boolean? waited false, at once, where the database is no cluster: nothing can be late.
---@return string? message
---@return host.kind? kind
---@example (db.catch_up() ~= nil) --> true
function M.catch_up() end

--- Can the database be written to, as far as is known without trying?  Does not yield.
---@return boolean? well
---@return string? message Why not, for the person who runs the server.
---@return host.kind? kind
---@example db.well() --> true
function M.well() end

--- An open transaction; ended when the function that got it returns.
---@class host.db.tx : userdata
local Tx = {}

--- As host.db.one, inside the transaction; sees its own changes.
---@async
---@param name string
---@param args? host.db.args
---@return host.db.row? row
---@return string? message
---@return host.kind? kind
---@example db.tx(function(tx) return tx:one("site.note", { id = 1 }).words end) --> "Hello"
function Tx:one(name, args) end

--- As host.db.all, inside the transaction.
---@async
---@param name string
---@param args? host.db.args
---@return host.db.row[]? rows
---@return string? message
---@return host.kind? kind
---@example db.tx(function(tx) return #tx:all("site.notes") end) --> 1
function Tx:all(name, args) end

--- As host.db.exec, inside the transaction: durable only with its commit.
---@async
---@param name string
---@param args? host.db.args
---@return host.db.outcome? outcome
---@return string? message
---@return host.kind? kind
---@example db.tx(function(tx) return tx:exec("site.note_add", { words = "a" }).affected end) --> 1
function Tx:exec(name, args) end

--- As host.db.batch, inside the transaction: all of it or nothing, durable only with its commit.
---@async
---@param calls host.db.call[]
---@return host.db.outcome[]? outcomes
---@return string? message
---@return host.kind? kind
---@example db.tx(function(tx) return #tx:batch({ { "site.note_add", { words = "a" } } }) end) --> 1
function Tx:batch(calls) end

return M
