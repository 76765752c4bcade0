--- What an editor is told of an application, its requests and templates: every name has a type, and a new site says
--- where they are.
local compile = require("text.compile")
local files = require("spec.support.files")
local json = require("host.json")
local lfs = require("lfs")
local server = require("spec.support.server")
local web = require("web")

local META = files.read("scripts/meta/web/site.lua")

--- The fields that a class has in a text: name → true.
local function fields_of(text, class)
  local fields, inside = {}, false
  for line in text:gmatch("[^\n]+") do
    local begins, field = line:match("^%-%-%-@class ([%w.]+)"), line:match("^%-%-%-@field ([%w_]+) ")
    if begins then
      inside = begins == class
    elseif inside and field then
      fields[field] = true
    end
  end
  return fields
end

--- Every method of a class that neither the source annotates nor the types name.
local function untyped(class, methods)
  local source, fields, missing = files.read("scripts/web/init.lua"), fields_of(META, "web." .. class), {}
  for name in pairs(methods) do
    local annotated = source:find("\n%-%-%-[^\n]*\nfunction " .. class .. ":" .. name .. "%(")
    missing[#missing + 1] = not annotated and not fields[name] and name:sub(1, 2) ~= "__" and name or nil
  end
  return missing
end

describe("the types of a site", function()
  it("name every method of an application and of a group", function()
    assert.same({}, untyped("App", getmetatable(web.app()).__index))
    web.app():group("/", function(group)
      assert.same({}, untyped("Group", getmetatable(group).__index))
    end)
  end)

  it("name what templates are given", function()
    local fields = fields_of(META, "web.TemplateNames")
    for _, name in ipairs(compile.GIVEN) do
      assert.truthy(fields[name] or rawget(_G, name), name)
    end
  end)

  it("are what a new site's files speak of, and where its .luarc.json says", function()
    local folder = server.folder() .. "/typed"
    assert.equal(0, (server.run({ args = { "site", "new", folder } })))
    local luarc = json.decode(files.read(folder .. "/.luarc.json"))
    local library = luarc["workspace.library"][1]
    assert.equal("directory", lfs.attributes(library .. "/meta", "mode"))
    local known = META .. files.read("scripts/meta/request.lua") .. files.read("scripts/web/init.lua")
    for class in files.read(folder .. "/scripts/site.lua"):gmatch("%-%-%-@param %w+ (%S+)") do
      assert.truthy(known:find("---@class " .. class .. "\n", 1, true), class)
    end
  end)
end)
