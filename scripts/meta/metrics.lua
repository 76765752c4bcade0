---@meta host.metrics
-- Types for the editor; never loaded.
--
-- Series of the process, read at /metrics of the admin listener in Prometheus' text format.  A
-- series is made by its first use.  Names: a-z, 0-9 and _.  Label values come from a small fixed
-- set, never from users: each new one is a new series, and their number is bounded.  Recording
-- raises while scripts are loading.

---@alias host.metrics.labels table<string, string|number|boolean> At most four.

---@class host.metrics
local M = {}

--- Adds to a counter.
---@param name string "capsules_put_total"
---@param labels? host.metrics.labels
---@param by? number Not negative; 1 if absent.
function M.counter(name, labels, by) end

--- Sets a gauge.
---@param name string
---@param value number
---@param labels? host.metrics.labels
function M.gauge(name, value, labels) end

--- Counts a duration; buckets from 1 ms to 10 s.
---@param name string "mail_send_seconds"
---@param seconds number
---@param labels? host.metrics.labels
function M.histogram(name, seconds, labels) end

--- Every series as Prometheus' text format 0.0.4.
---@return string text
function M.render() end

return M
