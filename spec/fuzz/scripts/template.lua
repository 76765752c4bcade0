--- The template compiler.  The input's parts, divided by NULs, are a page, a layout, a partial and a
--- letter.  Whatever they hold, each fault names a line of its file; what is only text is shown as it
--- is.  (Pages with code are not rendered: their code is the fuzzer's.)
local template = require("text.template")

local PATHS = {
  "templates/pages/fuzz.html",
  "templates/layouts/main.html",
  "templates/partials/part.html",
  "templates/mail/fuzz.txt",
}

local helpers = {
  t = function(key)
    return "[" .. key .. "]"
  end,
  t_html = function(key)
    return "<b>" .. key .. "</b>"
  end,
  url = function(name)
    return name == "home" and "/" or error("there is no route '" .. name .. "'", 2)
  end,
  csrf = function(req)
    return "csrf of " .. req.id
  end,
  asset = function(path)
    return "/" .. path
  end,
  absolute = function(path)
    return "https://a" .. path
  end,
  language_name = function(code)
    return "<" .. code .. ">"
  end,
  has = function(key)
    return #key < 8
  end,
  fault_of = function(key)
    return #key >= 8 and "no locale has it" or nil
  end,
}

local function lines_of(text)
  return select(2, text:gsub("\n", "")) + 1
end

local function judge(fault, sources)
  local path, line = fault:match("^(templates/[%w/]+%.%a+):(%d+): .")
  assert(path and sources[path], fault)
  assert(tonumber(line) >= 1 and tonumber(line) <= lines_of(sources[path]) + 1, fault)
end

local function build(sources)
  local faults = {}
  local set = template.build(sources, { "en" }, { en = helpers }, faults)
  return set, faults
end

local function shows_text(text)
  local set, faults = build({ [PATHS[1]] = (text:gsub("<%%", "<%%%%")) })
  assert(#faults == 0, faults[1])
  assert(set:render("pages/fuzz", "en", {}) == text, "a text is not shown as it is")
end

local function escapes(text)
  local escaped = template.escape(text)
  assert(not escaped:find("[<>\"']"))
  local names = { lt = "<", gt = ">", quot = '"', ["#39"] = "'", amp = "&" }
  assert(escaped:gsub("&([^;]*);", names) == text)
end

return function(text)
  local sources, number = {}, 0
  for part in (text .. "\0"):gmatch("([^\0]*)\0") do
    number = number + 1
    if PATHS[number] then
      sources[PATHS[number]] = part
    end
  end
  local _, faults = build(sources)
  for _, fault in ipairs(faults) do
    judge(fault, sources)
  end
  shows_text(text)
  escapes(text)
end
