--- A language that a site brings, as docs/examples has one: docs/examples/french.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

local SITE = "docs/examples/french"

describe("the French of docs/examples", function()
  it("is spoken, in its own words for months and spans, and what it lacks is English", function()
    local srv <close> = server.start({ args = { "--site", SITE } })
    srv:set_clock(capsules.NOW)
    local french = { ["Accept-Language"] = "fr-CA, en;q=0.5" }
    srv:get("/", french):expect({ status = 200 }):expect_body('<html lang="fr" dir="ltr">', "Des mots pour plus tard",
      "Français", "Vie privée")
    srv:get("/introduce", french):expect_body("Six questions people ask")
    srv:get("/put", french):expect_body("Dites de qui elle vient.")
    local key = capsules.put(srv, { name = "Zoé", time = "2048-01-01 12:00" }, french)
    srv:set_clock("2048-02-01T00:00:00Z")
    srv:post("/open", { key = key }, french):expect_body("De Zoé", "Écrite le 1 janvier 2030 · scellée pendant 18 ans",
      "1 janvier 2048 à 12:00 (UTC)")
    assert.is_truthy(srv:log():find("fr.lua: what is said in English: ", 1, true), srv:log())
  end)

  it("says nothing that nobody asks for, and fills in what English does", function()
    local french, english = dofile(SITE .. "/scripts/locales/fr.lua"), {}
    for _, part in ipairs({ "", "about/", "letters/" }) do
      for key, sentence in pairs(dofile("scripts/locales/" .. part .. "en.lua")) do
        english[key] = sentence
      end
    end
    local function names(sentence)
      local list = {}
      for name in sentence:gmatch("{(%w+)}") do
        list[#list + 1] = name
      end
      table.sort(list)
      return list
    end
    for key, sentence in pairs(french) do
      assert.is_truthy(english[key], key)
      assert.same(names(english[key]), names(sentence), key)
    end
  end)
end)
