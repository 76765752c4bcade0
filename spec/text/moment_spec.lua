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

  it("asks neither language nor clock for what it has said before", function()
    local asked = 0
    local function t(key, args)
      asked = asked + 1
      return en(key, args)
    end
    local said = moment.text(t, at("2031-05-06 07:08"), "Europe/Berlin")
    local first = asked
    assert.equal("6 May 2031, 09:08 (Europe/Berlin, UTC+02:00)", said)
    assert.equal(said, moment.text(t, at("2031-05-06 07:08"), "Europe/Berlin"))
    assert.equal(first, asked)
    assert.equal("6 May 2031, 07:08 (UTC)", moment.text(t, at("2031-05-06 07:08"), "Mars/Olympus"))
    assert.equal("6 May 2031, 07:08 (UTC)", moment.text(t, at("2031-05-06 07:08")))
    assert.equal("2031年5月6日 09:08（Europe/Berlin，UTC+02:00）",
      moment.text(zh, at("2031-05-06 07:08"), "Europe/Berlin"))
  end)

  it("goes on when it has been asked for more than it remembers", function()
    for day = 0, 1200 do
      moment.date(en, day * 86400, "UTC")
    end
    assert.equal("1 January 1970", moment.date(en, 0, "UTC"))
    assert.equal("16 April 1973", moment.date(en, 1201 * 86400, "UTC"))
  end)
end)
