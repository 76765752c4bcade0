--- The letter before others can no longer add letters to a capsule.
local letters = require("spec.support.letters")
local smtp = require("spec.support.smtp")

local DAY = 86400

describe("the letter before a gathering closes", function()
  local sink, srv

  before_each(function()
    sink = smtp.start()
    srv = letters.server(sink, { args = { "--public-url", "https://capsule.example" } })
    srv:set_clock(letters.NOW)
  end)
  after_each(function()
    srv:stop()
    sink:stop()
  end)

  --- The first letter, as its reader sees it.
  local function read()
    local letter = sink:letter(1)
    return { subject = letter.headers.subject, text = letter.parts[1].text }
  end

  local function begin(changes)
    local capsule = { name = "Class", opens_at = letters.OPENS, email = "ada@example.org",
      gather = { ["until"] = letters.OPENS - 30 * DAY } }
    for name, value in pairs(changes or {}) do
      capsule[name] = value
    end
    return srv:json("/api/v1/capsules", capsule):expect({ status = 201 }):json()
  end

  it("comes a week before, with the number of letters so far and the link for the others, and no word of them", function()
    local begun = begin()
    for i = 1, 3 do
      srv:json("/api/v1/letters", { code = begun.code, name = "Bea", content = "words of Bea " .. i })
        :expect({ status = 201 })
    end
    srv:stop_clock(letters.OPENS - 37 * DAY - 1)
    srv:tick("reminder.send")
    assert.equal(0, sink:letters())
    srv:set_clock(letters.OPENS - 37 * DAY)
    letters.await(srv, "sent", 1)
    assert.equal("ada@example.org", letters.letters(sink)[1].to)
    local letter = read()
    assert.truthy(letter.subject:find("so far: 3", 1, true), letter.subject)
    assert.truthy(letter.text:find("https://capsule.example/add#" .. begun.code, 1, true), letter.text)
    assert.is_nil(letter.text:find(begun.key, 1, true))
    assert.is_nil(letter.text:find("Bea", 1, true))
    srv:set_clock(letters.OPENS)
    letters.await(srv, "sent", 2)
  end)

  it("has no link and promises nothing when it goes out so late that no letter is taken any more", function()
    local begun = begin()
    srv:set_clock(letters.OPENS - 29 * DAY)
    letters.await(srv, "sent", 1)
    local text = read().text
    assert.truthy(text:find("The last moment for more is ", 1, true), text)
    assert.is_nil(text:find(begun.code, 1, true))
  end)

  it("has no link where the key was left out, and does not come where nobody gave an address or time is short", function()
    begin({ mail_key = false })
    begin({ gather = { ["until"] = letters.NOW + 7 * DAY } })
    srv:json("/api/v1/capsules", { name = "Class", opens_at = letters.OPENS, gather = { most = 3 } }):expect({ status = 201 })
    srv:set_clock(letters.OPENS - 37 * DAY)
    letters.await(srv, "sent", 1)
    assert.is_nil(read().text:find("/add#", 1, true))
    assert.equal(1, sink:letters())
  end)

  it("goes where the reminder goes from now on", function()
    local begun = begin()
    srv:post("/open/reminder", { key = begun.key, email = "bob@example.org", ["do"] = "set" }):expect({ status = 200 })
    srv:set_clock(letters.OPENS - 37 * DAY)
    letters.await(srv, "sent", 1)
    assert.equal("bob@example.org", letters.letters(sink)[1].to)
  end)
end)
