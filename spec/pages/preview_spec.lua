--- The pages of a candidate (`reload --preview`) say so, in the reader's language; what is written in them is real.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local server = require("spec.support.server")

local LAYOUT = [[
<!doctype html>
<html lang="<%= lang %>"><head><title><%- yield("title") %></title>
<%- yield("styles", "") %><%- yield("scripts", "") %></head>
<body class="own" data-class="<%- yield("class", "page") %>">
<%- yield() %></body></html>
]]

local BARE = [[
return function(app)
  app:get("site.slow", "/fail", function()
    error("on purpose")
  end)
  app:get("site.spin", "/spin", function()
    while true do
    end
  end)
end
]]

--- A server whose candidate greets otherwise, and the headers of the browser that sees it.
local function start(changes)
  local site = files.folder({ ["scripts/locales/site/en.lua"] = 'return { ["home.title"] = "As it was" }\n' })
  local srv = server.start({ args = { "--site", site, "--workers", "1" } })
  local all = { ["scripts/locales/site/en.lua"] = 'return { ["home.title"] = "As it may be" }\n',
    ["scripts/site.lua"] = BARE }
  for path, text in pairs(changes or {}) do
    all[path] = text
  end
  files.write(site, all)
  local ok, text = srv:control("reload --preview")
  assert(ok, text)
  local cookie = srv:get((assert(text:match("(/%?preview=%w+)\n"), text))).headers["set-cookie"]
  return srv, { Cookie = cookie:match("^[^;]+") }
end

local BAR = '<aside class="preview-bar" aria-label="Preview">'

describe("a page of a candidate", function()
  it("has a bar that says who sees it and that what is written is real; nobody else's page has", function()
    local srv <close>, pinned = start()
    srv:get("/", pinned):expect({ status = 200, header = { ["cache-control"] = "no-store" } })
      :expect_body("As it may be", BAR, "This is generation 2, and this browser alone sees it.",
        "What you write or delete here is real: it goes to the live database.",
        '<a href="/?preview=off">Leave the preview</a>', '<link rel="stylesheet" href="/static/css/preview.')
    srv:get("/"):expect({ status = 200 }):expect_body("As it was"):expect_no_body("preview")
    srv:get("/", { Cookie = pinned.Cookie, ["Accept-Language"] = "zh" })
      :expect_body("这是第 2 个版本，只有这个浏览器看得到。", "直接进入正式数据库", "退出预览")
    for path, status in pairs({ ["/put"] = 200, ["/open"] = 200, ["/introduce"] = 200, ["/nowhere"] = 404, ["/fail"] = 500,
      ["/spin"] = 503, ["/put/undo"] = 405 }) do
      local _, bars = srv:get(path, pinned):expect({ status = status }).body:gsub(BAR:gsub("%p", "%%%0"), "")
      assert.equal(1, bars, path)
    end
    local style = srv:get("/", pinned).body:match('href="(/static/css/preview[^"]+)"')
    srv:get(style, pinned):expect({ status = 200, header = { ["content-type"] = "text/css; charset=utf-8" } })
  end)

  it("has it with a layout of the site's own, too", function()
    local srv <close>, pinned = start({ ["templates/layouts/main.html"] = LAYOUT })
    srv:get("/", pinned):expect_body('<body class="own" data-class="page wide">' .. BAR, "preview.")
  end)

  it("writes into the live database", function()
    local srv <close>, pinned = start()
    local key, page = capsules.put(srv, nil, pinned)
    page:expect_body(BAR)
    srv:post("/open", { key = key }):expect({ status = 403 }):expect_no_body("preview")
  end)

  it("alone has it: neither what the API answers, nor a file", function()
    local srv <close>, pinned = start()
    srv:get("/robots.txt", pinned):expect({ status = 200 }):expect_no_body("preview")
    srv:json("/api/v1/capsules/open", { key = "x" }, pinned):expect({ status = 404 }):expect_no_body("preview-bar")
  end)
end)
