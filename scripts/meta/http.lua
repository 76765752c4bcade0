---@meta host.http
-- Types for the editor; never loaded.
--
-- Asks other servers.  TLS is verified, connections are kept, and no proxy or other word of the
-- environment has a say.  Addresses that are not of the public Internet (this machine, private
-- networks, link-local ones …) are refused once a name has been resolved, for redirects too, unless
-- the option --fetch-allow names them.
--
-- Kinds of failure:
--   input    it is no URL of http or https, or it holds a user or a password
--   policy   its address must not be fetched from
--   timeout  the answer was not whole in time; what was asked may have been done
--   limit    the answer is longer than max, its head than 64 KiB; too many redirects; 8 fetches of this
--            task (task.each counts with it) or 32 of this worker are under way
--   io       no such name, nobody there, no TLS, no HTTP, a redirect to what is not http or https
-- Every answer of a server is an answer, whatever its status.  A message may name an address of the
-- inner network: for the log, not for visitors.

---@class host.http.request
---@field url string "https://…" or "http://…".
---@field method? string GET (default), HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
---@field headers? table<string, string> Not Host, Content-Length and what else is about the connection.
---@field body? string Bytes; of no type but the one that Content-Type among the headers says.
---@field timeout? number Seconds for all of it; 10 by default, at most 60.
---@field max? integer Bytes of the answer's body; 1 MiB by default, at most 8 MiB, charged to the task beforehand.
---@field redirects? integer How many a GET, HEAD or POST follows; 3 by default, at most 10; 0: the 3xx is the answer.

---@class host.http.answer
---@field status integer
---@field headers table<string, string> Names in lower case; what came more than once is joined by ", ".
---@field body string
---@field url string The one that answered, after redirects.

---@class host.http
local M = {}

--- Asks and waits for the whole answer.  A client that goes meanwhile ends a GET or HEAD, and nothing
--- else; the task's deadline ends any.  Headers of the request go where a redirect leads, but for
--- Authorization and Cookie, which another server does not get; what began by https stays there.
---@async
---@param request host.http.request
---@return host.http.answer? answer
---@return string? message
---@return host.kind? kind
---@example http.fetch({ url = "https://hooks.example/", method = "POST", body = "{}" }).status --> 204
function M.fetch(request) end

return M
