--- Templates: HTML (or mail text) with tags, compiled once at load to straight Lua functions.
---
--- Tags
---   <%= expr %>      shows a string or number, escaped for HTML (in a .txt template: as it is)
---   <%- expr %>      shows it as it is
---   <% code %>       any Lua: if, for, local …; it may span lines and tags
---   <%# note %>      not shown.   <%% stands for a literal "<%"
---   A line that holds nothing but code and note tags leaves no trace in the output.
---   Only strings and numbers can be shown: nil and booleans raise, write `x or ""`.
---
--- Layouts, blocks, partials (names are literal strings: they are resolved at load)
---   page:    <% layout("layouts/main") %>                      the first tag of the file
---            <% block("title") %> … <% endblock() %>           fills the layout's slot "title"
---            everything outside blocks fills the slot "content"
---   layout:  <%- yield() %>                                    the slot "content"
---            <%- yield("title") %>                             a page that lacks the block: load error
---            <%- yield("head", "<b>default</b>") %>            … unless the layout has a default
---   anywhere <%- partial("partials/field", { name = "email" }) %>   sees the given table and no other
---            <%- partial("partials/footer") %>                 sees what the caller sees
---   A block, the content and a partial are functions of their own: a `local` made in one is
---   not visible in another.  A layout may itself begin with layout(…).
---
--- Names
---   The fields of the context are plain names: `values.name`.  A name that is not there raises
---   "templates/pages/put.html:12: undefined name 'foo'".  `opt.link` reads one that may be absent (nil).
---   Always there, and never to be declared again:
---     t(key, args?)        the translation, plain text; `{name}` in it is replaced by args.name
---     t_html(key, args?)   a translation that is HTML itself, args escaped; to be shown by <%-
---     escape(text)         as it may stand in HTML, for markup that code puts together
---     lang  languages      the language of this page; all of them, sorted: {"en", "zh-CN"}; language_name(code)
---     languages_at         what a link to this page in another language begins with: "?", with its other parameters
---     url(name, params?)   the path of a route         asset(path)   "css/site.css" → its hashed URL
---     absolute(path)       its whole address, nil without a public one    csrf()   a form's hidden field
---     req (the request: req.path, req.id …)  opt layout block endblock yield partial
---     ipairs pairs next select tostring tonumber type string table math utf8 error assert
---   `t("a.key")`, `url("name")` and `asset("path")` with nothing but a literal cost nothing: they are
---   part of the text.  Code may not contain the two characters that end a tag, not even in a string.
---
--- "pages/put" is templates/pages/put.html; "mail/reminder.txt" is templates/mail/reminder.txt.
---
--- Each template is compiled once per language, so that nothing about a language is left to be looked up while a
--- page is shown.  A set of templates belongs to the generation and is never changed after load.  Most of a page is
--- made once and shown to everybody: see text/still.lua.
local compile = require("text.compile")
local complaint = require("text.complaint")
local judged = require("text.judged")
local links = require("text.links")
local constant = require("text.constant")
local html = require("host.html")
local site_slot = require("text.slot")
local still = require("text.still")

local M = {}

local concat, held = table.concat, constant.held
local type, setmetatable, getmetatable = type, setmetatable, getmetatable

-- What the compiled functions call -----------------------------------------------------------------------------------

local function unshowable(value)
  error(("only strings and numbers can be shown, this is %s"):format(value == nil and "nil" or "a " .. type(value)), 3)
end

local escape = html.escape
M.escape = escape

local function show(value)
  if type(value) ~= "string" and type(value) ~= "number" then
    unshowable(value)
  end
  return value
end

--- A context while a template reads it: what is not there raises at the template's line.
local STRICT = {
  __index = function(context, name)
    local value = held(context, name)
    if value == nil then
      error(("undefined name '%s': hand it over, or read opt.%s"):format(tostring(name), tostring(name)), 2)
    end
    return value
  end,
  __newindex = function(_, name)
    error(("assignment to the undeclared name '%s': write local"):format(tostring(name)), 2)
  end,
}

local function strict(context)
  if type(context) ~= "table" then
    error(("what a template is to see must be a table, this is a %s"):format(type(context)), 2)
  end
  return setmetatable(context, STRICT)
end

--- `opt.name` of the template language; without a name, a view in which everything absent is nil.
local function opt(context, name)
  if name then
    return held(context, name)
  end
  return setmetatable({}, { __index = function(_, key)
    return held(context, key)
  end })
end

-- Building a set -----------------------------------------------------------------------------------------------------

--- The values of compile.GIVEN: a language's own, and Lua's.
local function values_of(lang, languages, helpers)
  local own = { escape = escape, lang = lang, languages = languages, next = constant.next }
  local values = {}
  for i, name in ipairs(compile.GIVEN) do
    values[i] = own[name] or helpers[name] or _ENV[name]
  end
  return values
end

local function name_of(path)
  return (path:gsub("^templates/", ""):gsub("%.html$", ""))
end

---@class text.TemplateHelpers what templates of one language may call; language_name, too
---@field t fun(key: string, args?: table): string
---@field t_html fun(key: string, args?: table): string
---@field url fun(name: string, params?: table): string
---@field asset fun(path: string): string
---@field absolute fun(path: string): string?
---@field csrf fun(req: table): string
---@field has fun(key: string): boolean
---@field message fun(key: string): { texts: string[], names: string[] }? a translation, cut at its placeholders
---@field fault_of fun(key: string, given: table<string, true>?): string? what is wrong with a call of t; see text.links

--- What the templates of one language are compiled with.
---@class text.Kit
---@field given any[] the values of compile.GIVEN
---@field language table for compile.generate
---@field partials table<string, function> filled while compiling

---@return text.Kit
local function kit_of(lang, languages, helpers)
  local function translate(key)
    return helpers.has(key) and helpers.t(key) or nil
  end
  local function translate_html(key)
    return helpers.has(key) and helpers.t_html(key) or nil
  end
  return { given = values_of(lang, languages, helpers), partials = {}, language = { t = translate,
    t_html = translate_html, message = helpers.message, url = helpers.url, asset = helpers.asset } }
end

--- The compiled bodies of one template for one language: name of the body → function.
---@param unit text.Unit
---@param kit text.Kit
---@param faults string[]
---@param late table<text.Node, true>? see compile.generate
---@param sharing table<string, function>? the partials that see the caller's context; all when absent
local function compile_unit(unit, kit, faults, late, sharing)
  if unit.faults[1] then
    return {} -- told already; what Lua would say of the same tags tells nothing more
  end
  local shown = unit.path:find("%.txt$") and show or escape
  local language = setmetatable({ escape = shown, fault = function(line, message)
    faults[#faults + 1] = ("%s:%d: %s"):format(unit.path, line, message)
  end }, { __index = kit.language })
  local functions = {}
  for body in pairs(unit.bodies) do
    local chunk, message = load(compile.generate(unit, body, language, late), "@" .. unit.path, "t", {})
    if chunk then
      functions[body] = chunk(shown, show, strict, opt, kit.partials, sharing or kit.partials, concat,
        table.unpack(kit.given, 1, #compile.GIVEN))
    else
      faults[#faults + 1] = complaint.of(message, unit.bodies[body])
    end
  end
  return functions
end

--- Fills a layout's slots: the blocks it yields by name, and the content.  Returns one function that renders it all.
local function bind_layout(layout, blocks, content)
  local filled = setmetatable({ [compile.CONTENT] = content }, { __index = blocks })
  local slots = {}
  for _, slot in ipairs(layout.unit.slots) do
    local default = slot.default
    slots[slot.name] = filled[slot.name] or function(_, _, parts, n)
      parts[n + 1] = default
      return n + 1
    end
  end
  local main = layout.functions[compile.CONTENT]
  return function(context, req, parts, n)
    return main(context, req, parts, n, slots)
  end
end

--- One function per template: its content inside its layout, which may have a layout itself.
local function link(name, compiled)
  local template = compiled[name]
  local render = template.functions[compile.CONTENT]
  local blocks = {}
  while template do
    for block, fn in pairs(template.functions) do
      if block ~= compile.CONTENT then
        blocks[block] = blocks[block] or fn
      end
    end
    local layout = template.unit.layout and compiled[template.unit.layout.name]
    if layout then
      render = bind_layout(layout, blocks, render)
    end
    template = layout
  end
  return render
end

-- Pages that stand still ---------------------------------------------------------------------------------------------

---@type table<string, { names: string[], place: string }> by template: what the next set is built with
local declared = {}

--- Declares, while loading, names of a page's context that its code may read and it stands still all the same: see
--- text/still.lua.
---@param name string "pages/put"
---@param names string[]
---@loading template.still("pages/example", { "member" })
function M.still(name, names)
  local info = debug.getinfo(2, "Sl")
  local known = declared[name]
    or { names = {}, place = ("%s:%d"):format(info.source:gsub("^@", ""), info.currentline) }
  for _, more in ipairs(names) do
    if type(more) ~= "string" or not more:find("^[%a_][%w_]*$") then
      error("template.still takes a template and the names of its context", 2)
    end
    known.names[#known.names + 1] = more
  end
  declared[name] = known
end

local function check_declared(set, faults)
  for name, known in pairs(set.declared) do
    if not set.paths[name] then
      faults[#faults + 1] = known.place .. ": " .. links.missing(name)
    end
  end
end

---@class text.TemplateSet
---@field renders table<string, table<string, function>> by language and name
---@field paths table<string, string> by name
---@field units table<string, text.Unit>
---@field source_of fun(name: string): string, string its text, and what to call it in messages
---@field declared table<string, { names: string[], place: string }>
---@field kits table<string, text.Kit> by language
---@field compiled table<string, table<string, { unit: text.Unit, functions: table<string, function> }>>
---@field faults string[]? while it is judged
---@field forms table<string, table<string, text.Forms|false>> by language and name, of the pages asked for until now
---@field places table<string, true> the paths at which a page may stand still
local Set = {}
Set.__index = Set

---@return text.Still
local function judge(set, name)
  return still.judge(name, set.units, set.declared[name] and set.declared[name].names or {})
end

--- The page as a function that leaves open what is late.
local function compile_still(set, page, name, lang)
  local kit, compiled, sharing, faults = set.kits[lang], {}, {}, {}
  for part, unit in pairs(page.units) do
    compiled[part] = { unit = unit, functions = compile_unit(unit, kit, faults, page.late, sharing) }
    sharing[part] = compiled[part].functions[compile.CONTENT]
  end
  for part in pairs(site_slot.names) do
    sharing[part] = kit.partials[part]
  end
  return link(name, compiled)
end

--- The forms of a page, for all its answers; false where it does not stand still.
local function forms_of(set, name, lang)
  local page = judge(set, name)
  local forms = not page.breaks[1] and still.forms(page, compile_still(set, page, name, lang))
  set.forms[lang][name] = forms
  return forms
end

--- What stands still of each page, which is what has a layout and is none itself.
---@return { name: string, page: text.Still }[] sorted
function Set:judge_pages()
  local is_layout, list = {}, {}
  for name in pairs(self.paths) do
    local layout = self.units[name].layout
    is_layout[layout and layout.name or ""] = true
  end
  for name in pairs(self.paths) do
    local unit = self.units[name]
    if unit.layout and not is_layout[name] then
      list[#list + 1] = { name = name, page = judge(self, name) }
    end
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

-- Rendering ----------------------------------------------------------------------------------------------------------

--- A table that makes what it lacks when it is asked for.
local function lazily(make)
  return setmetatable({}, { __index = function(made, name)
    local value = make(name)
    made[name] = value
    return value
  end })
end

--- The templates of one language, each compiled when it is asked for; what is wrong in it goes to the faults of a set
--- that is judged, or raises.
local function add_language(set, lang, languages, helpers)
  local kit = kit_of(lang, languages, helpers)
  local compiled = lazily(function(name)
    local unit, own = set.units[name], set.faults or {}
    local functions = unit and compile_unit(unit, kit, own)
    if not set.faults and own[1] then
      error(concat(own, "\n"), 0)
    end
    return unit and { unit = unit, functions = functions }
  end)
  kit.partials = lazily(function(name)
    local render = compiled[name] and compiled[name].functions[compile.CONTENT]
    return site_slot.names[name] and render and site_slot.guard(name, render, still.is_making) or render
  end)
  set.kits[lang], set.forms[lang], set.compiled[lang] = kit, {}, compiled
  set.renders[lang] = lazily(function(name)
    return compiled[name] and link(name, compiled)
  end)
end

--- What is to be known of a template, compiled for one language: the code of the others is the same but for texts,
--- which the locales' own check has compared.
local function judge_one(set, name, lang)
  local source, path = set.source_of(name)
  local known = lang and judged.recall(path, source, set.kits[lang].language)
  if not known then
    local before = #set.faults
    known = set.units[name]
    if lang and set.compiled[lang][name] and not known.faults[1] and #set.faults == before then
      judged.remember(known, source)
    end
  end
  return known
end

--- Finds what is wrong in the templates.
local function judge_all(set, lang, fault_of)
  local known = {}
  check_declared(set, set.faults)
  for name in pairs(set.paths) do
    known[name] = judge_one(set, name, lang)
  end
  links.check(known, fault_of, set.faults)
end

--- The templates of `sources` (path → text) in each language, cut and compiled when they are asked for.  Unless they
--- have been judged (in another state), all are now.  Never raises: adds each fault to `faults`, and the set is good
--- only when there is none.
---@param sources table<string, string>
---@param languages string[]
---@param helpers table<string, text.TemplateHelpers> by language
---@param faults string[]
---@param origins table<string, string>? what to call a path in messages; itself when absent
---@param is_judged boolean?
---@return text.TemplateSet
function M.build(sources, languages, helpers, faults, origins, is_judged)
  local paths = {}
  for path in pairs(sources) do
    paths[name_of(path)] = path
  end
  local function source_of(name)
    local path = paths[name]
    return sources[path], origins and origins[path] or path
  end
  local units = lazily(function(name)
    local source, path = source_of(name)
    return source and compile.parse(path, source)
  end)
  local set = setmetatable({ units = units, paths = paths, source_of = source_of, declared = declared, compiled = {},
    renders = {}, kits = {}, forms = {}, places = {}, faults = not is_judged and faults or nil }, Set)
  declared = {}
  for _, lang in ipairs(languages) do
    add_language(set, lang, languages, helpers[lang])
  end
  if not is_judged then
    judge_all(set, languages[1], languages[1] and helpers[languages[1]].fault_of or function() end)
  end
  set.faults = nil
  return set
end

--- The parts of a page that stands still; nil when it does not, for this context or at all.
local function still_parts(set, name, lang, context, req)
  local forms = set.forms[lang][name]
  if forms == nil then
    forms = forms_of(set, name, lang)
  end
  local form = forms and still.find(forms, context, req, strict)
  return form and still.fill(form, context, req, strict)
end

-- Whose query stands in a context as `languages_at`, where its maker has not said it: the context may be one for all
-- requests, and an error may have left it there.
local links_of = setmetatable({}, { __mode = "k" })

local function forget_links(context, is_ours)
  if is_ours then
    links_of[context], context.languages_at = nil, nil
  end
end

--- Renders a template with its layout, in parts that make the text when joined.  What is wrong in it raises at its own
--- line.  `context` is a plain table; while the template runs, reading what it lacks raises.
---@param name string "pages/put"
---@param lang string one of the languages of `build`
---@param context table?
---@param req table? what the template sees as `req`
---@return (string|number)[]
function Set:parts(name, lang, context, req)
  if not self.paths[name] then
    error(links.missing(tostring(name)), 2)
  end
  context = context or {}
  local meta = getmetatable(context)
  if meta and meta ~= STRICT then
    error("what a template is to see must be a plain table", 2)
  end
  local is_ours = req and (not meta and context.languages_at == nil or (links_of[context] or req) ~= req)
  if is_ours then
    links_of[context], context.languages_at = req, "?" .. (req.other_query or "")
  end
  local still_ones = req and not meta and self.places[req.path] and still_parts(self, name, lang, context, req)
  if still_ones then
    forget_links(context, is_ours)
    return still_ones
  end
  local parts = { nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil,
    nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil } -- room for 40
  self.renders[lang][name](setmetatable(context, STRICT), req, parts, 0)
  setmetatable(context, nil)
  forget_links(context, is_ours)
  return parts
end

--- The same as one text.
---@return string
function Set:render(name, lang, context, req)
  return concat((self:parts(name, lang, context, req)))
end
---@type text.TemplateSet
local current

--- Makes `set` what `render` renders from now on; returns what it was before.
---@param set text.TemplateSet
---@param places table<string, true>? the paths at which its pages may stand still
---@return text.TemplateSet?
function M.install(set, places)
  local before = current
  set.places = places or set.places
  current = set
  return before
end

--- Renders a template of the generation: a page, or a letter (which has no request).
---@param name string "pages/put", "mail/reminder.txt"
---@param lang string
---@param context table?
---@param req table?
---@return string
---@example template.render("mail/example.txt", "en", { name = "Ann" }) --> "Dear Ann\n"
function M.render(name, lang, context, req)
  return current:render(name, lang, context, req)
end

--- What of each page stands still, and what does not: see Set:judge_pages.
---@return { name: string, page: text.Still }[]
function M.judge_pages()
  return current:judge_pages()
end

--- The same in parts, as a reply's body takes them: a page is then put together only once, where it is sent from.
---@return (string|number)[]
---@example table.concat(template.parts("mail/example.txt", "en", { name = "Ann" })) --> "Dear Ann\n"
function M.parts(name, lang, context, req)
  return (current:parts(name, lang, context, req))
end

return M
