---@meta host.command
-- Types for the editor; never loaded.
--
-- For commands alone (scripts/commands): both block, and raise where a server runs the script.

---@class host.command
local M = {}

--- A file outside of the application, to be read in pieces; closed by the collector.
---@param path string
---@return host.command.source? source
---@return string? message
---@return host.kind? kind "io"
function M.open(path) end

--- Shows how far a long job is: a bar with rate and the time that is left on a terminal, lines now and
--- then elsewhere.  From then on SIGINT and SIGTERM ask the job to stop; a second one ends the program.
---@param what string "importing"
---@param unit string "rows"
---@return host.command.progress progress
function M.progress(what, unit) end

--- Begins a file of lines, compressed by zstd with a checksum of what is in it: beside its name, which
--- it takes when it is finished, and its owner's alone.
---@param path string
---@return host.command.packer? packer
---@return string? message
---@return host.kind? kind "io", or "input" where the name is that of a file of another kind.
function M.pack(path) end

--- Such a file, to be read line by line.
---@param path string
---@return host.command.unpacker? unpacker
---@return string? message
---@return host.kind? kind "io"
function M.unpack(path) end

--- The database as it is now, however long it takes to read it: with a connection of its own.
---@return host.command.rows? rows Whose query() takes names of statements that read, without parameters.
---@return string? message
---@return host.kind? kind
function M.snapshot() end

--- Somebody else's database server, however old: it is asked for nothing but what is queried.
---@param url string "mariadb://user@host/database"
---@param password? string
---@return host.command.rows? rows Whose query() takes SQL.
---@return string? message
---@return host.kind? kind
function M.guest(url, password) end

--- The server secrets as the secret file has them, the current one first.
---@return string text
function M.secrets() end

--- Makes the secrets of such a text the current ones, from the next start on; those that were here
--- stay known.
---@param text string
---@return boolean? done
---@return string? message
---@return host.kind? kind
function M.adopt_secrets(text) end

---@class host.command.packer : userdata
local Packer = {}

---@param bytes string
---@return boolean? done
---@return string? message
---@return host.kind? kind "io"
function Packer:write(bytes) end

--- The file has its name, and is on the disk.
---@return boolean? done
---@return string? message
---@return host.kind? kind "io"
function Packer:finish() end

--- Removes what is not finished, as the collector would.
function Packer:drop() end

---@class host.command.unpacker : userdata
local Unpacker = {}

--- The next line, without its end; nil without a message at the end of a file that is whole.
---@return string? line
---@return string? message
---@return host.kind? kind "io"; "input": the file is damaged; "limit": a line of more than 8 MiB.
function Unpacker:line() end

---@return integer at Bytes of the file that were read.
---@return integer size
function Unpacker:position() end

---@class host.command.rows : userdata
local Rows = {}

--- Begins to read; what was being read before has ended.
---@param what string
---@return boolean? done
---@return string? message
---@return host.kind? kind
function Rows:query(what) end

---@return host.db.row? row nil without a message behind the last.
---@return string? message
---@return host.kind? kind
function Rows:next() end

---@class host.command.source : userdata
local Source = {}

--- The next bytes; nil without a message at the end.
---@param n integer 1 to 1 MiB: at most so many.
---@return string? bytes
---@return string? message
---@return host.kind? kind "io"
function Source:read(n) end

---@return integer bytes The file's size when it was opened.
function Source:size() end

---@class host.command.progress : userdata
local Progress = {}

--- As often as wanted.
---@param done integer
---@param total integer 0: it is not known.
---@return boolean goes_on false once the job shall stop.
function Progress:tell(done, total) end

--- Clears the bar.
function Progress:done() end

return M
