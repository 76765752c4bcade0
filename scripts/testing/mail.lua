--- Letters of an example: they go into `outbox` instead of to anybody.
local smtp = require("host.smtp")

local M = {}

--- What was handed over, the oldest first: to, subject, text, html, headers, as host.smtp.send got them.
---@type host.smtp.letter[]
M.outbox = {}

---@type { message: string, kind: string }?
local failure

--- From now on no letter is taken; without a kind, every one again.
---@param kind "temporary"|"permanent"|"auth"|"policy"|nil
function M.fail(kind)
  failure = kind and { message = "the spec's mail server says " .. kind, kind = kind } or nil
end

--- Sends what is due, as the server does each second.
---@return table pass how many were sent, put off, failed …
function M.deliver()
  require("reminder.trouble").taken() -- no pause of an earlier example
  return (require("reminder.deliver").pass())
end

local function address_of(party)
  return type(party) == "table" and party.address or party
end

local function send(letter)
  if type(letter) ~= "table" or type(letter.subject) ~= "string" or not (letter.text or letter.html) then
    error("host.smtp.send: a letter is { to =, subject =, text = or html = }", 2)
  elseif failure then
    return nil, failure.message, failure.kind
  end
  local address, message, kind = smtp.address(address_of(letter.to) or "")
  if not address then
    return nil, message, kind
  end
  M.outbox[#M.outbox + 1] = letter
  return { id = ("<%d@spec>"):format(#M.outbox), reply = "250 kept by the spec" }
end

--- Puts ours in the place of the host's.
function M.install()
  smtp.send = send
end

--- An empty outbox, and a server that takes everything.
function M.reset()
  for i = #M.outbox, 1, -1 do
    M.outbox[i] = nil
  end
  failure = nil
end

return M
