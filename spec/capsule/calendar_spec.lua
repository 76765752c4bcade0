--- The calendar file: RFC 5545's lines, and no key where it would travel unseen.
local calendar = require("capsule.calendar")

local function entry(changes)
  local made = {
    key = "abcdefghijklmnop",
    opens_at = 1893553445,
    created_at = 1800000000,
    host = "capsule.example",
    summary = "A time capsule opens",
    description = "The key is abcd-efgh-ijkl-mnop",
  }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

--- The content lines, unfolded.
local function lines_of(text)
  local lines = {}
  for line in text:gsub("\r\n ", ""):gmatch("(.-)\r\n") do
    lines[#lines + 1] = line
  end
  return lines
end

local function has(lines, wanted)
  for _, line in ipairs(lines) do
    if line == wanted then
      return true
    end
  end
  return false
end

describe("capsule.calendar", function()
  it("has one event with an alarm at the opening time", function()
    local lines = lines_of(calendar.render(entry()))
    assert.equal("BEGIN:VCALENDAR", lines[1])
    assert.equal("END:VCALENDAR", lines[#lines])
    for _, wanted in ipairs({
      "VERSION:2.0",
      "DTSTART:20300102T030405Z",
      "DTSTAMP:20270115T080000Z",
      "SUMMARY:A time capsule opens",
      "BEGIN:VALARM",
      "ACTION:DISPLAY",
      "TRIGGER:PT0S",
    }) do
      assert.is_true(has(lines, wanted), wanted)
    end
  end)

  it("does not show the key in the UID", function()
    local uid = calendar.render(entry()):match("UID:([^\r]+)")
    assert.is_nil(uid:find("abcd", 1, true))
    assert.matches("^%x+@capsule%.example$", uid)
    assert.equal(uid, calendar.render(entry({ summary = "x" })):match("UID:([^\r]+)"))
    assert.not_equal(uid, calendar.render(entry({ key = "abcdefghijklmnoq" })):match("UID:([^\r]+)"))
  end)

  it("has a link only when there is one", function()
    assert.is_nil(calendar.render(entry()):find("URL:", 1, true))
    local link = "https://capsule.example/open#abcdefghijklmnop"
    assert.is_true(has(lines_of(calendar.render(entry({ link = link }))), "URL:" .. link))
  end)

  it("escapes text", function()
    local text = calendar.render(entry({ summary = "a;b,c\\d\ne\r\nf" }))
    assert.is_true(has(lines_of(text), "SUMMARY:a\\;b\\,c\\\\d\\ne\\nf"))
  end)

  it("ends lines with CR LF and folds them at 75 octets, between characters", function()
    local description = ("胶囊🎁 words "):rep(40)
    local text = calendar.render(entry({ description = description }))
    assert.is_nil(text:gsub("\r\n", ""):find("[\r\n]"))
    for line in text:gmatch("(.-)\r\n") do
      assert.is_true(#line <= 75, line)
      assert.is_truthy(utf8.len(line), line)
    end
    assert.is_true(has(lines_of(text), "DESCRIPTION:" .. description))
  end)
end)
