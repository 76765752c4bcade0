--- The original's mail settings: the first line of its privilege_key.txt, a dictionary of Python's, such as
--- {'mail_host': 'smtp.example.org', 'mail_user': 'me@example.org', 'mail_pass': '…'}.  It is read as text;
--- what is no name or value between quotes is refused, and nothing of it is run.
local M = {}

--- Of the file.
M.MOST = 4096

local ESCAPES = { n = "\n", t = "\t", r = "\r", ["\\"] = "\\", ["'"] = "'", ['"'] = '"' }

--- A text between quotes from there on, and what is behind it; nil where there is none that is plain.
local function read_text(line, at)
  local quote = line:match("^['\"]", at)
  local parts = {}
  at = quote and at + 1
  while quote do
    local last = line:find("[\\" .. quote .. "]", at)
    if not last then
      return nil
    end
    parts[#parts + 1] = line:sub(at, last - 1)
    if line:sub(last, last) == quote then
      return table.concat(parts), last + 1
    end
    local escape = ESCAPES[line:sub(last + 1, last + 1)]
    if not escape then
      return nil
    end
    parts[#parts + 1] = escape
    at = last + 2
  end
end

local function skip(line, at, sign)
  return line:match("^%s*" .. sign .. "%s*()", at)
end

---@param text string
---@return table<string, string>? settings
---@return string? message
function M.read(text)
  local line = text:gsub("^\xef\xbb\xbf", ""):match("^[^\r\n]*")
  local settings = {}
  local at = skip(line, 1, "{")
  while at and not skip(line, at, "}") do
    local name, value
    name, at = read_text(line, at)
    at = name and skip(line, at, ":")
    if at then
      value, at = read_text(line, at)
      settings[name] = value
    end
    at = value and (skip(line, at, ",") or skip(line, at, "}") and at)
  end
  if not at or not line:find("^%s*}%s*$", at) then
    return nil, "its first line is no dictionary of texts: {'mail_host': '…', 'mail_user': '…', 'mail_pass': '…'}"
  end
  for _, name in ipairs({ "mail_host", "mail_user", "mail_pass" }) do
    if not settings[name] or settings[name] == "" then
      return nil, ("it has no '%s'"):format(name)
    end
  end
  return settings
end

local function percent(text)
  return (text:gsub("[^%w.@_-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

--- The lines of our configuration.  It sent by TLS on port 465; the password belongs into a file.
---@param settings table<string, string>
---@return string[] lines
function M.lines(settings)
  return { ("mail = smtps://%s@%s:465"):format(percent(settings.mail_user), percent(settings.mail_host)),
    "mail-password-file = /etc/timecapsule/mail-password" }
end

return M
