---@meta request
-- Types for the editor; never loaded.  What the host gives to `handle` of scripts/main.lua, and
-- what it takes back.

--- One request.  Fields that are nowhere in this list are nil and may be set, to hand values from
--- one function to the next (`req.params`, `req.lang`); `req.route = name` is also what the
--- access log shows.  A request that has been answered raises when it is read: keep values of it,
--- not the request.
---@class request
---@field method string "GET", "POST" …
---@field path string Decoded, UTF-8, begins with "/".
---@field target string Path and query as they were sent.  May carry secrets: never log it.
---@field headers table<string, string> Name in lower case → its value, as `header()` gives it.
---@field query table<string, string> Name → its last value, decoded.
---@field form table<string, string> As query, of an urlencoded or multipart body; else empty.
---@field files table<string, request.file> What a multipart form uploaded, by field; the last of each.
---@field body string The raw bytes; at most what its route takes. Empty for a path that is in no route.
---@field ip string The client's address as text, as trusted proxies tell it; "" on a Unix socket
---       whose peers are not trusted.
---@field client string? Whom limits count it for: its address, of IPv6 the first 64 bits; nil for
---       those without a limit (trusted proxies, Unix sockets, this machine until a proxy is named).
---       Where a proxy does not tell, or headers contradict each other, the proxy's, or "unix:".
---@field customer string? The first 48 bits of an IPv6 client, for a wider limit; nil for others.
---@field scheme string "http", or "https" behind a trusted proxy.
---@field id string 16 hexadecimal digits: in the log and on error pages.
---@field generation integer The number of the generation that serves it.
---@field deadline number Unix seconds by which it is answered, or answered for it.
---@field admin boolean Came in on the admin listener.
---@field preview boolean Its browser looks at a candidate: everybody else is served by another generation.
---@field over string|false The rate of its route at which this client asks too often; body and form are then empty.
---@field wait integer? The seconds for which it has to wait then.
---@field refused 400|413|415|503|false The status that the message itself deserves; form is then empty.
---@field refusal string? One sentence for it.
---@field route string? The name that was set.
local Request = {}

---@class request.file
---@field filename string As the browser sent it; never a path to be trusted.
---@field type string Its Content-Type, or "".
---@field data string Its bytes.

--- What `handle` returns.  With `file`, the bytes are those of a file of the generation and the
--- host adds type and ETag.  Content-Length, Date and HEAD are the host's work.  CR or LF in a
--- header raises, and so does one name in two spellings.
---@class reply
---@field status integer? 200 if absent.
---@field headers table<string, string|string[]>? An array sends the header once for each.
---@field body string|(string|number)[]|nil An array is sent as one text, part after part; at most 16 MiB.
---@field file string? "static/favicon.ico", instead of body.
---@field stream fun(write: fun(text: string|number))? Instead of body: writes it, see reply.stream.

--- The header of that name; ASCII case does not matter.  Lines of one name are joined where it is a list (Accept-…,
--- Cache-Control, Forwarded, Cookie …); of others the first stands.
---@param name string
---@return string? value
function Request:header(name) end

--- Every value of that name: the form's, then the query's, then uploaded files; in their order.
---@param name string
---@return (string|request.file)[] values
function Request:all(name) end

--- The first cookie of that name.
---@param name string
---@return string? value
function Request:cookie(name) end

return Request
