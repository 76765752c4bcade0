--- How long ordinary patterns take: a row of times, in milliseconds, for `bench/limits`.
local text = ("The quick brown fox, 42 lazy dogs & <b>more</b>; key=value path/to/file.html\n"):rep(200)
local line = "  key_name = some value here  "

local works = {
  { "find a word", function() return text:find("nowhere%-to%-be%-found") end },
  { "find plain", function() return text:find("nowhere to be found", 1, true) end },
  { "count words", function() return select(2, text:gsub("%w+", "")) end },
  { "escape", function() return (text:gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" })) end },
  { "escape one", function() return (text:gsub("&", "&amp;")) end },
  { "by function", function() return (text:gsub("%a+", function(w) return #w > 4 and w or nil end)) end },
  { "lines", function() local n = 0 for _ in text:gmatch("([^\n]*)\n") do n = n + 1 end return n end },
  { "pairs", function() local n = 0 for k in text:gmatch("(%w+)=(%w+)") do n = n + #k end return n end },
  { "match a pair", function() for _ = 1, 200 do line:match("^%s*([%w_]+)%s*=%s*(.-)%s*$") end end },
  { "short class", function() for _ = 1, 500 do ("plain"):find("[&<>\"']") end end },
}

local times = {}
for _, work in ipairs(works) do
  local best = math.huge
  for _ = 1, 15 do
    local began = os.clock()
    for _ = 1, 20 do
      work[2]()
    end
    best = math.min(best, os.clock() - began)
  end
  times[#times + 1] = ("%s\t%.3f"):format(work[1], best / 20 * 1000)
end
print(table.concat(times, "\n"))
