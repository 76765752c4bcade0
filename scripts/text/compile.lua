--- One template's text → Lua source.  `parse` cuts it into nodes and sorts them into the body and its blocks, once;
--- `generate` writes the Lua of one of them for one language, because what is literal there (`t("key")`) becomes text.
---
--- The generated code stands on the same lines as its tags, so every error carries the template's own line:
---
---     <h1><%= title %></h1>        →  _o[_n+1]="<h1>";_o[_n+2]=_e((title));_o[_n+3]="</h1>\n";_n=_n+3;
---
--- `_o` is the array of output parts, `_n` its length, `_ENV` the context; `_e` escapes, `_r` only checks; `_P` are the
--- partials that get a context of their own, `_S` those that see the caller's, and `_c` joins.
local calls = require("text.calls")
local late = require("text.late")
local lexer = require("text.lexer")

local M = {}

--- What every template is given, in this order: the language of the page, helpers, and Lua's own.
M.GIVEN = { "t", "t_html", "escape", "lang", "languages", "language_name", "url", "asset", "absolute", "csrf",
  "ipairs", "pairs", "next", "select", "tostring", "tonumber", "type", "string", "table", "math", "utf8", "error",
  "assert" }

local NAMES = "_e,_r,_strict,_opt,_P,_S,_c"
M.DIRECTIVES = { layout = true, block = true, endblock = true, yield = true, partial = true }
local RESERVED = { req = true, opt = true } -- what it may not declare, beside its directives
for _, name in ipairs(M.GIVEN) do
  RESERVED[name] = true
end
local TRANSLATES = { t = true, t_html = true }
local FOLDED = { t = true, t_html = true, url = true, asset = true }
local KINDS = { ["="] = "show", ["-"] = "raw", ["#"] = "note" }
local CONTENT = "content"
M.CONTENT = CONTENT

---@class text.Node
---@field kind "text"|"show"|"raw"|"code"|"note"
---@field text string
---@field line integer

---@class text.Unit one parsed template
---@field path string
---@field layout { name: string, line: integer }?
---@field bodies table<string, text.Node[]> "content" and the blocks by name
---@field places table<string, integer> the line each block begins on
---@field slots { name: string, line: integer, default: string? }[]
---@field partials { name: string, line: integer }[]
---@field keys { value: string, line: integer, given: table? }[] literal translation keys; given: see host.lexer
---@field locals table<string, true> every name that its code declares
---@field faults string[]
---@field last_line integer

local function fault(unit, line, message)
  unit.faults[#unit.faults + 1] = ("%s:%d: %s"):format(unit.path, line, message)
end

-- Cutting ---------------------------------------------------------------------------------------------------------

--- The nodes of a text, in order; texts are never empty.
local function cut(unit, source)
  local nodes, at, line = {}, 1, 1
  local function add(kind, text)
    if kind ~= "text" or text ~= "" then
      nodes[#nodes + 1] = { kind = kind, text = text, line = line }
    end
  end
  while true do
    local open = source:find("<%", at, true)
    local text = source:sub(at, (open or 0) - 1)
    add("text", text)
    line = line + lexer.newlines(text)
    if not open then
      return nodes
    end
    if source:sub(open + 2, open + 2) == "%" then
      add("text", "<%")
      at = open + 3
    else
      local close = source:find("%>", open + 2, true)
      if not close then
        fault(unit, line, "a tag is opened and never closed")
        return nodes
      end
      local kind = KINDS[source:sub(open + 2, open + 2)]
      local inside = source:sub(kind and open + 3 or open + 2, close - 1)
      add(kind or "code", inside)
      line = line + lexer.newlines(inside)
      at = close + 2
    end
  end
end

local function is_silent(node)
  return node and (node.kind == "code" or node.kind == "note")
end

local function is_blank(node)
  return node and node.kind == "text" and not node.text:find("[^ \t]")
end

--- Empties the texts among the silent nodes `from` … `to`, and the indentation before them.
local function remove_blanks(nodes, from, to)
  local before = nodes[from - 1]
  if before then
    before.text = before.text:gsub("[ \t]*$", "")
  end
  for i = from, to do
    if nodes[i].kind == "text" then
      nodes[i].text = ""
    end
  end
end

local function ends_block(node)
  return node.kind == "code" and node.text:find("^%s*endblock%s*%(")
end

--- A line of nothing but code and notes leaves no trace: its indentation and its line end go.  So does the line end
--- after a block, which belongs to the content around it.
local function trim_silent_lines(nodes)
  local at_line_start = {} -- text nodes whose first character begins a line
  local i = 1
  while i <= #nodes do
    local last = i
    if is_silent(nodes[i]) then
      while is_silent(nodes[last + 1]) or (is_blank(nodes[last + 1]) and is_silent(nodes[last + 2])) do
        last = last + 1
      end
      local before, after = nodes[i - 1], nodes[last + 1]
      local starts = not before
        or (before.kind == "text" and before.text:find("\n[ \t]*$"))
        or (is_blank(before) and (i == 2 or at_line_start[before]))
      local ends = not after or (after.kind == "text" and after.text:find("^[ \t]*\r?\n"))
      if starts and ends then
        remove_blanks(nodes, i, last)
      end
      if after and ends and (starts or ends_block(nodes[last])) then
        after.text = after.text:gsub("^[ \t]*\r?\n", "")
        at_line_start[after] = true
      end
    end
    i = last + 1
  end
end

-- Understanding ---------------------------------------------------------------------------------------------------

--- A call of a directive: its name, its literal arguments, and what follows the first as tokens.
--- nil when the code is something else.
local function directive(node)
  local words = node.words
  local name = words[1] and words[1].text
  if not M.DIRECTIVES[name] or not words[2] or words[2].text ~= "(" or words[#words].text ~= ")" then
    return nil
  end
  local after, last = words[4] and words[4].text, words[6] and words[6].text
  return {
    name = name,
    count = #words,
    first = (after == ")" or after == ",") and lexer.string_value(words[3]) or nil,
    second = last == ")" and lexer.string_value(words[5]) or nil,
    comma = after == ",",
  }
end

--- Gathers the names that a template declares, and finds those that are reserved.
local function check_declarations(unit, words)
  local mode -- "names" inside a list of them, "function" before its parameters
  for i, word in ipairs(words) do
    local text, before = word.text, words[i - 1]
    if text == "local" or text == "for" then
      mode = "names"
    elseif text == "function" then
      mode = "function"
    elseif mode == "function" then
      mode = text == "(" and "names" or mode
    elseif mode == "names" then
      local follows_name = before.kind == "name" and before.text ~= "local" and before.text ~= "for"
      if word.kind ~= "name" and not text:find("^[,<>]$") or word.kind == "name" and follows_name then
        mode = nil
      end
    end
    if mode and word.kind == "name" then
      unit.locals[text] = true
    end
    if mode and word.kind == "name" and (RESERVED[text] or M.DIRECTIVES[text]) then
      fault(unit, word.line, ("'%s' always means the same in a template and cannot be declared"):format(text))
    end
  end
end

--- The code as it will stand in the function: comments gone (one would swallow what follows on its line),
--- `opt.name` read without strictness, `csrf()` called with the request.
local function rewrite(tokens)
  local parts, read = {}, 0 -- the tokens up to `read` have been written
  for i, token in ipairs(tokens) do
    local before, dot, name = tokens[i - 1] and tokens[i - 1].text, tokens[i + 1], tokens[i + 2]
    if i <= read then
      parts[i] = ""
    elseif token.kind == "comment" then
      parts[i] = " " .. ("\n"):rep(lexer.newlines(token.text))
    elseif token.text == "csrf" and dot and dot.text == "(" and name and name.text == ")" then
      parts[i], read = "csrf(req)", i + 2
    elseif token.text ~= "opt" or token.kind ~= "name" or before == "." or before == ":" then
      parts[i] = token.text
    elseif dot and dot.text == "." and name and name.kind == "name" then
      parts[i], read = ("_opt(_ENV,%q)"):format(name.text), i + 2
    else
      parts[i] = "_opt(_ENV)"
    end
  end
  return parts
end

--- The words of a tag that is nothing but the call of a helper with a literal.
local CALL_WORDS = {}
for name in pairs(FOLDED) do
  CALL_WORDS[name] = { { kind = "name", text = name, line = 1 } }
end

--- Reads such a tag, as most are, without its tokens; false where it is another.
local function study_call(unit, node)
  local name, value = node.text:match('^ *([%a_]+)%("([%w_.%-/]*)"%) *$')
  if not FOLDED[name] or node.kind == "code" then
    return false
  end
  node.words, node.code = CALL_WORDS[name], node.text
  node.fold = { name = name, value = value, line = node.line, given = {} }
  if name == "t" or name == "t_html" then
    unit.keys[#unit.keys + 1] = node.fold
  end
  return true
end

--- Reads the code of one tag: what it needs, what it declares, what it becomes.
local function study(unit, node)
  if study_call(unit, node) then
    return
  end
  local tokens = lexer.tokens(node.text, node.line)
  node.words = lexer.words(tokens)
  local text = node.text -- most declare nothing
  if text:find("local", 1, true) or text:find("for", 1, true) or text:find("function", 1, true) then
    check_declarations(unit, node.words)
  end
  node.directive = directive(node)
  if node.directive and node.directive.name == "partial" and node.directive.comma then
    node.arguments_line = node.words[5].line
    local parts, from, to = rewrite(tokens), nil, nil
    for i, token in ipairs(tokens) do
      if token == node.words[5] then
        from = i
      elseif token == node.words[#node.words] then
        to = i - 1
      end
    end
    node.arguments = table.concat(parts, "", from, to)
  else
    local call = #node.words == 4 and lexer.literal_calls(node.words, FOLDED)[1]
    if call and node.words[1].text == call.name then
      node.fold = call
    end
    local other = text:find("--", 1, true) or text:find("opt", 1, true) or text:find("csrf", 1, true)
    node.code = other and table.concat(rewrite(tokens)) or text
  end
  calls.add_sentences(node.text, node.line, unit.keys)
end

local function literal_name(unit, node)
  local call = node.directive
  if not call.first or call.count ~= 4 then
    fault(unit, node.line, ("%s() takes one literal name"):format(call.name))
    return nil
  end
  return call.first
end

--- What each directive of a code tag does to the unit; `body` is the name of the body being filled.
local STATEMENTS = {
  layout = function(unit, node, body)
    local name = literal_name(unit, node)
    if unit.layout or unit.began then
      fault(unit, node.line, "layout() must be the first tag")
    end
    unit.layout = name and { name = name, line = node.line }
    return body
  end,
  block = function(unit, node, body)
    local name = literal_name(unit, node)
    if body ~= CONTENT then
      fault(unit, node.line, ("a block inside the block '%s' of line %d"):format(body, unit.places[body]))
    elseif name and unit.bodies[name] then
      fault(unit, node.line, ("the block '%s' is already there, on line %d"):format(name, unit.places[name] or 1))
    elseif name then
      unit.bodies[name], unit.places[name] = {}, node.line
      return name
    end
    return body
  end,
  endblock = function(unit, node, body)
    if body == CONTENT then
      fault(unit, node.line, "endblock() without block()")
    end
    return CONTENT
  end,
}

local function take_slot(unit, node)
  local call = node.directive
  local name = call.first or CONTENT
  if not (call.count == 3 or call.first and call.count == 4 or call.second and call.count == 6) then
    fault(unit, node.line, "yield() takes a literal name and perhaps a literal default")
  end
  node.slot = name
  unit.slots[#unit.slots + 1] = { name = name, line = node.line, default = call.second }
end

local function take_partial(unit, node)
  if not node.directive.first then
    fault(unit, node.line, "partial() takes a literal name")
    return
  end
  node.partial = node.directive.first
  unit.partials[#unit.partials + 1] = { name = node.partial, line = node.line }
end

--- Sorts nodes into bodies, by the directives among them.
local function sort_nodes(unit, nodes)
  local body = CONTENT
  for _, node in ipairs(nodes) do
    local statement
    if node.kind ~= "text" and node.kind ~= "note" then
      study(unit, node)
      local name = node.directive and node.directive.name
      statement = STATEMENTS[name]
      if not name and #node.words == 0 then
        fault(unit, node.line, "an empty tag")
      elseif #node.words == 1 and node.words[1].text == "csrf" then
        fault(unit, node.line, "csrf() is called: write <%- csrf() %>")
      elseif statement and node.kind ~= "code" then
        fault(unit, node.line, ("%s() shows nothing: write <%% %s(…) %%>"):format(name, name))
      elseif name and not statement and node.kind ~= "raw" then
        fault(unit, node.line, ("%s() shows HTML: write <%%- %s(…) %%>"):format(name, name))
      elseif name == "yield" then
        take_slot(unit, node)
      elseif name == "partial" then
        take_partial(unit, node)
      end
    end
    if statement then
      body = statement(unit, node, body)
    elseif node.kind ~= "note" then
      table.insert(unit.bodies[body], node)
    end
    unit.began = unit.began or (node.kind ~= "note" and not is_blank(node) and node.text ~= "")
  end
  if body ~= CONTENT then
    fault(unit, unit.places[body], ("the block '%s' is never ended: endblock() is missing"):format(body))
  end
end

--- Parses one template.  Never raises: what is wrong with it is in `faults`.
---@param path string "templates/pages/put.html", for messages
---@param source string
---@return text.Unit
function M.parse(path, source)
  local unit = { path = path, bodies = { [CONTENT] = {} }, places = {}, slots = {}, partials = {}, keys = {},
    locals = {}, faults = {}, last_line = 1 + lexer.newlines(source) }
  local nodes = cut(unit, source)
  trim_silent_lines(nodes)
  sort_nodes(unit, nodes)
  return unit
end

-- Writing ---------------------------------------------------------------------------------------------------------

--- A text as a Lua string literal on one line.
local function literal(text)
  return (("%q"):format(text):gsub("\\\n", "\\n"):gsub("\r", "\\r"))
end

---@class text.Writer
local Writer = {}
Writer.__index = Writer

--- Adds code that must stand on `line`.
function Writer:put(code, line)
  if line and line > self.line then
    self.parts[#self.parts + 1] = ("\n"):rep(line - self.line)
    self.line = line
  end
  self.parts[#self.parts + 1] = code
  self.line = self.line + lexer.newlines(code)
end

--- Ends the gathered text: one output part, however many lines it spans.
function Writer:end_text()
  if self.text[1] then
    self.pending = self.pending + 1
    self:put(("_o[_n+%d]=%s;"):format(self.pending, literal(table.concat(self.text))))
    self.text = {}
  end
end

--- Makes `_n` true again, before code that may read it.
function Writer:settle()
  self:end_text()
  if self.pending > 0 then
    self:put(("_n=_n+%d;"):format(self.pending))
    self.pending = 0
  end
end

--- An output whose value is known now; false when it has to be computed at each rendering.
local function fold(writer, node, language)
  if not node.fold then
    return false
  end
  local ok, value = pcall(language[node.fold.name], node.fold.value)
  if not ok and not TRANSLATES[node.fold.name] then
    language.fault(node.line, (tostring(value):gsub("^[^\n:]+%.lua:%d+: ", "")))
  end
  if not ok or value == nil then
    return true -- what is wrong with a sentence is reported by its own check
  end
  writer.text[#writer.text + 1] = node.kind == "show" and language.escape(value) or value
  return true
end

--- The call of a partial that gets a context of its own.
local function write_call(writer, node, parts, count)
  writer:put(("_P[%q](_strict(("):format(node.partial), node.line)
  writer:put(("%s)),req,%s,%s)"):format(node.arguments, parts, count), node.arguments_line)
end

local function write_late(writer, node, language)
  if not node.partial then
    late.write(writer, node, language, RESERVED)
    return
  end
  late.write_partial(writer, node, function()
    if node.arguments then
      write_call(writer, node, "_o", "0")
    else
      writer:put(("_S[%q](_ENV,req,_o,0)"):format(node.partial)) -- a slot
    end
  end)
end

local function write_node(writer, node, language)
  if node.kind == "text" then
    writer.text[#writer.text + 1] = node.text ~= "" and node.text or nil
  elseif writer.late[node] then
    write_late(writer, node, language)
  elseif node.slot then
    writer:settle()
    writer:put(("_n=_B[%q](_ENV,req,_o,_n);"):format(node.slot), node.line)
  elseif node.partial then
    writer:settle()
    if node.arguments then
      writer:put("_n=", node.line)
      write_call(writer, node, "_o", "_n")
      writer:put(";")
    else
      writer:put(("_n=_S[%q](_ENV,req,_o,_n);"):format(node.partial), node.line)
    end
  elseif node.kind == "code" then
    writer:settle()
    writer:put(node.code .. ";", node.line)
  elseif not fold(writer, node, language) then
    writer:end_text()
    writer.pending = writer.pending + 1
    local check = node.kind == "show" and "_e" or "_r"
    writer:put(("_o[_n+%d]=%s((%s));"):format(writer.pending, check, node.code), node.line)
  end
end

--- The Lua source of one body for one language.  `language` has t, t_html, url and asset (called with the literal
--- alone; nil from t: leave it), message (a translation that is cut at its placeholders), escape, and
--- fault(line, message) for what is wrong.  The chunk is called with the
--- values of NAMES, then those of GIVEN.
---@param unit text.Unit
---@param body string "content" or the name of a block
---@param language table
---@param left table<text.Node, true>? the outputs that are left open (text/late.lua)
---@return string
function M.generate(unit, body, language, left)
  local writer = setmetatable({ parts = {}, line = 1, text = {}, pending = 0, late = left or {} }, Writer)
  writer:put(("local %s,%s=...;return function(_ENV,req,_o,_n,_B) "):format(NAMES, table.concat(M.GIVEN, ",")))
  for _, node in ipairs(unit.bodies[body]) do
    write_node(writer, node, language)
  end
  writer:settle()
  writer:put("return _n end", unit.last_line)
  return table.concat(writer.parts)
end

return M
