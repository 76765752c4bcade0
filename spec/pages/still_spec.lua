--- Pages stand still where they can: what they say is, byte for byte, what they would say rendered anew, on every route,
--- in every language, whatever visitors send; also as gzip.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local server = require("spec.support.server")

local ROUNDS = os.getenv("SOAK") and 200 or 6

--- Renders every page both ways, and fails where they differ.  It counts those that stood still.
local BOTH = [[
local reply = require("web.reply")
local template = require("text.template")
local still = require("text.still")

local stood, anew, latest = 0, 0, nil
local fill = still.fill
function still.fill(...)
  stood = stood + 1
  return fill(...)
end

local parts = template.parts
function template.parts(name, lang, context, req)
  local before = stood
  local given = parts(name, lang, context, req)
  local shown = table.concat(given)
  latest = shown
  if before == stood then
    anew = anew + 1
    return given
  end
  local set = template.install({})
  template.install(set)
  local places = set.places
  set.places = {}
  local wanted = table.concat(parts(name, lang, context, req))
  set.places = places
  if shown ~= wanted then
    error(("%s differs: %s\n---\n%s"):format(name, shown, wanted))
  end
  return given
end

return function(app)
  app:get("site.counts", "/-/counts", function()
    return reply.json({ stood = stood, anew = anew })
  end)
  app:get("site.latest", "/-/latest", function()
    return reply.text(latest)
  end)
end
]]

local WORDS = { "", "x", "<script>alert('1')</script>", "你好 & \"quotes\"", "2030-06-01 12:00", "2030-06-01T12:00:30",
  "2029-02-29 25:61", "UTC", "Europe/Berlin", "on", "off", "a@example.org", ("long "):rep(1200), "{name}", "<%= x %>",
  "set", "stop", "ask" }
local FIELDS = { "name", "email", "time", "tz", "content", "tips", "mail_key", "once", "key", "token", "do", "t" }

local function random_form(keys)
  local form = math.random(3) == 1 and capsules.form() or {}
  for _, field in ipairs(FIELDS) do
    if math.random(3) > 1 then
      form[field] = WORDS[math.random(#WORDS)]
    end
  end
  if math.random(2) == 1 then
    form.key = keys[math.random(#keys)]
  end
  return form
end

--- The public routes as the program lists them.
local function routes()
  local list = {}
  local _, output = server.run({ args = { "routes" } })
  for method, path in output:match("public\n(.-)\nadmin"):gmatch("(%u+)%s+(/%S*)") do
    list[#list + 1] = { method = method, path = path }
  end
  return list
end

describe("every page", function()
  it("that stands still says what it would say rendered anew", function()
    local site = files.folder({ ["scripts/site.lua"] = BOTH })
    local srv <close> = server.start({ args = { "--site", site, "--workers", "1", "--rate-limits", "off" } })
    srv:set_clock(capsules.NOW)
    local keys = { (capsules.put(srv)), (capsules.put(srv, { content = capsules.sealed() })),
      (capsules.put(srv, { email = "a@example.org" })) }
    local late = { (capsules.put(srv, { time = "2040-01-01 00:00" })),
      (capsules.put(srv, { time = "2040-01-01 00:00", email = "b@example.org" })) }
    srv:set_clock("2030-07-01T00:00:00Z")
    table.move(late, 1, #late, #keys + 1, keys)
    local list = routes()
    assert.is_true(#list > 15)
    local zipped = 0
    for _, route in ipairs(list) do
      for _, lang in ipairs({ "en", "zh" }) do
        for round = 1, ROUNDS do
          local headers = { ["Accept-Language"] = lang, ["Cookie"] = round % 3 == 0 and "x=" .. round or nil,
            ["Accept-Encoding"] = "gzip" }
          local path = route.path .. (round % 4 == 0 and "?lang=" .. lang or "")
          local res = route.method == "GET" and srv:get(path, headers) or srv:post(path, random_form(keys), headers)
          assert.is_true(res.status ~= 500, path .. "\n" .. srv:log():sub(-3000))
          if res.headers["content-encoding"] == "gzip" and res.headers["content-type"]:find("html", 1, true) then
            zipped = zipped + 1
            assert.is_true(res:unpacked() == srv:get("/-/latest").body, path)
          end
        end
      end
    end
    local counts = srv:get("/-/counts").body
    assert.is_true(zipped > #list * ROUNDS, ("%d as gzip"):format(zipped))
    assert.is_true(tonumber(counts:match('"stood":(%d+)')) > tonumber(counts:match('"anew":(%d+)')), counts)
  end)
end)
