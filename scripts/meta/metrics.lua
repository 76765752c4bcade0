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
---@example metrics.counter("site_sentences_total", { language = "en" })
function M.counter(name, labels, by) end

--- Sets a gauge.
---@param name string
---@param value number
---@param labels? host.metrics.labels
---@example metrics.gauge("site_waiting", 3)
function M.gauge(name, value, labels) end

--- Counts a duration; buckets from 1 ms to 10 s.
---@param name string "mail_send_seconds"
---@param seconds number
---@param labels? host.metrics.labels
---@example metrics.histogram("site_hook_seconds", 0.25)
function M.histogram(name, seconds, labels) end

--- Says what a name means, for HELP, and has its series there with 0 before anything is recorded; allowed while scripts
--- are loading.  Without `sets` that is the one series without labels.  Raises for a name of another type.
---@param name string
---@param type "counter"|"gauge"|"histogram"
---@param help string One line.
---@param sets? host.metrics.labels[] One series each; empty: none yet.  At most 100.
---@loading metrics.describe("site_sentences_total", "counter", "Sentences on the wall.")
function M.describe(name, type, help, sets) end

--- Every series as Prometheus' text format 0.0.4.
---@return string text
---@example (#metrics.render() > 0) --> true
function M.render() end

return M
