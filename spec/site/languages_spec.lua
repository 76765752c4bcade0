--- A language that a site brings, as docs/examples has one: docs/examples/french.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local SITE = "docs/examples/french"

describe("the links to a page in another language", function()
  it("keep what else its address asks for, of a page that stands still, too", function()
    local srv <close> = server.start({ args = { "--workers", "1" } })
    for _ = 1, 2 do
      for _, page in ipairs({ "/privacy", "/nowhere" }) do
        srv:get(page .. "?before=20&lang=en&x=%3C"):expect_body('href="?before=20&amp;x=%3C&amp;lang=zh-CN"')
        srv:get(page .. "?before=40"):expect_body('href="?before=40&amp;lang=zh-CN"')
        srv:get(page):expect_body('href="?lang=zh-CN"')
      end
    end
  end)
end)

describe("the French of docs/examples", function()
  it("is spoken, in its own words for months and spans, and what it lacks is English", function()
    local srv <close> = server.start({ args = { "--site", SITE } })
    srv:set_clock(capsules.NOW)
    local french = { ["Accept-Language"] = "fr-CA, en;q=0.5" }
    srv:get("/", french):expect({ status = 200 }):expect_body('<html lang="fr" dir="ltr">', "Des mots pour plus tard",
      "Français", "Vie privée")
    srv:get("/introduce", french):expect_body("Six questions que l&#39;on pose")
    srv:get("/privacy", french):expect_body("Qui peut lire")
    srv:get("/put", french):expect_body("Dites de qui elle vient.")
    local key = capsules.put(srv, { name = "Zoé", time = "2048-01-01 12:00" }, french)
    srv:set_clock("2048-02-01T00:00:00Z")
    srv:post("/open", { key = key }, french):expect_body("De Zoé", "Écrite le 1 janvier 2030 ·\u{a0}scellée\u{a0}pendant 18 ans",
      "1 janvier 2048 à 12:00 (UTC)")
    srv:post("/api/v1/capsules/open", "x", { ["Accept-Language"] = "fr", ["Content-Type"] = "text/plain" })
      :expect_body("Send application/json.")
    assert.is_truthy(srv:log():find("fr.lua: what is said in English: ", 1, true), srv:log())
  end)

  it("has every sentence that a visitor may meet and no other, and fills in what English does", function()
    local function names(sentence)
      local list = {}
      for name in sentence:gmatch("{(%w+)}") do
        list[#list + 1] = name
      end
      table.sort(list)
      return list
    end
    local FOR_PROGRAMS = { ["error.gather_bad"] = true, ["error.opens_at_bad"] = true, ["error.key_missing"] = true,
      ["error.not_text"] = true, ["error.not_boolean"] = true, ["error.unknown"] = true }
    for _, part in ipairs({ "", "about/", "letters/", "maintenance/", "gathering/" }) do
      local english = dofile("scripts/locales/" .. part .. "en.lua")
      local french = dofile(SITE .. "/scripts/locales/" .. part .. "fr.lua")
      for key, sentence in pairs(english) do
        if not key:find("^api%.") and not key:find("^capsules%.") and not FOR_PROGRAMS[key] then
          assert.is_truthy(french[key], key)
          assert.same(names(sentence), names(french[key]), key)
        end
      end
      for key in pairs(french) do
        assert.is_truthy(english[key], key)
      end
    end
  end)
end)
