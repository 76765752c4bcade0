---@meta host.lexer
--- What Lua sources say literally, for checks while scripts load.  Nothing is compiled: what is no Lua gives odd
--- answers.  A literal is what stands between its quotes, its escapes not resolved.  And what was found out about a
--- source, kept by the process for its next generations.
---@class host.lexer
local M = {}

---@class host.lexer.Call
---@field name string
---@field owner string? The name before its dot.
---@field value string The literal.
---@field at integer Which argument it is: the first, or the second behind a single word.
---@field line integer Of the literal.
---@field given table<string, true>? The names in the literal table behind it, which ends the call; none: there is no
---       argument more.  Nil where nobody knows.

--- Calls of functions of these names that have a literal string for their first or second argument.  Methods
--- (`x:t("…")`) and definitions are none.
---@param source string
---@param names table<string, any>
---@return host.lexer.Call[] calls
function M.calls(source, names) end

--- Every `["key"] =`, in the order of the source.
---@param source string
---@return { key: string, line: integer }[] keys
function M.keys(source) end

--- All of a source in tokens: their texts joined are the source again.  Its first character is on that line.
---@param source string
---@param line integer
---@return { kind: "space"|"comment"|"name"|"number"|"string"|"op", text: string, line: integer }[] tokens
function M.tokens(source, line) end

--- What was found out about a source under that name; nil where nothing is kept (any more).
---@param source string
---@param name string
---@return string? found
function M.recall(source, name) end

--- Keeps what was found out about a source: what is true of it in every generation.
---@param source string
---@param name string
---@param found string
function M.remember(source, name, found) end

return M
