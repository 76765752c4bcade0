--- A slip in a template of letters is told when it is loaded, not when a letter is due.
local files = require("spec.support.files")
local server = require("spec.support.server")
local stand_in = require("spec.support.stand_in")

--- The lines that `check` says of a site with these templates of letters.
local function faults_of(templates, policy)
  local tree = { ["scripts/reminder/policy.lua"] = policy }
  for name, text in pairs(templates) do
    tree["templates/mail/" .. name] = text
  end
  local site = files.folder(tree)
  local _, output = server.run({ args = { "check", "--site", site } })
  local list = {}
  for line in output:gsub(site:gsub("%p", "%%%0"), ""):gmatch("[^\n]+") do
    list[#list + 1] = line:match("^/templates/mail/(.*)")
  end
  return list
end

local function shipped(name, pattern, replacement)
  local text, count = files.read("templates/mail/" .. name):gsub(pattern, replacement, 1)
  assert(count == 1, pattern)
  return text
end

local function told(place, name)
  return ("%s: undefined name '%s': hand it over, or read opt.%s"):format(place, name, name)
end

describe("a template of letters", function()
  it("that reads a name which is not there is a fault at its line, in each letter and part", function()
    assert.same({ told("canary.html:9", "created_txt"), told("confirm.txt:4", "opns_text"),
      told("reminder.html:15", "created_txt") }, faults_of({
      ["canary.html"] = shipped("canary.html", "created_text", "created_txt"),
      ["confirm.txt"] = shipped("confirm.txt", "opens_text", "opns_text"),
      ["reminder.html"] = shipped("reminder.html", "created_text", "created_txt"),
    }))
  end)

  it("that asks by opt. for what no letter has is one, also where it shows nothing", function()
    assert.same({ "reminder.txt:9: a letter never has opt.late_txt; it may have "
      .. "add_link canary choice closes_text key_groups late_text letters link stop_code" },
      faults_of({ ["reminder.txt"] = shipped("reminder.txt", "if opt%.late_text", "if opt.late_txt") }))
  end)

  it("that shows what only some letters have is one", function()
    for name, line in pairs({ choice = 3, key_groups = 3, link = 3, stop_code = 3, late_text = 3 }) do
      assert.same({ ("reminder.txt:%d: only strings and numbers can be shown, this is nil"):format(line) },
        faults_of({ ["reminder.txt"] = ("Subject\n\n<%%= opt.%s %%>\n"):format(name) }))
    end
  end)

  it("without a subject is one, that of the trial letter too", function()
    local why = ":1: the first line of a letter is its subject, and an empty line follows it"
    assert.same({ "reminder.txt" .. why, "trial.txt" .. why },
      faults_of({ ["reminder.txt"] = "One\nTwo\n", ["trial.txt"] = "One\n" }))
  end)

  it("of a letter that the policy of a site adds is one; prose and other files are none", function()
    local policy = files.read("scripts/reminder/policy.lua"):gsub('return { { letter = "opening"',
      'return { { letter = "year", due_at = capsule.opens_at + 365 * DAY }, { letter = "opening"', 1)
    assert.same({ told("year.txt:3", "nothing") }, faults_of({
      ["year.txt"] = "You may opt.out\n\n<%= nothing %>\n",
      ["year.html"] = "<p><%= opened and opens_text or created_text %> <%= letter %></p>",
      ["other.txt"] = "<%= of_somebody %>",
    }, policy))
  end)
end)

describe("the samples", function()
  it("have together what a letter has, and no other name", function()
    local host = require("host")
    local config = setmetatable({ public_url = "https://capsule.example" }, { __index = host.config })
    local rendered = {}
    local modules = { ["host.crypto"] = stand_in.crypto(), ["host.db"] = {},
      ["host"] = setmetatable({ config = config }, { __index = host }),
      ["text.template"] = { render = function(_, _, context)
        for name in pairs(context) do
          rendered[name] = true
        end
        return "Subject\n\ntext"
      end } }
    for _, address in ipairs({ "https://capsule.example", false }) do
      rawset(config, "public_url", address)
      local letter = stand_in.load(modules, "reminder.letter")
      for _, key in ipairs({ "0123456789abcdef", false }) do
        for _, name in ipairs({ "opening", "canary" }) do
          letter.build({ letter = name, due_at = 1, message_id = "<a@b>", opens_at = 1, created_at = 1 },
            { mailbox = "alice@example.org", lang = "en", zone = "UTC", key = key or nil })
        end
      end
    end
    local sampled = {}
    for _, context in ipairs(require("reminder.rehearsal").samples("opening", require("text.i18n").translator("en"))) do
      for name in pairs(context) do
        sampled[name] = true
      end
    end
    assert.same(rendered, sampled)
  end)
end)
