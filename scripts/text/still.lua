--- Pages that stand still: most of a page is the same for everybody who reads it in one language at one address, so it
--- is rendered once in a generation, and each answer fills what is left open.
---
--- Nothing has to be said for that.  A template's outputs (`<%= %>`, `<%- %>`) that read the page's context are left
--- open, whatever they do with it; all else is made once.  What the template's code (`<% if … %>`) reads decides the
--- page's form, so it may read only names that are declared:
---
---   template.still("pages/opened", { "sealed" })     while loading
---
--- A declared name is nil, true, false or a constant (text/constant.lua) in every context, and a page is made for each
--- combination.  Where they are many, a context may stand on a constant that holds them, `{ constant, who = "Ann" }`:
--- the page is then looked up by it.  Code may read `req.path`, `req.method`, `req.watching` and `req.generation` too.
---
--- What a page is made from are these values alone: it is given no context but them, so that nothing of one visitor can
--- be in it, and reading anything else raises while it is made.  A page whose code reads more, and one with tables that
--- are no constants (the messages of a rejected form), is rendered anew for each answer, as without all this.
---
--- So its texts may be compressed, once for everybody, and they alone: the host (host.still) is told which they are and
--- knows them again by being the same strings.  What is filled in is stored between them as it is.  A page that stands
--- on a constant made of what a visitor has sent (text/constant.lua) is not marked, and not compressed.
local compile = require("text.compile")
local constant = require("text.constant")
local escape = require("host.html").escape
local host = require("host.still")
local slot = require("text.slot")

local M = {}

local WATCHES = require("host").config.watch -- without it nobody sets req.watching

local type, setmetatable, getmetatable = type, setmetatable, getmetatable
local concat, unpack = table.concat, table.unpack

-- Finding ------------------------------------------------------------------------------------------------------------

local KNOWN = {} -- no reads
for name in pairs(compile.DIRECTIVES) do
  KNOWN[name] = true
end
for _, name in ipairs(compile.GIVEN) do
  KNOWN[name] = name ~= "csrf" or nil -- which is each reader's own
end
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch("%a+") do
  KNOWN[word] = true
end

local SEEN = { path = true, method = true, watching = true, generation = true } -- of the request

local OPENS, CLOSES = { ["("] = true, ["{"] = true, ["["] = true }, { [")"] = true, ["}"] = true, ["]"] = true }

--- Calls `found(name, is_set)` for every name in `words` that is neither known nor a field's: one of the context or a
--- local one, maybe one that is assigned to.  What is read of `req` and `opt` beyond what a still page may see is told
--- as "req.NAME" and "opt".
local function each_name(words, found)
  local open = {}
  for i, word in ipairs(words) do
    local text, before, after = word.text, words[i - 1] and words[i - 1].text, words[i + 1] and words[i + 1].text
    if OPENS[text] then
      open[#open + 1] = text
    elseif CLOSES[text] then
      open[#open] = nil
    elseif word.kind == "name" and before ~= "." and before ~= ":" and not KNOWN[text] then
      local field = after == "." and words[i + 2].text
      if text == "req" then
        if not SEEN[field] then
          found("req." .. (field or "?"))
        end
      elseif text == "opt" then
        found(field or "opt")
      elseif not (open[#open] == "{" and after == "=") then
        found(text, after == "=" or (after == "," and not open[1]))
      end
    end
  end
end

---@class text.Reads
---@field names string[] of the context, that are not declared (or assigned to)
---@field has_local boolean does it use names that the template declares, or functions of its own?

---@return text.Reads
local function reads_of(unit, node, declared)
  local reads = { names = {}, has_local = false }
  each_name(node.words, function(name, is_set)
    if unit.locals[name] then
      reads.has_local = true
    elseif is_set or not declared[name] then
      reads.names[#reads.names + 1] = name
    end
  end)
  for _, word in ipairs(node.words) do
    reads.has_local = reads.has_local or word.kind == "name" and word.text == "function"
  end
  return reads
end

---@class text.Still what is known of one page
---@field path string
---@field units table<string, text.Unit> the page and all that see its context, by name
---@field names string[] those that are declared
---@field late table<text.Node, true> the outputs that are left open
---@field breaks { path: string, line: integer, name: string }[] reads for which it has to be rendered anew
---@field bytes integer of its templates, with their tags
---@field open integer how many of them belong to what is left open

local function is_output(node)
  return node.kind == "show" or node.kind == "raw"
end

local function judge_node(page, unit, node, declared)
  local reads = reads_of(unit, node, declared)
  if not reads.names[1] then
    return
  elseif is_output(node) and not node.slot and not reads.has_local then
    page.late[node] = true
    page.open = page.open + #node.text
    return
  end
  for _, name in ipairs(reads.names) do
    page.breaks[#page.breaks + 1] = { path = unit.path, line = node.line, name = name }
  end
end

--- Does a part, or one of those that see what it sees, read anything of the page's context?
local function reads_any(unit, units)
  for _, node in ipairs(unit.bodies[compile.CONTENT]) do
    if node.partial and not node.arguments then
      if units[node.partial] and reads_any(units[node.partial], units) then
        return true
      end
    elseif node.words and reads_of(unit, node, {}).names[1] then
      return true
    end
  end
  return false
end

--- A slot that reads the context is left open as a whole, whatever it does with it.
local function judge_slot(page, node, units)
  local unit = units[node.partial] -- nil: a fault, told elsewhere
  if unit and reads_any(unit, units) then
    page.late[node] = true
    page.open = page.open + #node.text
  end
end

--- Judges a template and those that see its context: its layouts, and partials without one of their own.
---@param name string
---@param units table<string, text.Unit>
---@param names string[] declared
---@return text.Still
function M.judge(name, units, names)
  local page = { path = units[name].path, units = {}, names = names, late = {}, breaks = {}, bytes = 0, open = 0 }
  local declared = {}
  for _, declaration in ipairs(names) do
    declared[declaration] = true
  end
  local function judge(part)
    local unit = units[part]
    if page.units[part] then
      return
    end
    page.units[part] = unit
    for _, nodes in pairs(unit.bodies) do
      for _, node in ipairs(nodes) do
        page.bytes = page.bytes + #node.text
        if slot.names[node.partial] and not node.arguments then
          judge_slot(page, node, units)
        elseif node.partial and not node.arguments then
          judge(node.partial)
        elseif node.words then
          judge_node(page, unit, node, declared)
        end
      end
    end
    if unit.layout then
      judge(unit.layout.name)
    end
  end
  judge(name)
  return page
end

-- Telling ------------------------------------------------------------------------------------------------------------

--- Where the code reads what breaks a page, each once; whether a site's does.
local function places_of(page)
  local places, seen, of_site = {}, {}, nil
  for _, read in ipairs(page.breaks) do
    local place = ("%s:%d reads '%s'"):format(read.path, read.line, read.name)
    if not seen[place] then
      seen[place] = true
      places[#places + 1] = place
      of_site = of_site or (read.path:sub(1, 10) ~= "templates/" and place or nil)
    end
  end
  return places, of_site
end

--- What of each page stands still, in per cent of its templates' bytes, and why not more.
---@param pages { name: string, page: text.Still }[]
---@return string lines
---@return string warnings where a site's own code makes it less than a half
function M.describe(pages)
  local lines, warnings = {}, {}
  for _, item in ipairs(pages) do
    local page = item.page
    local places, of_site = places_of(page)
    local share = places[1] and 0 or 100 * (page.bytes - page.open) // page.bytes
    lines[#lines + 1] = ("%3d %% of %s stands still%s\n"):format(share, page.path,
      places[1] and ": " .. concat(places, ", ") or "")
    if share < 50 and of_site then
      warnings[#warnings + 1] = ("warning: %s, so %s is rendered anew for each answer (`check --still`)\n"):format(
        of_site, item.name)
    end
  end
  return concat(lines), concat(warnings)
end

-- Making -------------------------------------------------------------------------------------------------------------

local MAX_FORMS = 64 -- of one page in one language, which is then emptied: nobody can make it grow
local FORM = {} -- under this key a form stands where the values lead to

local REQUEST = { __index = function(_, name)
  if not SEEN[name] then
    error(("a page that stands still cannot see req.%s"):format(tostring(name)), 2)
  end
end }

---@class text.Forms the forms that one page has taken in one language
---@field page text.Still
---@field render fun(context: table, req: table, parts: table, n: integer): integer with functions for what is open
---@field count integer
---@field by_place table by path, method, whether it is watched, the constant below, and the declared values
---@field beside table<table, { names: string[], held: table<string, true> }> by the constant that
--- a context stands on: the declared names that it lacks, and those that it has

---@param page text.Still
---@param render function
---@return text.Forms
function M.forms(page, render)
  return { page = page, render = render, count = 0, by_place = {}, beside = setmetatable({}, { __mode = "k" }) }
end

--- Is that the request of a page that is being made?
---@return boolean
function M.is_making(req)
  return type(req) == "table" and getmetatable(req) == REQUEST
end

---@class text.Form: string[] texts and what is open (text/late.lua) in turn, a text first and last
---@field names text.Places[] where a name is open
---@field others text.Places? where more is
---@field mark table? the metatable of its bodies, where its texts are everybody's

---@alias text.Places (string|boolean|integer)[] the name, or false; is it escaped? and where it is, from the third on

--- The places where that name is open and shown so.
local function places_in(form, name, is_escaped)
  for _, places in ipairs(form.names) do
    if places[1] == name and places[2] == is_escaped then
      return places
    end
  end
  local places = { name, is_escaped }
  table.insert(form.names, places)
  return places
end

---@return text.Form
local function joined(parts)
  local form, run = { names = {} }, {}
  for _, part in ipairs(parts) do
    if type(part) == "table" then
      form[#form + 1], form[#form + 2] = concat(run), part
      form.others = form.others or not part[1] and { false, false } or nil
      table.insert(part[1] and places_in(form, part[1], part[2] == escape) or form.others, #form)
      run = {}
    else
      run[#run + 1] = part
    end
  end
  form[#form + 1] = concat(run)
  return form
end

--- Is all that a page is made from everybody's?
local function is_for_all(seen)
  for _, value in pairs(seen) do
    if constant.is_private(value) then
      return false
    end
  end
  return true
end

--- The page as it is for all who share the declared values of this context; nil where it cannot be made like that.
local function make(forms, context, req, strict)
  local seen, parts = { context[1] }, {}
  for _, name in ipairs(forms.page.names) do
    seen[name] = context[name]
  end
  local view = setmetatable({ path = req.path, method = req.method, watching = req.watching,
    generation = req.generation }, REQUEST)
  if pcall(forms.render, strict(seen), view, parts, 0) then
    local form = joined(parts)
    form.mark = is_for_all(seen) and host.mark(form) or nil
    return form
  end
  return false -- rendered anew it raises the same, or something that a page made once cannot do
end

--- A table within a table, made.
local function grow(from, key)
  local to = {}
  from[key] = to
  return to
end

local function refuse(page, name, value)
  error(("%s: '%s' is declared to stand still: it is true, false, nil or a constant, never a %s"):format(page.path,
    name, type(value)), 0)
end

--- The declared names by whether they are in what the context stands on.
local function names_beside(forms, base)
  if not constant.all[base] then
    error(forms.page.path .. ": what a context stands on is a constant (text/constant.lua)", 0)
  end
  local beside = { names = {}, held = {} }
  for _, name in ipairs(forms.page.names) do
    if base[name] == nil then
      table.insert(beside.names, name)
    else
      beside.held[name] = true
    end
  end
  forms.beside[base] = beside
  return beside
end

--- What a context has of its own is no declared name of the constant's: the page is looked up by that alone.
local function names_on(forms, base, context)
  local beside = forms.beside[base] or names_beside(forms, base)
  for name in next, context do
    if beside.held[name] then
      error(("%s: '%s' is declared to stand still and in the constant already"):format(forms.page.path, name), 0)
    end
  end
  return beside.names
end

--- Where the values of these names lead to, made where it was not there; nil where one of them is no constant.
local function way_to(forms, at, names, context)
  for i = 1, #names do
    local value = context[names[i]]
    if value == nil then
      value = host.NOTHING
    elseif value ~= true and value ~= false and not constant.all[value] then
      return type(value) ~= "table" and refuse(forms.page, names[i], value) or nil
    end
    at = at[value] or grow(at, value)
  end
  return at
end

--- The form for this context: nil where the page is to be rendered anew.  Raises where a declared name holds what
--- no page can be made for.
---@param forms text.Forms
---@param context table
---@param req table
---@param strict fun(context: table): table
---@return text.Form?
function M.find(forms, context, req, strict)
  local path, method, watching, base = req.path, req.method, WATCHES and req.watching or false, context[1] or false
  local names, at = forms.page.names, forms.by_place
  at = at[path] or grow(at, path)
  at = at[method] or grow(at, method)
  at = at[watching] or grow(at, watching)
  at = at[base] or grow(at, base)
  if base then
    names = names_on(forms, base, context)
  end
  at = host.find(at, names, context) or way_to(forms, at, names, context)
  if not at then
    return nil
  end
  local form = at[FORM]
  if form == nil then
    if forms.count >= MAX_FORMS then
      forms.count, forms.by_place = 0, {}
    end
    form = make(forms, context, req, strict)
    at[FORM], forms.count = form, forms.count + 1
  end
  return form or nil
end

local function compute(parts, places, context, req)
  for i = 3, #places do
    local at = places[i]
    parts[at] = parts[at][3](context, req)
  end
end

--- Fills what a form leaves open.
---@param form text.Form
---@param context table a plain one
---@param req table
---@param strict fun(context: table): table
---@return (string|number)[] parts
function M.fill(form, context, req, strict)
  local parts = { unpack(form) }
  local left, others = host.fill(parts, form.names, context, form.mark), form.others
  if not left and not others then
    return parts
  end
  strict(context)
  if others then
    compute(parts, others, context, req)
  end
  for _, places in ipairs(left or {}) do
    compute(parts, places, context, req)
  end
  setmetatable(context, nil)
  return parts
end

return M
