--- Pages of docs/ that are followed as they are written: their ```sh blocks are run in their order, and
--- what the ```text block behind one says is shown.
local server = require("spec.support.server")

local M = {}

--- { { sh = "…", shows = "…" or nil }, … }
---@param path string
function M.blocks(path)
  local list = {}
  local file = assert(io.open(path, "rb"))
  for kind, text in file:read("a"):gmatch("\n```(%l+)\n(.-)\n```") do
    if kind == "sh" then
      list[#list + 1] = { sh = text }
    elseif kind == "text" then
      assert(list[#list] and not list[#list].shows, "a text block follows a shell block")
      list[#list].shows = text
    end
  end
  file:close()
  return list
end

--- Whether every line that the page shows is in the output, in order; "…" stands for whatever follows.
---@param output string
---@param wanted string
function M.shows(output, wanted)
  local at = 1
  for line in wanted:gmatch("[^\n]+") do
    local _, last = output:find(line:gsub("…$", ""), at, true)
    if not last then
      return false
    end
    at = last + 1
  end
  return true
end

--- Returns a function that runs shell commands in the folder, where `timecapsule` is this program: its exit
--- status and output.
---@param folder string
function M.runner(folder)
  local bin = server.folder()
  assert(os.execute(("ln -s '%s' '%s/timecapsule'"):format(server.program(), bin)))
  return function(sh)
    local script = assert(io.open(bin .. "/block.sh", "wb"))
    script:write(("set -eu\nexport HOME='%s'\ncd '%s'\nPATH='%s':$PATH\n%s\n"):format(folder, folder, bin, sh))
    script:close()
    local pipe = assert(io.popen(("bash '%s/block.sh' 2>&1 </dev/null"):format(bin)))
    local output = pipe:read("a")
    local _, _, status = pipe:close()
    return status, output
  end
end

return M
