--- `timecapsule test`: specs of a site from wherever one stands, on a database of their own or on one that is named.
local files = require("spec.support.files")
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")

local SPEC = [[
local help = require("spec.support.help")
it("finds the site's modules and the application's", function()
  assert.equal("help", help)
  assert.equal("of the site", require("site.words"))
  assert.is_function(require("capsule.key").new)
end)
setup(function()
  require("host.db").exec("site.put", { word = "w" })
end)
it("has a database", function()
  local db = require("host.db")
  io.write("words: ", db.one("site.count").n, "\n")
end)
]]

local function site_with(more)
  local site = files.folder({
    ["spec/words_spec.lua"] = SPEC,
    ["spec/support/help.lua"] = 'return "help"\n',
    ["scripts/site/words.lua"] = 'return "of the site"\n',
    ["sql/migrations/0001_word.sql"] = "CREATE TABLE site_word (word TEXT);\n",
    ["sql/queries/word.sql"] = "-- name: site.put\nINSERT INTO site_word (word) VALUES (:word);\n\n"
      .. "-- name: site.count\nSELECT COUNT(*) AS n FROM site_word;\n",
  })
  files.write(site, more or {})
  return site
end

--- Runs the program in a folder: its exit status and what it printed.
local function run_in(folder, env, ...)
  local words = { "cd '" .. folder .. "' && env", env, "'" .. server.program() .. "' test --app '" .. lfs.currentdir() .. "'",
    ... }
  local pipe = io.popen(table.concat(words, " ") .. " 2>&1 </dev/null")
  local output = pipe:read("a")
  local _, _, status = pipe:close()
  return status, output
end

describe("the command test", function()
  it("runs the specs of a site from anywhere", function()
    local site = site_with()
    for _, folder in ipairs({ "/", site, site .. "/spec" }) do
      local status, output = run_in(folder, "", "--site", site)
      assert.equal(0, status, output)
      assert.matches("2 successes / 0 failures / 0 errors", output)
    end
  end)

  it("takes files as they are named where one stands, and in the site", function()
    local site = site_with({ ["spec/other_spec.lua"] = 'it("fails", function() error("no") end)\n' })
    for _, folder in ipairs({ site .. "/spec", "/" }) do
      local name = folder == "/" and "spec/words_spec.lua" or "words_spec.lua"
      local status, output = run_in(folder, "", "--site", site, name)
      assert.equal(0, status, output)
      assert.matches("2 successes / 0 failures / 0 errors", output)
    end
    assert.equal(1, (run_in("/", "", "--site", site)))
  end)

  it("has an empty database each time, unless one is named", function()
    local site, data = site_with(), server.folder()
    local named = ("--database sqlite://%s/spec.db --secret-file %s/secret"):format(data, data)
    for _, case in ipairs({ { "", "1" }, { "", "1" }, { named, "1" }, { named, "2" } }) do
      local status, output = run_in("/", "TIMECAPSULE_DATABASE=sqlite:///nowhere/x.db", "--site", site, case[1])
      assert.equal(0, status, output)
      assert.equal(case[2], output:match("words: (%d+)"))
    end
  end)

  it("needs no data folder for a database that is named, which it knows again", function()
    local site, home, kept = site_with(), server.folder(), server.folder()
    for run = 1, 2 do
      local status, output = run_in("/", ("-u STATE_DIRECTORY HOME='%s'"):format(home), "--site", site,
        ("--database sqlite://%s/spec.db"):format(kept))
      assert.equal(0, status, output)
      assert.equal(tostring(run), output:match("words: (%d+)"))
    end
    assert.equal("", process.output("ls -A " .. home))
  end)

  it("says which package is missing where busted is", function()
    local status, output = run_in("/", "LUA_PATH=/none/?.lua LUA_CPATH=/none/?.so LUA_PATH_5_4= LUA_CPATH_5_4=", "--site",
      site_with())
    assert.equal(1, status)
    assert.truthy(output:find("apt install lua-busted", 1, true), output)
    assert.truthy(output:find("busted.runner", 1, true), output)
    assert.is_nil(output:find("traceback", 1, true), output)
  end)
end)
