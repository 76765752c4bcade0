--- Moments, dates and spans in the words of a language.
local clock = require("host.clock")
local i18n = require("text.i18n")
local moment = require("text.moment")

local function at(text)
  return assert(clock.to_unix(text, "UTC"))
end

describe("text.moment", function()
  local en, zh

  setup(function()
    en, zh = i18n.translator("en"), i18n.translator("zh-CN")
  end)

  it("says a date as the language does", function()
    assert.equal("2 January 2030", moment.date(en, at("2030-01-02 23:00"), "UTC"))
    assert.equal("3 January 2030", moment.date(en, at("2030-01-02 23:00"), "Asia/Tokyo"))
    assert.equal("2030年1月2日", moment.date(zh, at("2030-01-02 23:00"), "Mars/Olympus"))
    local french = function(key)
      return key == "moment.date" and "%-d %B %Y" or "janvier f\u{e9}vrier mars avril mai juin juillet ao\u{fb}t"
    end
    assert.equal("4 ao\u{fb}t 2030", moment.date(french, at("2030-08-04 00:00"), "UTC"))
  end)

  it("says how long something was, in the largest unit", function()
    local from = at("2030-01-31 12:00")
    for to, said in pairs({
      ["2030-01-31 12:00"] = "a minute",
      ["2030-01-31 12:05"] = "5 minutes",
      ["2030-01-31 14:00"] = "2 hours",
      ["2030-02-02 11:59"] = "47 hours",
      ["2030-02-02 12:00"] = "2 days",
      ["2030-02-28 12:00"] = "28 days",
      ["2030-03-01 00:00"] = "1 month",
      ["2030-12-31 12:00"] = "11 months",
      ["2031-01-31 11:00"] = "1 year",
      ["2031-12-31 12:00"] = "1 year",
      ["2048-01-31 00:00"] = "18 years",
    }) do
      assert.equal(said, moment.span(en, from, at(to), "UTC"), to)
    end
    assert.equal("18 年", moment.span(zh, from, at("2048-01-31 00:00"), "UTC"))
  end)
end)
