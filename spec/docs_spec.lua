--- Every command in README and docs/ works as it stands, or says above its block why it cannot be run here.
local files = require("spec.support.files")
local mariadb = require("spec.support.mariadb")
local page = require("spec.support.page")
local process = require("spec.support.process")
local server = require("spec.support.server")

--- What a block may hold; commands are in "sh" alone.
local KINDS = { sh = true, text = true, lua = true, sql = true, json = true, python = true, nginx = true, ini = true }

--- How a command begins.
local COMMANDS = { "timecapsule", "make", "docker", "curl", "sudo", "apt-get", "cmake", "mariadb", "openssl", "systemctl",
  "gdb", "git", "sqlite3", "build/", "spec/", "export" }

local PAGES = {}
for path in process.output("find *.md docs -name '*.md' | sort"):gmatch("[^\n]+") do
  PAGES[#PAGES + 1] = path
end

--- Lines outside of blocks, by number.
local function prose(text)
  local list, inside, number = {}, false, 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    if line:find("^```") then
      inside = not inside
    elseif not inside then
      list[number] = line
    end
  end
  return list, number
end

local MAKEFILE = files.read("Makefile")
local _, HELP = server.run({ args = { "--help" } })

local function begins_as_command(line)
  for _, word in ipairs(COMMANDS) do
    if line:sub(1, #word) == word and line:find("^[%w/%.%-]+ ", 1) then
      return true
    end
  end
  return false
end

--- Does that program name the page, or the English one that has the same block?
local function reads(runner, path, block)
  local english = path:gsub("%.zh%-CN", ""):gsub("^docs/zh/", "docs/")
  if not runner:find(english, 1, true) then
    return false
  end
  for _, other in ipairs(page.blocks(english)) do
    if other.text == block.text then
      return true
    end
  end
  return false
end

describe("a page", function()
  for _, path in ipairs(PAGES) do
    it(path .. " has its commands in blocks of sh, each run or with a reason", function()
      local before
      for _, block in ipairs(page.blocks(path)) do
        local where = ("%s:%d"):format(path, block.line)
        assert.is_true(KINDS[block.kind], where .. ": a block of " .. (block.kind == "" and "nothing" or block.kind))
        local output = block.kind == "text" and before and before.kind == "sh"
        if block.kind == "text" and not output then
          for line in block.text:gmatch("[^\n]+") do
            assert.is_false(begins_as_command(line), where .. ": a command outside of sh: " .. line)
          end
        end
        if block.run_by then
          local runner = files.read(block.run_by)
          assert.truthy(runner, where .. ": there is no " .. block.run_by)
          assert.is_true(reads(runner, path, block), where .. ": " .. block.run_by .. " does not read this page")
        end
        before = block
      end
    end)

    it(path .. " has no command in an indented block, and names only what there is", function()
      local lines, count = prose(files.read(path))
      for number = 1, count do
        local line = lines[number] or ""
        local where = ("%s:%d: "):format(path, number)
        if line:find("^    ") then
          assert.is_false(begins_as_command(line:match("^%s*(.*)")), where .. line)
        end
        for word in line:gmatch("`make ([%l-]+)`") do
          assert.truthy(MAKEFILE:find("\n" .. word .. ":", 1, true), where .. "make " .. word)
        end
        for word in line:gmatch("`timecapsule (%l[%l-]+)") do
          assert.truthy(HELP:find("\n  " .. word .. " ", 1, true), where .. "timecapsule " .. word)
        end
      end
    end)
  end
end)

--- What migrations of a site may do, beside what the application's do.
local MIGRATION = "CREATE TABLE site_trial (n INT); CREATE INDEX n ON site_trial (n); DROP INDEX n ON site_trial;"
  .. " TRUNCATE TABLE site_trial; RENAME TABLE site_trial TO site_tried; DROP TABLE site_tried"

--- docs/databases.md speaks of a server that the reader has: one is there, and its tables are made as the
--- page says.
local function with_database(reader)
  local base = mariadb.shared()
  reader.replace["db.example.org"] = "127.0.0.1:" .. base.port
  files.write(reader.folder, { ["etc/database-password"] = "one password\n" })
  process.output(("chmod 600 %s/etc/database-password"):format(reader.folder))
  for _, block in ipairs(page.blocks("docs/databases.md")) do
    if block.kind == "sql" then
      base:sql(block.text)
    end
  end
  process.output(("mariadb --no-defaults --skip-ssl -h127.0.0.1 -P%d -utimecapsule_admin -p'another password' timecapsule -e %s")
    :format(base.port, process.quoted(MIGRATION)))
end

--- Follows the blocks of a page from one heading to another.
local function follow(reader, path, first, last)
  local text = files.read(path)
  local function line_of(heading)
    local at = assert(text:find("\n" .. heading, 1, true), heading)
    return select(2, text:sub(1, at):gsub("\n", ""))
  end
  local from, to = line_of(first), line_of(last)
  for _, block in ipairs(page.blocks(path)) do
    if block.kind == "sh" and block.line > from and block.line < to then
      reader:follow(block)
    end
  end
end

describe("whoever follows", function()
  it("docs/customising.md in a hurry, as it says, sees what it says", function()
    local reader = page.reader()
    finally(function()
      reader:stop()
    end)
    follow(reader, "docs/customising.md", "### Begin\n", "### A page\n")
    follow(reader, "docs/customising.md", "## 2. ", "### A download\n")
  end)

  for _, path in ipairs(PAGES) do
    it(path .. " from its first command to its last sees what it says", function()
      local reader = page.reader()
      finally(function()
        reader:stop()
      end)
      if path == "docs/databases.md" then
        with_database(reader)
      end
      for _, block in ipairs(page.blocks(path)) do
        if block.kind == "sh" and not block.not_run and not block.run_by then
          reader:follow(block)
        end
      end
    end)
  end
end)
