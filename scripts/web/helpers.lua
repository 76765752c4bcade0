--- What templates may call beside what is Lua's: the application's routes and files in a language's words.
local link = require("web.link")
local protect = require("web.protect")

local M = {}

--- What the templates of each language may call.
---@param app web.App
---@param translations table of i18n.build
---@param asset fun(path: string): string
---@return table<string, text.TemplateHelpers>
function M.of(app, translations, asset)
  local function url(name, params)
    return app:url(name, params)
  end
  local function asset_url(path)
    return link.prefix .. asset(path)
  end
  if app.lacks_routes then -- nobody knows which names they would have had
    url = function()
      return ""
    end
  end
  local function has(key)
    return translations.keys[key] ~= nil
  end
  local helpers = {}
  for _, lang in ipairs(translations.languages) do
    local messages = translations.messages[lang]
    local function message(key)
      return messages[key]
    end
    helpers[lang] = { t = translations.translators[lang], t_html = translations.html_translators[lang],
      message = message, has = has, fault_of = translations.fault_of, url = url, asset = asset_url,
      absolute = link.whole, csrf = protect.field, language_name = translations.language_name }
  end
  return helpers
end

return M
