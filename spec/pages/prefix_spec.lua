--- A site at a path of its host, https://host/capsule, behind a real nginx that takes the path off: every address that
--- a page, a reply or a letter names begins with it, and the whole main job works through it.
local capsules = require("spec.support.capsules")
local http = require("spec.support.http")
local letters = require("spec.support.letters")
local nginx = require("spec.support.nginx")
local process = require("spec.support.process")
local smtp = require("spec.support.smtp")

local LINES = [[
        location = /capsule { return 301 /capsule/; }
        location /capsule/ {
            proxy_pass http://ADDRESS/;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }
]]

describe("a site at a path", function()
  local program = nginx.program()
  local sink, srv, leash, port

  lazy_setup(function()
    if not program then
      return
    end
    sink, port = smtp.start(), process.free_port()
    srv = letters.server(sink, { args = { "--trusted-proxy", "127.0.0.1",
      "--public-url", ("http://127.0.0.1:%d/capsule"):format(port) } })
    leash = nginx.start(program, port, LINES, srv)
    srv:set_clock(letters.NOW)
  end)
  lazy_teardown(function()
    if program then
      leash:close()
      srv:stop()
      sink:stop()
    end
  end)

  local function ask(method, path, fields, headers)
    headers = headers or {}
    headers["Content-Type"] = fields and "application/x-www-form-urlencoded" or nil
    return http.request({ host = "127.0.0.1", port = port },
      { method = method, path = path, headers = headers, body = fields and http.form(fields) or nil })
  end

  --- Every address of a page that is of this site.
  local function addresses(body)
    local list = {}
    for attribute, address in body:gmatch('%f[%w-]([%w-]+)="(/[^"]*)"') do
      list[#list + 1] = attribute .. " " .. address
    end
    return list
  end

  local function expect_prefixed(res)
    local list = addresses(res.body)
    assert.is_true(#list > 3, res.body)
    for _, address in ipairs(list) do
      assert.truthy(address:find("^[%w-]+ /capsule/"), address)
    end
    return list
  end

  it("names every address below it, and each answers", function()
    if not program then
      return pending("no nginx is to be had here")
    end
    local seen = {}
    for _, path in ipairs({ "/capsule/", "/capsule/put", "/capsule/open", "/capsule/introduce", "/capsule/nowhere" }) do
      for _, address in ipairs(expect_prefixed(ask("GET", path))) do
        local attribute, target = address:match("^(%S+) ([^#]*)")
        if (attribute == "href" or attribute == "src") and not seen[target] then
          seen[target] = true
          assert.equal(200, ask("GET", target).status, target)
        end
      end
    end
  end)

  it("puts, opens early and opens, keeps the language, and writes letters", function()
    if not program then
      return pending("no nginx is to be had here")
    end
    local cookie = ask("GET", "/capsule/?lang=zh-CN").cookies[1]
    assert.truthy(cookie:find("Path=/capsule/", 1, true), cookie)
    local done = ask("POST", "/capsule/put", capsules.form({ email = "ada@example.org" })):expect({ status = 200 })
    expect_prefixed(done)
    local key = done:field("key")
    assert.truthy(done.body:find(("http://127.0.0.1:%d/capsule/open#%s"):format(port, key), 1, true))
    expect_prefixed(ask("POST", "/capsule/open", { key = key }):expect({ status = 403 }))
    srv:set_clock(letters.OPENS)
    ask("POST", "/capsule/open", { key = key }):expect({ status = 200 }):expect_body("words for later")
    local letter = sink:letter(1)
    assert.truthy(letter.parts[1].text:find(("http://127.0.0.1:%d/capsule/open#%s"):format(port, key), 1, true))
    assert.truthy(letter.headers["list-unsubscribe"]:find("/capsule/confirm?t=", 1, true))
    assert.is_nil(letter.headers["list-unsubscribe-post"]) -- one click is for https alone
  end)
end)
