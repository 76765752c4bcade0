--- Folders of files for specs: an overlay, a copy of the application.
local server = require("spec.support.server")

local M = {}

--- Writes files below a folder, with the folders between; false removes one.
---@param folder string
---@param files table<string, string|false> path → text
function M.write(folder, files)
  for path, text in pairs(files) do
    local full = folder .. "/" .. path
    if text then
      assert(os.execute(("mkdir -p '%s'"):format(full:match("^(.*)/"))))
      local file = assert(io.open(full, "wb"))
      file:write(text)
      file:close()
    else
      assert(os.remove(full))
    end
  end
end

---@param path string
---@return string? text
function M.read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- A folder with these files, which goes when the host ends.
---@param files table<string, string>
---@return string folder
function M.folder(files)
  local folder = server.folder() .. "/site"
  assert(os.execute(("mkdir '%s'"):format(folder)))
  M.write(folder, files)
  return folder
end

--- A copy of the application (scripts, templates, static, sql, starter), with some files changed.
---@param files table<string, string|false>?
---@return string folder
function M.app(files)
  local folder = server.folder()
  assert(os.execute(("cp -r scripts templates static sql starter '%s'"):format(folder)))
  M.write(folder, files or {})
  return folder
end

return M
