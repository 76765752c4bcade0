--- Every sentence that the host has about an installation is one of every language.
local host_words = require("admin.host_words")
local process = require("spec.support.process")

-- What stands in these files and is none of them: SQL, words for programs, and what is put into a sentence by its words alone.
local PART = { "^SELECT ", "^SHOW ", "^ ", "^%-%-[%l-]+ [^ ]*$", "^[,;] ", "^the site in $", "^settings in $", "^no site$",
  "^no file of settings$", "^chmod [%w%%-]+ '%%s'$", "^apt%-get install tzdata$", "^timecapsule %l+$", "^[^ ]*$",
  "^%%s answers, but %%s$", "^it is ", "^time zones$",
  "^current %%u", "^\\n%l+ " }

-- Those with such parts in them, as they are then.
local WHOLE = {
  ["the application in %s, %s%s, %s%s, data in %s"] = "the application in /a, no site, settings in /c, data in /d",
  ["%s: the account %s may read and write rows%s"] = "h: the account a may read and write rows, and migrate",
  ["the mail server %s answers%s; letters are from %s"] = "the mail server m answers and takes the login; letters are from a@b",
  ["without TLS"] = "h is MariaDB 11, its text utf8mb4, without TLS",
  ["%llu of %llu MiB are free%s in %s"] = "1 of 2 MiB are free in /d",
}

local function is_part(text)
  for _, pattern in ipairs(PART) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

--- The texts of a source, those that go on in the next literal put together, with a value for each format.
local function texts_of(source)
  local list = {}
  source = source:gsub("/%*.-%*/", ""):gsub("#include[^\n]*", ""):gsub('"%s*\n%s*"', "")
  for text in source:gmatch('"([^"\n]*)"') do
    if not is_part(text) then
      list[#list + 1] = WHOLE[text] or text:gsub("%%%d*%l+", "1")
    end
  end
  return list
end

describe("what the host says of an installation", function()
  it("is a sentence of every language, all of it", function()
    local count, unknown = 0, {}
    for path in process.output("ls core/server/judge*.c"):gmatch("%S+") do
      for _, text in ipairs(texts_of(process.read_file(path))) do
        count = count + 1
        if not host_words.find(text) then
          unknown[#unknown + 1] = path .. ": " .. text
        end
      end
    end
    assert.same({}, unknown)
    assert.is_true(count > 50, count)
  end)

  it("knows what a full disk makes the database say", function()
    local known = {}
    for _, path in ipairs({ "core/db/sqlite/conn.c", "core/db/mariadb/error.c" }) do
      for _, text in ipairs(texts_of(process.read_file(path))) do
        local words = text:find("disk", 1, true) and host_words.find(text)
        known[#known + 1] = words and words.key
      end
    end
    assert.same({ "host.disk_full", "host.disk_fails", "host.server_full" }, known)
  end)

  it("keeps what is put into it", function()
    assert.same({ key = "host.room", args = { free = "10", all = "20", path = "/var/data in use" } },
      host_words.find("10 of 20 MiB are free in /var/data in use"))
    assert.equal("host.data_good", host_words.find("the data folder /a is its owner's alone (mode 0700)").key)
    assert.same({ key = "host.grants_some", args = { host = "h", account = "a", rights = "INDEX, DROP" } },
      host_words.find("h: the account a may read and write rows, and migrate, unless a site's migration needs INDEX, DROP"))
    assert.is_nil(host_words.find("Access denied for user 'x'"))
    assert.is_nil(host_words.find(nil))
  end)
end)
