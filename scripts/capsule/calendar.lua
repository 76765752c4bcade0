--- A calendar entry with an alarm at the opening time (RFC 5545), for those who want no mail.
---
--- Pure text.  Lines end with CR LF and are folded at 75 octets, never inside a character.  The
--- UID is a hash: a calendar shares UIDs freely, and whoever sees one must not get the key.
local clock = require("host.clock")
local crypto = require("host.crypto")

local M = {}

---@class calendar.Entry
---@field key string
---@field opens_at integer
---@field created_at integer
---@field host string       The right side of the UID: our public name.
---@field summary string
---@field description string
---@field link string?

local FOLD = 75

local function escape(text)
  return (text:gsub("[\\;,]", "\\%0"):gsub("\r?\n", "\\n"))
end

--- Breaks one line: every piece but the first begins with a space, which counts.
local function fold(line)
  local pieces, from, room = {}, 1, FOLD
  while #line - from + 1 > room do
    local to = from + room
    while line:byte(to) & 0xC0 == 0x80 do
      to = to - 1
    end
    pieces[#pieces + 1] = line:sub(from, to - 1)
    from, room = to, FOLD - 1
  end
  pieces[#pieces + 1] = line:sub(from)
  return table.concat(pieces, "\r\n ")
end

local function stamp(unix)
  return clock.format(unix, "UTC", "%Y%m%dT%H%M%SZ")
end

--- The whole file.
---@param entry calendar.Entry
---@return string
function M.render(entry)
  local uid = crypto.hex(crypto.hash(entry.key, "tc-calendar-v1"):sub(1, 16))
  local lines = {
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Time Capsule//Time Capsule//EN",
    "CALSCALE:GREGORIAN",
    "BEGIN:VEVENT",
    ("UID:%s@%s"):format(uid, entry.host),
    "DTSTAMP:" .. stamp(entry.created_at),
    "DTSTART:" .. stamp(entry.opens_at),
    "DURATION:PT15M",
    "SUMMARY:" .. escape(entry.summary),
    "DESCRIPTION:" .. escape(entry.description),
    "CLASS:PRIVATE",
    "TRANSP:TRANSPARENT",
  }
  if entry.link then
    lines[#lines + 1] = "URL:" .. entry.link
  end
  for _, line in ipairs({
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "TRIGGER:PT0S",
    "DESCRIPTION:" .. escape(entry.summary),
    "END:VALARM",
    "END:VEVENT",
    "END:VCALENDAR",
  }) do
    lines[#lines + 1] = line
  end
  for i, line in ipairs(lines) do
    lines[i] = fold(line)
  end
  return table.concat(lines, "\r\n") .. "\r\n"
end

return M
