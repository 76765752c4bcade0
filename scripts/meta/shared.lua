---@meta host.shared
-- Types for the editor; never loaded.  What all workers and generations of this process share;
-- in memory, lost at its end.

---@class host.shared
local M = {}

--- The space of that name, made on first use.  A full space evicts what expires first, else what
--- was written longest ago.  The latest `max` counts for all users of the space, also when it was
--- left out: give it at one place.  Given while loading it counts once the generation is current.
--- Values cannot be written while loading.  Kind "limit": there are too many spaces.
---@param name string 1 to 64 bytes.
---@param options? { max: integer? } Keys it may hold, 1 to 1000000; 10000 if absent.
---@return host.shared.space? space
---@return string? message
---@return host.kind? kind
---@example local space = shared.space("site.visits", { max = 1000 })
---@example space:set("home", 1) --> true
function M.space(name, options) end

--- Keys are strings of 1 to 256 bytes; values strings of at most 64 KiB, numbers or booleans.
---@class host.shared.space : userdata
local Space = {}

--- What is kept under a key.
---@param key string
---@return string|number|boolean|nil value nil where there is none (any more).
---@example shared.space("site.visits"):get("nobody") --> nil
function Space:get(key) end

--- Keeps a value, for so many seconds where they are given.
---@param key string
---@param value string|number|boolean
---@param ttl? number Seconds until it is gone; for ever if absent.
---@return boolean? done true
---@return string? message
---@return host.kind? kind
---@example shared.space("site.visits"):set("ann", "today", 60) --> true
function Space:set(key, value, ttl) end

--- Adds to an integer that starts at 0, in one step for all workers.  Kind "state": the key holds
--- something else.
---@param key string
---@param by? integer 1 if absent; may be negative.
---@param ttl? number Seconds; counts from the first call that made the key, not from later ones.
---@return integer? sum
---@return string? message
---@return host.kind? kind
---@example shared.space("site.counted"):incr("home") --> 1
function Space:incr(key, by, ttl) end

--- Forgets a key.
---@param key string
---@example shared.space("site.visits"):delete("ann")
function Space:delete(key) end

return M
