--- A command of the application or a site declares its own options; the host hands them on.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

local COMMAND = [[
local M = { help = "shows what it got", words = 1,
  options = { loud = { help = "in capitals" }, how_often = { value = "N", help = "so often" } } }
function M.run(args)
  print(("words=%d first=%s loud=%s how_often=%s"):format(#args, args[1], args.loud, args.how_often))
  return 7
end
return M
]]

describe("an option of the host", function()
  it("is refused by its name with underscores, before anything else is said", function()
    local folder = files.folder({ conf = "# ours\ndatabase_password_file = /nowhere\n" })
    local status, output = server.run({ args = { "doctor", "--config", folder .. "/conf" } })
    assert.equal(2, status, output)
    assert.truthy(output:find("/conf:2: 'database_password_file' is written database-password-file", 1, true), output)
    status, output = server.run({ args = { "doctor", "--set", "database_password_file=/nowhere" } })
    assert.equal(2, status, output)
    assert.truthy(output:find("give --database-password-file", 1, true), output)
  end)
end)

describe("a command's own options", function()
  local site, data

  local function show(...)
    return server.run({ args = { "show", "--site", site, "--data", data, ... } })
  end

  local function refused(message, ...)
    local status, output = show(...)
    assert.equal(2, status, output)
    assert.is_truthy(output:find(message, 1, true), output)
  end

  lazy_setup(function()
    site = files.folder({ ["scripts/commands/show.lua"] = COMMAND })
    data = process.folder()
    assert.equal(0, (server.run({ args = { "migrate", "--data", data } })))
  end)

  it("reach it by name, wherever they stand among the host's", function()
    for _, case in ipairs({
      { {}, "words=0 first=nil loud=nil how_often=nil" },
      { { "--loud", "word" }, "words=1 first=word loud=true how_often=nil" },
      { { "word", "--how-often", "3", "--log-level", "warn", "--loud" }, "words=1 first=word loud=true how_often=3" },
      { { "--how-often=-1" }, "words=0 first=nil loud=nil how_often=-1" },
    }) do
      local status, output = show(table.unpack(case[1]))
      assert.equal(7, status, output)
      assert.is_truthy(output:find(case[2], 1, true), output)
    end
  end)

  it("are refused where they are misspelt, incomplete or given twice", function()
    refused("show has no option --lout; did you mean --loud?", "--lout")
    refused("show has no option --how-ofen; did you mean --how-often?", "--how-ofen", "3")
    refused("show has no option --else; `timecapsule show --help` shows what it has", "--else")
    refused("--how-often needs a value: N", "--how-often")
    refused("--how-often needs a value: N", "--how-often=")
    refused("--loud takes no value", "--loud=yes")
    refused("--loud is given twice", "--loud", "--loud")
    refused("'show' takes no argument 'two'", "one", "two")
  end)

  it("are shown by its --help, which needs no database", function()
    local status, output = server.run({ args = { "show", "--help", "--site", site, "--data", "/nowhere/at/all" } })
    assert.equal(0, status, output)
    assert.is_truthy(output:find("timecapsule show: shows what it got\n  --how-often N            so often\n", 1, true), output)
    assert.is_truthy(output:find("  --loud                   in capitals\n", 1, true), output)
  end)

  it("are asked for by help and its name, as those of the host's own commands are", function()
    local _, output = server.run({ args = { "help", "show", "--site", site, "--data", "/nowhere/at/all" } })
    assert.is_truthy(output:find("timecapsule show: shows what it got\n", 1, true), output)
    for _, words in ipairs({ { "help", "site" }, { "site", "--help" } }) do
      local status, said = server.run({ args = words })
      assert.equal(0, status, said)
      assert.matches("^usage: timecapsule site .*make or compare an overlay", said)
      assert.is_nil(said:find("--admin-listen", 1, true), said)
    end
    for _, words in ipairs({ { "help", "serve" }, { "--help" }, { "help" } }) do
      local _, said = server.run({ args = words })
      assert.is_truthy(said:find("\n  --admin-listen", 1, true) and said:find("\n  site  ", 1, true), said)
    end
  end)

  it("are no options of the host's own commands", function()
    local status, output = server.run({ args = { "check", "--loud" } })
    assert.equal(2, status, output)
    assert.is_truthy(output:find("there is no option --loud", 1, true), output)
    status, output = server.run({ args = { "remind", "--lisen", ":1" } })
    assert.equal(2, status, output)
    assert.is_truthy(output:find("did you mean --listen?", 1, true), output)
  end)
end)
