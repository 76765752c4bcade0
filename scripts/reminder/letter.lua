--- Makes a letter of a row: templates/mail in the person's language, and what machines read.
---
--- The first line of the text template is the subject; a line without text ends it.  No word that
--- a visitor typed is in a letter: nobody can make this server say theirs to a stranger.
local config = require("host").config
local clock = require("host.clock")
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

--- The subject and the rest of a rendered text.
local function split(text)
  local subject, rest = text:match("^([^\n]+)\n\n(.*)$")
  if not subject then
    error("the first line of a letter is its subject, and an empty line follows it", 0)
  end
  return subject, rest
end

--- List-Unsubscribe and its one click (RFC 8058): mail programs show a button for it.
local function headers(message_id, choice)
  return {
    ["Message-ID"] = message_id,
    ["List-Unsubscribe"] = choice and "<" .. choice .. ">",
    ["List-Unsubscribe-Post"] = choice and choice:find("^https:") and "List-Unsubscribe=One-Click",
  }
end

--- A letter for host.smtp.send.
---@param row { letter: string, message_id: string, opens_at: integer, created_at: integer }
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
    stop_code = not choice and mailbox.token(contents.mailbox) or nil,
  }
  local name = "mail/" .. template_of(row.letter)
  local subject, text = split(template.render(name .. ".txt", lang, context))
  return {
    to = contents.mailbox,
    subject = subject,
    text = text,
    html = template.render(name, lang, context),
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
  local subject, text = split(template.render("mail/trial.txt", lang, {
    sent_text = moment.text(t, clock.now(), config.time_zone),
  }))
  return { to = address, subject = subject, text = text }
end

return M
