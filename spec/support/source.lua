--- The project's own files, for specs that judge them.
local lfs = require("lfs")

local M = {}

local function walk(folder, keep, out)
  for name in lfs.dir(folder) do
    if name:sub(1, 1) ~= "." then
      local path = folder .. "/" .. name
      -- What a link leads to (spec/browser/node_modules) is not the project's.
      local mode = lfs.symlinkattributes(path, "mode")
      if mode == "directory" then
        walk(path, keep, out)
      elseif mode == "file" and keep(path) then
        local file = assert(io.open(path, "rb"))
        out[#out + 1] = { path = path, text = file:read("a") }
        file:close()
      end
    end
  end
end

--- Every file below the folders whose name ends in one of the words, sorted by path.
---@param folders string[]
---@param endings string[] such as ".c"
---@return { path: string, text: string }[]
function M.files(folders, endings)
  local out = {}
  local function keep(path)
    for _, ending in ipairs(endings) do
      if path:sub(-#ending) == ending then
        return true
      end
    end
    return false
  end
  for _, folder in ipairs(folders) do
    if lfs.attributes(folder, "mode") == "directory" then
      walk(folder, keep, out)
    end
  end
  table.sort(out, function(a, b)
    return a.path < b.path
  end)
  return out
end

local function blanked(text)
  return (text:gsub("[^\n]", " "))
end

--- C with comments (and with `strings` also the insides of strings) turned into spaces, so that
--- lines stay where they are.
function M.without_comments(text, strings)
  local out, at = {}, 1
  while at <= #text do
    local from = text:find('[/"\']', at)
    if not from then
      break
    end
    out[#out + 1] = text:sub(at, from - 1)
    local two, stop = text:sub(from, from + 1), from
    if two == "/*" then
      stop = select(2, text:find("*/", from + 2, true)) or #text
      out[#out + 1] = blanked(text:sub(from, stop))
    elseif two == "//" then
      stop = (text:find("\n", from, true) or #text + 1) - 1
      out[#out + 1] = blanked(text:sub(from, stop))
    elseif two:sub(1, 1) == "/" then
      out[#out + 1] = "/"
    else
      local quote = two:sub(1, 1)
      repeat
        stop = text:find("[\\\n" .. quote .. "]", stop + 1) or #text
        local escaped = text:sub(stop, stop) == "\\"
        stop = escaped and stop + 1 or stop
      until not escaped
      local whole = text:sub(from, stop)
      out[#out + 1] = strings and quote .. blanked(whole:sub(2, -2)) .. quote or whole
    end
    at = stop + 1
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

--- Calls fn(line, number) for every line.
function M.each_line(text, fn)
  local number = 0
  for line in (text .. (text:sub(-1) == "\n" and "" or "\n")):gmatch("(.-)\n") do
    number = number + 1
    fn(line, number)
  end
  return number
end

return M
