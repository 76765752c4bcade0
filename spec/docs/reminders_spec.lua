--- The worked change of docs/reminders.md does what it says: its shell blocks are run as they stand.
local files = require("spec.support.files")
local letters = require("spec.support.letters")
local page = require("spec.support.page")
local smtp = require("spec.support.smtp")

local PAGE = "docs/reminders.md"

describe(PAGE, function()
  it("changes the policy: a second letter a year later", function()
    local reader = page.reader()
    for _, block in ipairs(page.blocks(PAGE)) do
      if block.kind == "sh" and not block.not_run then
        reader:follow(block)
      end
    end
    local sink <close> = smtp.start()
    local srv <close> = letters.server(sink, { args = { "--site", reader.folder .. "/mysite" } })
    srv:set_clock(letters.NOW)
    local key = letters.put(srv, "ada@example.org")
    assert.same({ pending = 2 }, letters.states(srv))
    srv:set_clock(letters.OPENS)
    assert.equal("A time capsule has opened", sink:letter(1).headers.subject)
    letters.await(srv, "sent", 1)
    srv:set_clock(letters.OPENS + 365 * 86400)
    local second = sink:letter(2)
    assert.equal("A year has passed", second.headers.subject)
    assert.truthy(second.parts[1].text:find(key:sub(1, 4), 1, true))
    letters.await(srv, "sent", 2)
    assert.same({ sent = 2 }, letters.states(srv))
  end)

  it("names the settings and series that there are", function()
    local text = files.read(PAGE)
    for _, setting in ipairs(dofile("scripts/config.lua")) do
      if setting.name:find("^mails_") or setting.name:find("^confirm_") then
        assert.truthy(text:find(setting.name, 1, true), setting.name)
      end
    end
    for _, file in ipairs({ "deliver", "gauges" }) do
      for series in files.read("scripts/reminder/" .. file .. ".lua"):gmatch('"(tc_[%l_]+)"') do
        assert.truthy(text:find(series, 1, true), series)
      end
    end
  end)
end)
