---@meta host.smtp
-- Types for the editor; never loaded.
--
-- One letter to one person.  Where it goes is the host's option --mail: a mail server, or a folder
-- with one .eml file per letter (host.config.mail says "smtp" or "file").
--
-- Addresses are `local@domain`: quoted local parts, display names and second addresses are refused
-- (kind "input"), a domain in other letters is sent in its ASCII form, a local part in other letters
-- is refused.  A line break or another control character in an address, a name, a subject or a
-- header is refused too.  Subject, names and headers may be in any language; the host encodes them.
--
-- Kinds of failure besides "input" and "limit":
--   temporary  unreachable, TLS, a time-out, a 4xx reply: try again later
--   permanent  a 5xx reply about this recipient or this letter: it will never be taken
--   auth       password or account is refused: no letter would be taken
--   policy     a 5xx reply about us: sender, relaying, a day's limit, the server's rules (RFC 3463's
--              x.1.7, x.1.8, x.3, x.4, x.7, or nothing that names the recipient)
-- Messages hold the server's words, the recipient in them masked; they may be logged.

---@class host.smtp.person
---@field address string
---@field name? string

---@class host.smtp.attachment
---@field name string
---@field data string Bytes.
---@field type? string "text/calendar; method=PUBLISH"; default application/octet-stream.

---@class host.smtp.letter
---@field to string|host.smtp.person
---@field from? string|host.smtp.person Default: host.config.mail_from.
---@field subject string
---@field text? string One of text and html is needed; with both, a mail program chooses.
---@field html? string
---@field headers? table<string, string> Message-ID, Date and Auto-Submitted replace the host's; not To, Cc, Bcc …
---@field attachments? host.smtp.attachment[]

---@class host.smtp.receipt
---@field id string The Message-ID, "<…@…>".
---@field reply string The server's words ("250 2.0.0 queued as 42"), or the file's name.

---@class host.smtp
local M = {}

--- Hands a letter over; returns once the server has taken it or has not.  A client that goes
--- meanwhile does not end it; a deadline does, and the letter may then have been taken.
---@async
---@param letter host.smtp.letter
---@return host.smtp.receipt? receipt
---@return string? message
---@return host.kind? kind
---@example smtp.send({ to = "ann@example.org", subject = "Later", text = "Hello" }).id ~= nil --> true
function M.send(letter) end

--- An address as it is sent: the local part as it was typed, the domain in ASCII.  The one
--- judgement of what is an address: what this takes, `send` takes.
---@param text string
---@return string? address
---@return string? message In words that do not repeat the text.
---@return host.kind? kind "input"
---@example smtp.address("ann@example.org") --> "ann@example.org"
function M.address(text) end

--- An address as people write it: the domain in its own letters.
---@param address string
---@return string
---@example smtp.shown("ann@xn--mnchen-3ya.example") --> "ann@münchen.example"
function M.shown(address) end

return M
