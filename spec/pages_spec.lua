-- What the pages may hold: nothing inline, nothing from elsewhere, and no script that makes HTML of text.
-- The content security policy would stop it in a browser; here it is seen before.  Each check is first shown
-- a breach.
local source = require("spec.support.source")

-- Lua patterns that may not occur in a line of a page, in lower case.
local IN_PAGES = {
  ["%f[%w]style%s*="] = "an inline style",
  ["<style"] = "an inline style sheet",
  ["%f[%w]on%l+%s*=%s*[\"']"] = "an inline handler",
  ["javascript:"] = "a script in an address",
  ["srcdoc%s*="] = "a page within the page",
}

-- The same for scripts, as it is written.
local IN_SCRIPTS = {
  ["innerHTML"] = "HTML made of text",
  ["outerHTML"] = "HTML made of text",
  ["insertAdjacentHTML"] = "HTML made of text",
  ["document%.write"] = "HTML made of text",
  ["%f[%w]eval%s*%("] = "code made of text",
  ["new Function"] = "code made of text",
  ["set[TI]%w+%s*%(%s*[\"'`]"] = "code made of text", -- setTimeout("…"), setInterval("…")
  ["%.style%f[%W]"] = "an inline style",
  ["%f[%w]import%s*%(?%s*[\"'`]%w+:"] = "a script from elsewhere",
  ["%f[%w]from%s*[\"']%w+:"] = "a script from elsewhere",
}

-- Addresses that a page leads to or loads; those that a template inserts are ours.
local function elsewhere(line)
  for _, name in ipairs({ "src", "srcset", "href", "action", "formaction", "poster", "data", "content" }) do
    for value in line:gmatch("%f[%w]" .. name .. "%s*=%s*[\"'](.-)[\"']") do
      if value:find("^%s*%l+://") or value:find("^%s*//") then
        return "an address elsewhere"
      end
    end
  end
  return nil
end

local function breaches(path, text, patterns, judge)
  local faults = {}
  source.each_line(text, function(line, number)
    local why = judge and judge(line)
    for pattern, what in pairs(patterns) do
      why = why or line:find(pattern) and what
    end
    if why then
      faults[#faults + 1] = ("%s:%d: %s"):format(path, number, why)
    end
  end)
  return faults
end

local function page_breaches(path, text)
  local faults = breaches(path, text:lower(), IN_PAGES, elsewhere)
  for attributes, body in text:gsub("<%%.-%%>", "-"):gmatch("<script([^>]*)>(.-)</script>") do
    if not attributes:find("%f[%w]src%s*=") or body:find("%S") then
      faults[#faults + 1] = path .. ": an inline script"
    end
  end
  return faults
end

local function style_breaches(path, text)
  return breaches(path, text, { ["@import"] = "a sheet within the sheet", ["url%(%s*[\"']?%l+://"] = "an address elsewhere",
    ["url%(%s*[\"']?//"] = "an address elsewhere" })
end

local function all(folder, ending, judge)
  local files = source.files({ folder }, { ending })
  assert.is_true(#files > 0, "no files")
  local faults = {}
  for _, file in ipairs(files) do
    for _, fault in ipairs(judge(file.path, file.text)) do
      faults[#faults + 1] = fault
    end
  end
  assert.equal("", table.concat(faults, "\n"))
end

describe("what pages hold", function()
  for _, breach in ipairs({ '<p style="color: red">', "<STYLE>p { }</STYLE>", '<a onclick="x()">', '<a href="javascript:x()">',
    "<script>x()</script>", '<script type="module" src="/a.js">x()</script>', '<img src="//elsewhere.example/a.png">',
    '<form action="https://elsewhere.example/">', '<link rel="preconnect" href="http://elsewhere.example">' }) do
    it("would not be allowed: " .. breach, function()
      assert.equal(1, #page_breaches("a.html", "<p>\n" .. breach .. "\n</p>"))
    end)
  end

  it("is allowed when it is ours", function()
    assert.same({}, page_breaches("a.html", '<a href="/put">https://is.text</a>\n<p>on = "style"</p>'
      .. '\n<script type="module" src="/a.js"></script>\n<a href="<%= link %>">'))
  end)

  for _, breach in ipairs({ "e.innerHTML = text;", 'document.write("x")', "eval(text)", "new Function(text)",
    'setTimeout("x()", 1)', "e.style.color = 1", 'import x from "https://elsewhere.example/x.js"',
    'await import("https://elsewhere.example/x.js")' }) do
    it("would not be allowed in a script: " .. breach, function()
      assert.equal(1, #breaches("a.js", breach, IN_SCRIPTS))
    end)
  end

  it("would not be allowed in a style sheet: another one, or a picture from elsewhere", function()
    assert.equal(2, #style_breaches("a.css", '@import "b.css";\na { background: url("https://elsewhere.example/a.png") }'))
  end)

  -- templates/files are saved by people, with all that they need inside.
  it("is nothing inline and nothing from elsewhere", function()
    for _, folder in ipairs({ "templates/layouts", "templates/pages", "templates/partials" }) do
      all(folder, ".html", page_breaches)
    end
  end)

  it("is scripts that make no HTML or code of text", function()
    all("static/js", ".js", function(path, text)
      return breaches(path, source.without_comments(text), IN_SCRIPTS)
    end)
  end)

  it("is style sheets of our own alone", function()
    all("static/css", ".css", style_breaches)
  end)
end)
