--- An answer, as a spec looks at it; and the forms in it, as a browser would send them.
local host = require("host")
local json = require("host.json")

local M = {}

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = "\xc2\xa0" }

local function plain(text)
  return (text:gsub("&(#?[xX]?)(%w+);", function(mark, name)
    local base = mark == "#" and 10 or mark ~= "" and 16
    local code = base and tonumber(name, base)
    return code and utf8.char(code) or mark == "" and ENTITIES[name] or nil
  end))
end

--- The attributes of a tag; one without a value is "".
local function attributes(tag)
  local found = {}
  for name, value in tag:gmatch('([%w_:-]+)%s*=%s*"([^"]*)"') do
    found[name:lower()] = plain(value)
  end
  for name in tag:gsub('%b""', ""):gmatch("%s([%w_:-]+)") do
    found[name:lower()] = found[name:lower()] or ""
  end
  return found
end

---@class testing.Page
---@field status integer
---@field headers table<string, string|string[]>
---@field body string
---@field client testing.Client who asked
---@field target string for what
local Page = {}
Page.__index = Page

--- A header, in whatever case.
---@param name string
---@return string?
function Page:header(name)
  for given, value in pairs(self.headers) do
    if given:lower() == name:lower() then
      return type(value) == "table" and value[1] or value
    end
  end
  return nil
end

--- Raises unless the answer has that status, showing what it is instead.
---@param status integer
---@return testing.Page page the same
function Page:expect(status)
  if self.status ~= status then
    error(("%s answered %d, not %d:\n%s"):format(self.target, self.status, status, self:text():sub(1, 600)), 2)
  end
  return self
end

--- Does the page say that?  Looks at its words, then at its HTML.
---@param words string
---@return boolean
function Page:has(words)
  return self:text():find(words, 1, true) ~= nil or self.body:find(words, 1, true) ~= nil
end

--- The words that somebody reads: without tags, scripts and runs of spaces.
---@return string
function Page:text()
  local text = self.body:gsub("<head.->.-</head>", " "):gsub("<script.->.-</script>", " "):gsub("<[^>]*>", " ")
  return (plain(text):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

--- The value of its JSON.
function Page:json()
  local value, message = json.decode(self.body)
  if value == nil then
    error(("%s answered no JSON (%s): %s"):format(self.target, message, self.body:sub(1, 200)), 2)
  end
  return value
end

--- Where a redirect leads, fetched by the same client.
---@return testing.Page
function Page:follow()
  local place = self:header("Location")
  if not place then
    error(("%s answered %d without a Location"):format(self.target, self.status), 2)
  end
  return self.client:get(place)
end

-- Forms ----------------------------------------------------------------------------------------------------------

---@class testing.Form
---@field action string?
---@field method string
---@field id string?
---@field values table<string, string> what it would send as it is
---@field names table<string, true> all that may be filled in
---@field buttons table<string, string> name=value of those that have one

local function take_input(form, tag)
  local has = attributes(tag)
  local kind, name = (has.type or "text"):lower(), has.name
  if not name or has.disabled or kind == "image" or kind == "reset" or kind == "button" then
    return
  elseif kind == "submit" then
    form.buttons[name .. "=" .. (has.value or "")] = name
    return
  end
  form.names[name] = true
  if kind ~= "checkbox" and kind ~= "radio" then
    form.values[name] = has.value or ""
  elseif has.checked then
    form.values[name] = has.value or "on"
  end
end

local function take_select(form, tag, inner)
  local name, first, chosen = attributes(tag).name, nil, nil
  for option, words in inner:gmatch("<option([^>]*)>([^<]*)") do
    local has = attributes(option)
    local value = has.value or plain(words):match("^%s*(.-)%s*$")
    first, chosen = first or value, has.selected and value or chosen
  end
  if name then
    form.names[name], form.values[name] = true, chosen or first
  end
end

local function read_form(tag, inner)
  local has = attributes(tag)
  local form = { action = has.action, method = (has.method or "get"):upper(), id = has.id, values = {}, names = {},
    buttons = {} }
  for input in inner:gmatch("<input([^>]*)>") do
    take_input(form, " " .. input)
  end
  for area, text in inner:gmatch("<textarea([^>]*)>\n?(.-)</textarea>") do
    local name = attributes(area).name
    if name then
      form.names[name], form.values[name] = true, plain(text)
    end
  end
  for select_tag, options in inner:gmatch("<select([^>]*)>(.-)</select>") do
    take_select(form, select_tag, options)
  end
  for button in inner:gmatch("<button([^>]*)>") do
    local named = attributes(button)
    if named.name then
      form.buttons[named.name .. "=" .. (named.value or "")] = named.name
    end
  end
  return form
end

--- Every form of the page, in order.
---@return testing.Form[]
function Page:forms()
  local list = {}
  for tag, inner in self.body:gmatch("<form([^>]*)>(.-)</form>") do
    list[#list + 1] = read_form(tag, inner)
  end
  return list
end

--- The form of that id or action; without one, the only one.
---@param which string?
---@return testing.Form
function Page:form(which)
  local list, said = self:forms(), {}
  for i, form in ipairs(list) do
    if form.id == which or form.action == which or not which and #list == 1 then
      return form
    end
    said[i] = form.id or form.action or "?"
  end
  error(("%s has no form %s; it has: %s"):format(self.target, which and "'" .. which .. "'" or "that is the only one",
    table.concat(said, ", ")), 2)
end

--- What somebody sees in a field.
---@param name string
---@return string?
function Page:field(name)
  for _, form in ipairs(self:forms()) do
    if form.names[name] then
      return form.values[name]
    end
  end
  return nil
end

--- All that a stream writes.
local function written(stream)
  local parts = {}
  stream(function(text)
    parts[#parts + 1] = text
  end)
  return parts
end

--- An answer of the application.
---@param rep table
---@param client testing.Client
---@param target string
---@return testing.Page
function M.new(rep, client, target)
  local body = rep.file and host.read(rep.file) or rep.stream and written(rep.stream) or rep.body or ""
  return setmetatable({ status = rep.status or 200, headers = rep.headers or {}, client = client, target = target,
    body = type(body) == "table" and table.concat(body) or body }, Page)
end

return M
