--- Makes every letter of sample data when everything has been loaded: a slip in one of its templates is told then, and
--- not when the letter is due, which may be in years.
local host = require("host")
local letter = require("reminder.letter")
local policy = require("reminder.policy")
local i18n = require("text.i18n")
local moment = require("text.moment")

local M = {}

local YEAR = 365 * 86400

--- The names that a template asks for by `opt.`, since a letter may lack them.
local OPTIONAL = { "add_link", "canary", "choice", "closes_text", "key_groups", "late_text", "letters", "link",
  "stop_code" }

--- What a letter sees: all that there may be, as little as there can be without a public address, and with one but
--- without a key.  The question whether letters are welcome is never asked without an address for the answer.
---@param name string
---@param t fun(key: string, args?: table): string
---@return table[] contexts
function M.samples(name, t)
  local now = moment.text(t, YEAR, host.config.time_zone)
  local function context(more)
    more.letter, more.opens_text, more.created_text, more.opened = name, now, now, more.opened or false
    if name == "closing" then
      more.letters, more.closes_text = 3, now
      more.add_link = more.opened and "https://capsule.example/add#0123456789abcdef" or nil
    end
    return more
  end
  local link, choice = "https://capsule.example/open", "https://capsule.example/confirm?t=sample"
  local list = {
    context({ opened = true, key_groups = "0123-4567-89ab-cdef", link = link .. "#0123456789abcdef", choice = choice,
      late_text = now, canary = "https://capsule.example/canary?t=sample" }),
    context({ link = link, choice = choice }),
  }
  if name ~= "confirm" then
    list[3] = context({ key_groups = "0123-4567-89ab-cdef", stop_code = "sample" })
  end
  return list
end

--- The letters that there are: what others look like, those that are no capsule's, those of the policy.
local function names()
  local list = { "reminder", "confirm", "canary", "closing" }
  local seen = { reminder = true, confirm = true, canary = true, closing = true }
  for _, owed in ipairs(policy.letters({ created_at = 0, opens_at = 100 * YEAR })) do
    if not seen[owed.letter] then
      seen[owed.letter] = true
      list[#list + 1] = owed.letter
    end
  end
  return list
end

--- Raises at the first `opt.name` in the tags of a template that no letter ever has.
local function check_optional(path)
  local source, known = host.read(path), table.concat(OPTIONAL, " ")
  for at, tag in source:gmatch("()<%%(.-)%%>") do
    for offset, name in tag:gmatch("()%f[%w_]opt%.([%a_][%w_]*)") do
      if not (" " .. known .. " "):find(" " .. name .. " ", 1, true) then
        local _, before = source:sub(1, at + 1 + offset):gsub("\n", "")
        error(("%s:%d: a letter never has opt.%s; it may have %s"):format(host.origin(path), before + 1, name,
          known), 0)
      end
    end
  end
end

local function in_every_language(rehearse)
  return function()
    for _, lang in ipairs(i18n.languages()) do
      rehearse(lang)
    end
  end
end

--- The rehearsals, each a function that raises where a letter cannot be made: for web.check.
---@return fun()[]
function M.all()
  local list = {}
  for _, path in ipairs(host.list("templates/mail/")) do
    list[#list + 1] = function()
      check_optional(path)
    end
  end
  for _, name in ipairs(names()) do
    list[#list + 1] = in_every_language(function(lang)
      for _, context in ipairs(M.samples(name, i18n.translator(lang))) do
        letter.render(name, lang, context)
      end
    end)
  end
  list[#list + 1] = in_every_language(function(lang)
    letter.trial("you@example.org", lang)
  end)
  return list
end

return M
