---@meta host.log
-- Types for the editor; never loaded.
--
-- One line per call.  The host adds request id, route and generation; fields are written in the
-- order of their names.
--
-- Nothing personal belongs here: no key, mailbox, name, contents, password, token or query.  A
-- field called body, content, email, key, mailbox, name, password, query, secret or token raises,
-- whatever the level, so that a slip shows in the first spec.  A field with a name that the host
-- writes itself (generation, level, message, request, route, time) gets an underscore behind it.

---@alias host.log.fields table<string, string|number|boolean> At most 16; names of a-z, 0-9 and _.

---@class host.log
local M = {}

--- One line, shown with `--log-level debug`.
---@param message string
---@param fields? host.log.fields
---@example log.debug("a page was kept", { page = "/wall" })
function M.debug(message, fields) end

--- One line of what happens.
---@param message string
---@param fields? host.log.fields
---@example log.info("a sentence was added", { id = 7 })
function M.info(message, fields) end

--- One line of what somebody should look at.
---@param message string
---@param fields? host.log.fields
---@example log.warn("nobody was thanked", { error = "it is away" })
function M.warn(message, fields) end

--- One line of what has failed.
---@param message string
---@param fields? host.log.fields
---@example log.error("the wall is full", { sentences = 1000 })
function M.error(message, fields) end

return M
