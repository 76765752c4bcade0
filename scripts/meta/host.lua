---@meta host
-- Types for the editor; never loaded.
--
-- Rules of every host module: bytes are strings; times are integer unix seconds in UTC; failures
-- of the world return `nil, message, kind`; misuse (a wrong type, a missing argument) raises and
-- names function and argument.  Functions are called with the number of arguments given here, or
-- raise.  Functions marked ---@async wait by yielding: others are served meanwhile; they cannot
-- be called while scripts load, nor inside table.sort, string.gsub or require.

--- io: the world failed (disk, network, server); conflict: a unique key exists, a lock was not
--- got; state: not possible now; timeout: a deadline passed, the outcome of a write is unknown;
--- limit: a bound was reached; input: what was given is malformed; temporary, permanent, auth and
--- policy are of host.smtp alone.
---@alias host.kind "io"|"conflict"|"state"|"timeout"|"limit"|"input"|"temporary"|"permanent"|"auth"|"policy"

--- Settings: those of scripts/config.lua under their names, typed, and these of the host.  One that
--- nobody has set is nil; reading a name that nobody declares raises, and so does assigning.
---@class host.config
---@field public_url string? Without a slash at its end; nil: links are not written into letters.
---@field admin_listen string? "127.0.0.1:8081" or "unix:/path", as the option has it; nil: off.
---@field time_zone string IANA name.
---@field watch boolean Files are watched (--watch): a developer sits before it.
---@field rate_limits boolean
---@field mail "file"|"smtp" Where letters go.
---@field mail_from string The address that letters come from.
---@field mail_connections integer Letters that are handed over at once, by each worker that sends.
---@field reminders boolean Whether this process sends them.
---@field workers integer
---@field [string] any

---@class host.status
---@field disk_free integer? Bytes that are left for the server on the disk of its data folder.
---@field version string
---@field uptime number Seconds.
---@field connections integer Open, of all workers together.
---@field inherited boolean Its counters go on from the program that it has replaced.
---@field stopping boolean The server finishes what runs and begins nothing: long runs of timers should end.
---@field generation integer
---@field digest string Of the generation.
---@field tasks integer Live tasks of this worker.
---@field workers integer

---@class host.binding
---@field name string
---@field min integer Arguments, self included.
---@field max integer -1: any number.
---@field returns string Kinds as in these files, joined by commas.

---@class host
---@field generation integer The number of the generation that this script belongs to.
---@field workers integer
---@field judges boolean Scripts are loaded once for each worker, from the same files: the first time alone they need
--- look for what is wrong with these.
---@field config host.config
local M = {}

--- The bytes of a file of the generation, as it was when the generation was built.
---@param path string "templates/pages/home.html"
---@return string? bytes nil where there is no such file.
function M.read(path) end

--- Headers that every reply of the scripts carries unless it has one of that name itself, such as those that keep a
--- browser safe.  Called while scripts load; raises at a name or value that no header may have, and at a
--- name that was given before.
---@param headers table<string, string>
function M.headers(headers) end

--- The paths of the generation's files that begin with the prefix, sorted.
---@param prefix string "scripts/locales/"
---@return string[] paths
function M.list(prefix) end

--- The lines of a file that a setting names (or the option --metrics-token-file), read when it is asked: without
--- blanks around them, empty ones and those that begin with '#' left out. A setting that nobody has given names none.
---@param name string "put_code_file"
---@return string[]? lines
---@return string? message
---@return host.kind? kind "io"; "limit" for more than 64 KiB
function M.lines(name) end

--- The URL of a file under static/, with its content's hash in it; raises where there is no file.
---@param path string "css/site.css"
---@return string url "/static/css/site.0123abcd.css"
function M.asset(path) end

--- The state of the server.
---@return host.status status
function M.status() end

--- Where a file of the generation was read, for messages: its path, or below the site's folder.
---@param path string "templates/pages/home.html"
---@return string? origin nil where there is no such file.
function M.origin(path) end

--- Where a setting was given, for messages: "--set", "TIMECAPSULE_NAME" or "FILE:LINE".
---@param name string "key_length"
---@return string? source nil where it has its default.
function M.source(name) end

--- What an error says, whatever value it is, to be asked for where it is caught (xpcall's
--- handler): a message, with the place where it was raised before it unless it has one.
---@param err? any
---@return string message "scripts/site.lua:12: an error object {code = 1}"
function M.message(err) end

--- The stack of the running task, to be asked for where an error is caught (xpcall's handler):
--- this coroutine's, then of each that resumed it; before them that of a coroutine that ended
--- with this very error.
---@param err? any
---@return string traceback Without the error itself.
function M.traceback(err) end

--- How the last reload failed; nil where it did not, or unless config.watch.
---@return string? text Every fault with its place and source.
function M.failure() end

---@class host.verdict A line of `timecapsule doctor`, of what the host knows.
---@field verdict "good"|"look"|"BROKEN"
---@field subject string "disk"
---@field text string What was found.
---@field advice string? What to do.

---@class host.checkup
---@field lines host.verdict[] What was found last.
---@field at integer? When; nil: nothing was yet.
---@field judging boolean It is being looked at anew.

--- Is the installation as it should be?  Looks again where the last time was a while ago, and does not wait
--- for what that finds (in a command it does).
---@param again? boolean Looks again unless that was a moment ago.
---@return host.checkup? checkup nil where nobody judges.
function M.checkup(again) end

---@class host.statement
---@field name string "capsule.find", "begin" …
---@field ms number? nil while it runs.
---@field good boolean

--- What a request has asked of the database until now, for the page that shows a developer an
--- error: empty unless config.watch.
---@param request string Its id.
---@return host.statement[] statements
function M.statements(request) end

--- The word that is nearest to a misspelt one; nil where none is near.  '-' and '_' are the same.
---@param word string
---@param words string[]
---@return string?
function M.nearest(word, words) end

--- Asks for a reload, as SIGHUP does: the files are read and judged, and become the next
--- generation if they are good.  Returns at once; the log and `status` tell how it ended.
---@return boolean asked false where there is no server (in a command).
function M.reload() end

--- What the host's modules offer, of those that have been required: specs compare it with these
--- files.
---@return table<string, host.binding[]> lists By module or class.
function M.bindings() end

return M
