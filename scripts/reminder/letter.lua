--- Makes a letter of a row: templates/mail in the person's language, and what machines read.
---
--- The first line of the text template is the subject; a line without text ends it.  No word that
--- a visitor typed is in a letter: nobody can make this server say theirs to a stranger.
---
--- What a template in templates/mail sees (docs/reminders.md; reminder/rehearsal.lua shows it samples of it):
---   letter opened opens_text created_text                       always
---   opt.letters opt.closes_text opt.add_link                    of the letter `closing`
---   opt.key_groups opt.link opt.choice opt.stop_code opt.late_text opt.canary   where there is one
local config = require("host").config
local clock = require("host.clock")
local crypto = require("host.crypto")
local host = require("host")
local mailbox = require("reminder.mailbox")
local i18n = require("text.i18n")
local moment = require("text.moment")
local template = require("text.template")
local link = require("web.link")

local M = {}

--- The template of a letter's name, or the one for all that have none.
local function template_of(letter)
  local has_own = host.read(("templates/mail/%s.txt"):format(letter)) ~= nil
  return has_own and letter or "reminder"
end

--- "abcdefgh" as "abcd-efgh".
local function groups(key)
  return (key:gsub("%w%w%w%w", "%0-"):gsub("%-$", ""))
end

--- A language that the server no longer speaks gives way to English.
local function language(lang)
  return i18n.match(lang) or i18n.DEFAULT
end

--- Where the reader says yes or no; nil without a public address.
local function choice_link(address)
  return link.to("/confirm?t=" .. mailbox.token(address))
end

local CANARY = "time-capsule canary|%d"

--- The link by which a canary's letter is answered: when it was made, and a MAC over that.
local function canary_link(row)
  local mac = crypto.hmac(assert(crypto.secret("canary")), CANARY:format(row.created_at))
  return link.to("/canary?t=" .. crypto.base64url(string.pack(">i8", row.created_at) .. mac))
end

--- When the letter of a canary's link was made; nil for what is none.
---@param token any
---@return integer? made_at
function M.read_canary(token)
  local bytes = type(token) == "string" and #token < 100 and crypto.from_base64url(token)
  if not bytes or #bytes ~= 40 then
    return nil
  end
  local made_at, given = string.unpack(">i8", bytes), bytes:sub(9)
  for _, secret in ipairs(crypto.secrets("canary")) do
    if crypto.equal(crypto.hmac(secret, CANARY:format(made_at)), given) then
      return made_at
    end
  end
  return nil
end

--- The subject and the rest of what a text template makes.
local function text_of(name, lang, context)
  local subject, rest = template.render(name .. ".txt", lang, context):match("^([^\n]+)\n\n(.*)$")
  if not subject then
    local path = ("templates/%s.txt"):format(name)
    error(host.origin(path) .. ":1: the first line of a letter is its subject, and an empty line follows it", 0)
  end
  return subject, rest
end

--- A letter in words, of what its templates are to see.
---@param letter string
---@param lang string
---@param context table
---@return string subject
---@return string text
---@return string html
function M.render(letter, lang, context)
  local name = "mail/" .. template_of(letter)
  local subject, text = text_of(name, lang, context)
  return subject, text, template.render(name, lang, context)
end

--- List-Unsubscribe and its one click (RFC 8058): mail programs show a button for it.
local function headers(message_id, choice)
  return {
    ["Message-ID"] = message_id,
    ["List-Unsubscribe"] = choice and "<" .. choice .. ">",
    ["List-Unsubscribe-Post"] = choice and choice:find("^https:") and "List-Unsubscribe=One-Click",
  }
end

--- A letter that comes long after its time says so.
local LATE = 6 * 3600

local function late(row)
  return row.due_at and clock.now() - row.due_at > LATE
end

---@alias reminder.Filler fun(context: table, row: table, contents: reminder.Contents, t: fun(key: string): string)

---@type table<string, reminder.Filler> by the letter's name
local fillers = {}

--- While loading: who knows what the letters of that name tell besides fills it in, or raises where that fails.
---@param name string
---@param fill reminder.Filler
function M.fills(name, fill)
  fillers[name] = fill
end

--- A letter for host.smtp.send.
---@param row { letter: string, capsule_id: integer?, due_at: integer?, message_id: string, opens_at: integer,
---       created_at: integer }
---@param contents reminder.Contents
---@return host.smtp.letter
function M.build(row, contents)
  local lang = language(contents.lang)
  local t = i18n.translator(lang)
  local choice = choice_link(contents.mailbox)
  local context = {
    letter = row.letter,
    opened = row.opens_at <= clock.now(),
    opens_text = moment.text(t, row.opens_at, contents.zone),
    created_text = moment.text(t, row.created_at, contents.zone),
    key_groups = contents.key and groups(contents.key),
    link = link.to("/open" .. (contents.key and "#" .. contents.key or "")),
    choice = choice,
    late_text = late(row) and moment.text(t, row.due_at, contents.zone) or nil,
    canary = row.letter == "canary" and canary_link(row) or nil,
    stop_code = not choice and mailbox.token(contents.mailbox) or nil,
  }
  if fillers[row.letter] then
    fillers[row.letter](context, row, contents, t)
  end
  local subject, text, html = M.render(row.letter, lang, context)
  return {
    to = contents.mailbox,
    subject = subject,
    text = text,
    html = html,
    headers = headers(row.message_id, choice),
  }
end

--- A letter that only shows that letters arrive.
---@param address string
---@param lang string
---@return host.smtp.letter
function M.trial(address, lang)
  lang = language(lang)
  local t = i18n.translator(lang)
  local subject, text = text_of("mail/trial", lang, { sent_text = moment.text(t, clock.now(), config.time_zone) })
  return { to = address, subject = subject, text = text }
end

return M
