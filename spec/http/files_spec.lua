--- Files for the holder of a key.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local function unfold(text)
  return (text:gsub("\r\n ", ""))
end

describe("the calendar of a capsule", function()
  it("has an alarm at the opening time and carries the key, not in its UID", function()
    local srv <close> = server.start()
    srv:set_clock(capsules.NOW)
    local key = capsules.put(srv)
    local res = srv:post("/put/calendar", { key = key }, { Host = "evil.example" })
      :expect({
        status = 200,
        header = {
          ["content-type"] = "text/calendar; charset=utf-8",
          ["cache-control"] = "no-store",
          ["content-disposition"] = { has = "attachment" },
          ["x-content-type-options"] = "nosniff",
        },
      })
      :expect_body("BEGIN:VALARM\r\n", "DTSTART:20300601T120000Z\r\n", "TRIGGER:PT0S\r\n")
      :expect_no_body("evil.example", "URL:", "words for later", "Alice")
    local text = unfold(res.body)
    assert.is_truthy(text:find(capsules.groups(key), 1, true))
    assert.is_nil(text:match("UID:[^\r]+"):find(key:sub(1, 8), 1, true))

    srv:set_clock("2030-07-01T00:00:00Z")
    srv:post("/put/calendar", { key = key }):expect({ status = 200 })
    srv:post("/put/calendar", { key = "0123456789abcdef" })
      :expect({ status = 404, header = { ["cache-control"] = "no-store" } })
    srv:post("/put/calendar", {}):expect({ status = 404 })
    srv:post("/put/calendar", { key = key }, { ["Accept-Language"] = "zh" })
      :expect_body("SUMMARY:一个时间胶囊")
  end)

  it("links to the capsule where the server has a public address", function()
    local srv <close> = server.start({ args = { "--public-url", "https://capsule.example" } })
    srv:set_clock(capsules.NOW)
    local key = capsules.put(srv)
    local text = unfold(srv:post("/put/calendar", { key = key }).body)
    assert.is_truthy(text:find("URL:https://capsule.example/open#" .. key .. "\r\n", 1, true), text)
    assert.matches("UID:%x+@capsule%.example\r\n", text)
  end)
end)

describe("the page to keep of a capsule", function()
  it("has key, time and how to open, in the zone that was chosen, and never the message", function()
    local srv <close> = server.start()
    srv:set_clock(capsules.NOW)
    local key = capsules.put(srv)
    for _, moment in ipairs({ capsules.NOW, "2030-07-01T00:00:00Z" }) do
      srv:set_clock(moment)
      srv:post("/put/keepsake", { key = key, tz = "Asia/Tokyo" })
        :expect({
          status = 200,
          header = {
            ["content-type"] = "text/html; charset=utf-8",
            ["cache-control"] = "no-store",
            ["content-disposition"] = "attachment; filename=\"time-capsule-key.html\";"
              .. " filename*=UTF-8''time-capsule-key-2030-06-01.html",
          },
        })
        :expect_body("1 June 2030, 21:00 (Asia/Tokyo, UTC+09:00)")
        :expect_no_body("words for later", "Alice", "patience!", "passphrase", "<a ", "<script")
    end
    srv:post("/put/keepsake", { key = key, tz = "Mars/Olympus", sealed = "yes" })
      :expect_body("12:00 (UTC)", "locked with a passphrase")
    local named = srv:post("/put/keepsake", { key = key }, { ["Accept-Language"] = "zh" })
    assert.matches("filename%*=UTF%-8''%%E6%%97%%B6.*%-2030%-06%-01%.html$", named.headers["content-disposition"])
    srv:post("/put/keepsake", { key = "0123456789abcdef" }):expect({ status = 404 })
    srv:post("/put/keepsake", {}):expect({ status = 404 })
  end)
end)
