--- Settings as a site declares and reads them: a name that nobody declares is told, a default is judged.
local files = require("spec.support.files")
local server = require("spec.support.server")

local CONFIG = [[
return {
  { name = "site_wall_max", type = "integer", default = 20, min = 1, max = 100 },
  { name = "site_motto", type = "string" },
}
]]

local function site_of(script, config)
  return files.folder({ ["scripts/site.lua"] = script, ["scripts/site_config.lua"] = config or CONFIG })
end

--- The lines that `check` says of a site, without its folder and without excerpts.
local function faults_of(script, config)
  local site = site_of(script, config)
  local _, output = server.run({ args = { "check", "--site", site } })
  local list = {}
  for line in output:gsub(site:gsub("%p", "%%%0"), ""):gmatch("[^\n]+") do
    list[#list + 1] = line:find("^/scripts/") and line or nil
  end
  return list
end

local NOTHING = "return function() end\n"

describe("a setting that nobody declares", function()
  it("is found where it is named literally, whatever holds the settings", function()
    assert.same({
      "/scripts/site.lua:4: there is no setting 'site_wall_mx'; did you mean 'site_wall_max'?",
      "/scripts/site.lua:5: there is no setting 'canery'; did you mean 'canary'?",
      "/scripts/site.lua:6: there is no setting 'pubic_url'; did you mean 'public_url'?",
      "/scripts/site.lua:6: there is no setting 'xyz': scripts/config.lua or scripts/site_config.lua declares it",
    }, faults_of([[
local host = require("host")
local conf = require('host').config
return function(app)
  app:get("site.a", "/a", function() return host.config.site_wall_mx end)
  app:get("site.b", "/b", function() return conf . canery, conf.canary end)
  app:get("site.c", "/c", function() return require("host").config.pubic_url, conf.xyz end)
end
]]))
  end)

  it("is not one whose declaration is wrong, which is told alone", function()
    assert.same({ "/scripts/site_config.lua:1: every setting is a table with a name and a type (string, integer, number, "
      .. "boolean or list)" }, faults_of('local conf = require("host").config\nreturn function(app)\n'
      .. '  app:get("site.a", "/a", function() return conf.site_days end)\nend\n',
      'return { { name = "site_days", type = "int" } }\n'))
  end)

  it("is seen however the script is spaced", function()
    assert.same({ "/scripts/site.lua:3: there is no setting 'site_wall_mx'; did you mean 'site_wall_max'?" }, faults_of([[
local  set=require("host").config
return function(app)
  app:get("site.a", "/a", function() return set.site_wall_mx end)
end
]]))
  end)

  it("is found in brackets, by other names of the host, and where the settings are passed on", function()
    local message = "there is no setting 'site_wall_mx'; did you mean 'site_wall_max'?"
    local want = {}
    for i = 1, 6 do
      want[i] = ("/scripts/site.lua:%d: %s"):format(i + 5, message)
    end
    assert.same(want, faults_of([[
local host = require "host"
local config <const>, other = require("host").config, 1
local h = host
local held <const> = h["config"]
return function(app) app:get("site.a", "/a", function() app.use(held, host, config, other) return {
  host.config["site_wall_mx"], held["site_wall_max"], held["site_" .. "wall_mx"], held[other],
  held['site_wall_mx'],
  h.config.site_wall_mx,
  held [ [=[site_wall_mx]=] ],
  require "host".config.site_wall_mx,
  require("host")["config"].site_wall_mx,
} end) end
]]))
  end)

  it("is none where a name is declared twice", function()
    assert.same({}, faults_of([[
local host, config = require("host").config, {}
local held = host
return function(app)
  app:get("site.a", "/a", function() for _, host in pairs({}) do app.use(host.config.x) end return config.y, held end)
  local function f(a, held) return held.z end
  return f
end
]]))
  end)

  it("is none where the words mean something else, or the setting is unset", function()
    assert.same({}, faults_of([[
local host, conf = require("host"), {}
local config = require("host").config
local unset = { config.public_url, config.mail, config.confirm_addresses, config.canary, config.site_motto }
-- config.comment, host.config.comment
return function(app)
  local function lend(config) return config.parameter end
  app:get("site.a", "/a", function(req) return req.config.field, conf.field, unset, lend, host.config.watch end)
  app:get("site.b", "/b", function() return "host.config.text" end)
end
]]))
  end)

  it("raises where it is read, while loading too", function()
    local script = 'local host, name = require("host"), "site_wall_mx"\n%sreturn function(app)\n'
      .. '  app:get("site.a", "/a", function() return host.config[name] end)\nend\n'
    assert.same({ "/scripts/site.lua:2: there is no setting 'site_wall_mx'; did you mean 'site_wall_max'?" },
      { faults_of(script:format("local x = host.config[name]\n"))[1] })
    local srv <close> = server.start({ args = { "--site", site_of(script:format("")), "--workers", "1" } })
    srv:get("/a"):expect({ status = 500 })
    assert.matches("scripts/site.lua:3: there is no setting 'site_wall_mx'; did you mean 'site_wall_max'%?", srv:log())
  end)

  it("is not to be had by what holds the settings", function()
    local config = require("host").config
    assert.is_false(getmetatable(config))
    assert.has_error(function()
      config.site_new = 1
    end)
  end)
end)

describe("a setting's declaration", function()
  local CASES = {
    { 'type = "integer", default = 200, max = 100', "the default of the setting 'site_x' must be an integer up to 100" },
    { 'type = "integer", default = 1.5', "the default of the setting 'site_x' must be an integer" },
    { 'type = "integer", default = "5"', "the default of the setting 'site_x' must be an integer" },
    { 'type = "number", default = 0 / 0', "the default of the setting 'site_x' must be a number" },
    { 'type = "number", default = -1, min = 0', "the default of the setting 'site_x' must be a number from 0" },
    { 'type = "boolean", default = "on"', "the default of the setting 'site_x' must be a boolean (on or off)" },
    { 'type = "string", default = 5', "the default of the setting 'site_x' must be a string" },
    { 'type = "string", default = "a", one_of = { "b" }', "the default of the setting 'site_x' must be a string: b" },
    { 'type = "list", default = "a,b"', "the default of the setting 'site_x' must be a list" },
    { 'type = "list", default = { 1 }', "the default of the setting 'site_x' must be a list" },
    { 'type = "list", default = { "a" }, one_of = { "b" }', "the default of the setting 'site_x' must be a list of b" },
    { 'type = "strng"', "every setting is a table with a name and a type (string, integer, number, boolean or list)" },
    { 'type = "string", defualt = "a"',
      "the setting 'site_x' has a field 'defualt'; there are name, type, default, help, min, max, one_of" },
  }
  for _, case in ipairs(CASES) do
    it("is told: " .. case[1], function()
      assert.same({ "/scripts/site_config.lua:2: " .. case[2] },
        faults_of(NOTHING, ('return {\n{ name = "site_x", %s } }\n'):format(case[1])))
    end)
  end

  for _, case in ipairs({
    { 'help = 5', "its help is no text" },
    { 'min = "1"', "its min and max are no numbers" },
    { 'max = {}', "its min and max are no numbers" },
    { 'min = 2, max = 1', "its min is above its max" },
    { 'one_of = "a"', "its one_of is no list of texts" },
    { 'one_of = { 1 }', "its one_of is no list of texts" },
  }) do
    it("is told: " .. case[1], function()
      assert.same({ "/scripts/site_config.lua:2: the setting 'site_x': " .. case[2] },
        faults_of(NOTHING, ('return {\n{ name = "site_x", type = "integer", %s } }\n'):format(case[1])))
    end)
  end

  local SHAPE = '/scripts/site_config.lua:%d: a file of settings returns a list of them, { { name = "…", type = "…" }, … }'
  for config, want in pairs({
    ["return {\nsite_x = { type = 'string' } }"] = SHAPE:format(2) .. ", not a table with a field 'site_x'",
    ["return {\nname = 'site_x', type = 'string' }"] = SHAPE:format(2) .. ", not a table with a field 'name'",
    ["return { settings = { { name = 'site_x', type = 'string' } } }"] =
      SHAPE:format(1) .. ", not a table with a field 'settings'",
    ["return { [7] = { name = 'site_x', type = 'string' } }"] = SHAPE:format(1) .. ", not a table with a field '7'",
    ["local settings = { { name = 'site_x', type = 'string' } }"] = SHAPE:format(1),
    ["return 42"] = SHAPE:format(1),
  }) do
    it("is told in a file of another shape: " .. config, function()
      assert.same({ want }, faults_of(NOTHING, config))
    end)
  end

  it("is told when there are two of a name", function()
    local one = '{ name = "site_x", type = "string" }'
    assert.same({ "/scripts/site_config.lua:1: the setting 'site_x' is declared twice" },
      faults_of(NOTHING, ("return { %s, %s }\n"):format(one, one)))
  end)
end)
