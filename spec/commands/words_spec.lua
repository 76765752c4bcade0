--- What people type wrongly: words that no command takes, names that are misspelt, values that are
--- out of bounds.  Each is told with where it stood and what was meant, and nothing goes on as if
--- it had been right.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

local function run(args, env)
  return server.run({ args = args, env = env })
end

local function says(output, ...)
  for _, text in ipairs({ ... }) do
    assert.is_truthy(output:find(text, 1, true), ("no %q in:\n%s"):format(text, output))
  end
end

describe("a word that the command does not take", function()
  for _, name in ipairs({ "serve", "status", "migrate", "routes", "version", "check", "remind", "doctor",
    "console" }) do
    it("is refused by " .. name, function()
      local status, output = run({ name, "mysite", "--data", process.folder() })
      assert.equal(2, status, output)
      says(output, ("'%s' takes no argument 'mysite'"):format(name))
    end)
  end

  for name, takes in pairs({ reload = "one of --preview", rollback = "--digest alone", upgrade = "--digest alone" }) do
    it("is refused by " .. name .. ", with those that it takes", function()
      local status, output = run({ name, "mysite", "--data", process.folder() })
      assert.equal(2, status, output)
      says(output, ("timecapsule: %s takes %s"):format(name, takes), "not 'mysite'")
    end)
  end

  for _, name in ipairs({ "backup", "restore" }) do
    it("is refused behind the file of " .. name, function()
      local status, output = run({ name, "kept", "mysite", "--data", process.folder() })
      assert.equal(2, status, output)
      says(output, ("'%s' takes no argument 'mysite' beside 'kept'"):format(name))
    end)
  end

  it("is refused behind the file of import and export", function()
    local data = process.folder()
    for _, name in ipairs({ "import", "export" }) do
      local status, output = run({ name, "kept", "mysite", "--data", data })
      assert.equal(2, status, output)
      says(output, ("'%s' takes no argument 'mysite'"):format(name))
    end
  end)

  it("is refused by a command that is a file, and by `site diff`", function()
    local data = process.folder()
    assert.equal(0, (run({ "migrate", "--site", "starter", "--data", data })))
    local status, output = run({ "hello", "mysite", "--site", "starter", "--data", data })
    assert.equal(2, status, output)
    says(output, "'hello' takes no argument 'mysite'")
    status, output = run({ "admin-token", "mysite", "--data", data })
    assert.equal(2, status, output)
    says(output, "'admin-token' takes no argument 'mysite'")
    status, output = run({ "site", "diff", "mysite", "--site", "starter" })
    assert.equal(2, status, output)
  end)

  it("is taken for a site where it is a folder", function()
    local status, output = run({ "check", "starter" })
    assert.equal(2, status)
    says(output, "a site is given by --site starter")
  end)
end)

describe("a misspelt name", function()
  it("of a command is told with the one that was meant", function()
    local status, output = run({ "chek" })
    assert.equal(2, status)
    says(output, "there is no command 'chek'; did you mean 'check'?")
  end)

  it("of a site's command is told, too, and its file's '_' is a '-' wherever it is shown", function()
    local site = files.folder({
      ["scripts/commands/wall_prune.lua"] = 'return { help = "prunes", run = function(args) print(args[1]) end }\n' })
    local data = process.folder()
    assert.equal(0, (run({ "migrate", "--site", site, "--data", data })))
    for _, name in ipairs({ "wall-prune", "wall_prune" }) do
      local status, output = run({ name, "30", "--site", site, "--data", data })
      assert.equal(0, status, output)
      says(output, "30\n")
    end
    local _, output = run({ "--help", "--site", site })
    says(output, "  wall-prune   prunes\n")
    says(select(2, run({ "wall-prun", "--site", site })), "there is no command 'wall-prun'; did you mean 'wall-prune'?\n")
    local status
    status, output = run({ "wall-prune", "30" })
    assert.equal(2, status)
    says(output, "there is no command 'wall-prune'", "A site's own is called with --site DIR")
    site = files.folder({ ["scripts/commands/wall-prune.lua"] = 'return { help = "prunes", run = print }\n' })
    assert.equal(0, (run({ "migrate", "--site", site, "--data", data })))
    status, output = run({ "wall-prune", "--site", site, "--data", data })
    assert.equal(1, status, output)
    says(output, "scripts/commands/wall-prune.lua:1: ", "wall_prune.lua")
  end)

  it("of a variable is warned of, and its value is not shown", function()
    local status, output = run({ "check" }, { TIMECAPSULE_LISTN = ":1", TIMECAPSULE_KEY_LENGHT = "20",
      TIMECAPSULE_DATABASE_PASWORD = "hush", TIMECAPSULE_ENTIRELY_ELSE = "1" })
    assert.equal(0, status, output)
    says(output, "TIMECAPSULE_LISTN: no option and no setting has this name; did you mean TIMECAPSULE_LISTEN?",
      "did you mean TIMECAPSULE_KEY_LENGTH?", "did you mean TIMECAPSULE_DATABASE_PASSWORD?",
      "TIMECAPSULE_ENTIRELY_ELSE: no option and no setting has this name\n")
    assert.is_nil(output:find("hush", 1, true))
    local _, once = output:gsub("TIMECAPSULE_LISTN:", "")
    assert.equal(1, once)
  end)

  it("in the configuration file is refused with its line, be it an option's or a setting's", function()
    local path = process.folder() .. "/conf"
    for text, meant in pairs({ ["lisen = :1"] = "listen", ["key_lenght = 20"] = "key_length" }) do
      local file = assert(io.open(path, "w"))
      file:write("# the first line\n", text, "\n")
      file:close()
      local status, output = run({ "check", "--config", path })
      assert.equal(1, status, output)
      says(output, path .. ":2: there is no setting", ("did you mean '%s'?"):format(meant))
    end
  end)
end)

describe("a value that is not allowed", function()
  local function refused(args, env, ...)
    local status, output = run(args, env)
    assert.not_equal(0, status, output)
    says(output, ...)
    assert.is_nil(output:find("traceback", 1, true), output)
  end

  it("is told with the variable that it came from, and without a stack", function()
    refused({ "check" }, { TIMECAPSULE_KEY_LENGTH = "x" },
      "TIMECAPSULE_KEY_LENGTH: the setting 'key_length' cannot be 'x'; it is an integer from 12 up to 32")
    refused({ "check" }, { TIMECAPSULE_REQUIRED = "name,adress" },
      "TIMECAPSULE_REQUIRED: the setting 'required' cannot be 'name,adress'; it is a list of name, to, email, time, content, " ..
      "tips")
    refused({ "check" }, { TIMECAPSULE_CONFIRM_ADDRESSES = "on" },
      "TIMECAPSULE_CONFIRM_ADDRESSES: the setting confirm_addresses needs --public-url")
    refused({ "check" }, { TIMECAPSULE_CONFIG = "/nowhere/at/all" }, "TIMECAPSULE_CONFIG: cannot open")
  end)

  it("is told with the line of the file, or the option", function()
    refused({ "check", "--set", "required=name,adress" }, nil, "--set: the setting 'required' cannot be 'name,adress'")
    refused({ "check", "--set", "confirm_addresses=on" }, nil, "--set: the setting confirm_addresses needs")
  end)
end)

it("an option that has one value and is given twice is told, once", function()
  local status, output = run({ "check", "--workers", "2", "--workers", "3" })
  assert.equal(0, status, output)
  says(output, "--workers: 'workers' is given twice; the last one counts")
end)
