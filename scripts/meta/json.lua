---@meta host.json
-- Types for the editor; never loaded.  Strict RFC 8259: at most 2 MiB, at most 64 levels deep.
--
-- Numbers: a whole number within ±2^53 decodes to an integer however it was written (1, 1.0, 1e0);
-- an integer beyond that is refused, since it would not stay exact; others are floats, which are
-- written with as many digits as they need.

---@class host.json
---@field null lightuserdata JSON's null; decode gives it, encode takes it.  It is true in a test.
local M = {}

--- Raises for what JSON cannot hold: functions and other userdata, NaN, infinity, integers beyond
--- 2^53, strings that are not UTF-8, tables with keys of both kinds, with holes, with a metatable,
--- inside themselves.  The order of members is not defined.  An empty table is {} unless marked.
---@param value any
---@return string text
---@example json.encode({ 1, "a" }) --> '[1,"a"]'
function M.encode(value) end

--- Refuses what is not JSON, invalid UTF-8, half surrogate pairs, a member named twice; and, before any of it is
--- built, what has more levels, or more members and elements in all, than the caller allows.
---@param text string
---@param allowed? { depth: integer?, entries: integer? }
---@return any? value Never nil on success: null is host.json.null.
---@return string? message
---@return host.kind? kind "input"; "limit" for more than was allowed
---@example json.decode('{"a":[1,2]}').a[2] --> 2
function M.decode(text, allowed) end

--- Marks a table as an array, so that it is written as [] when it is empty; decoded arrays are
--- marked already.
---@param t? table A new one if absent.
---@return table t The same table.
---@example json.encode(json.array()) --> "[]"
function M.array(t) end

return M
